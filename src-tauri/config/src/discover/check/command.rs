//! Commands that cannot work, or only here: programs, scripts, paths and variables.

use std::ops::Range;
use std::path::{Path, PathBuf};

use agents::codex::install;
use agents::codex::recorded::recorded;
use model::HookEvent;

use super::machine::Standing as There;
use super::shell::{self, Line, Part, Step, Then, To, Word};
use super::timeout::blocks;
use super::tree::Node;
use super::{Checked, Finding, Standing};
use crate::Replace;

/// The root of the project, as a part of a command.
const ROOT: &str = "$(git rev-parse --show-toplevel)";
const RELATIVE: &str = "relative-path";
/// What every shell has.
const BUILT_IN: [&str; 46] = [
    ".", ":", "[", "alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "disown", "echo", "eval",
    "exec", "exit", "export", "false", "fg", "getopts", "hash", "jobs", "kill", "let", "local", "popd", "printf",
    "pushd", "pwd", "read", "readonly", "return", "set", "shift", "shopt", "source", "test", "times", "trap", "true",
    "type", "typeset", "ulimit", "umask", "unset", "wait",
];
/// They run what stands behind them.
const RUNNERS: [&str; 6] = ["exec", "nohup", "setsid", "time", "command", "env"];

/// A handler's command as it is looked at.
pub(super) struct Command<'a> {
    pub(super) event: &'a HookEvent,
    node: &'a Node,
    /// The person's own, also where its runs are recorded.
    pub(super) text: &'a str,
    is_recorded: bool,
    pub(super) line: Line,
}

/// What a step runs, where it can be told.
struct Runs<'a> {
    program: &'a Word,
    /// By what name, without its folder.
    name: &'a str,
    /// The first argument, where that is a script.
    script: Option<&'a Word>,
}

/// A path that a command names.
struct Named<'a> {
    word: &'a Word,
    path: Option<PathBuf>,
    /// As far as it is written out.
    text: String,
}

impl Checked<'_> {
    pub(super) fn command(&self, Standing { event, handler, .. }: Standing<'_>) -> Vec<Finding> {
        let Some(node) = handler.get("command").map(|entry| &entry.value) else { return Vec::new() };
        let Some(text) = node.text().filter(|text| !text.trim().is_empty() && install::ours(text).is_none()) else {
            return Vec::new();
        };
        let recorded = recorded(text).map(|recorded| recorded.command);
        let own = recorded.as_deref().unwrap_or(text);
        let command = Command { event, node, text: own, is_recorded: recorded.is_some(), line: shell::read(own) };
        let mut found = self.variables(&command);
        found.extend(self.outputs(&command, handler));
        if !command.line.is_script {
            found.extend(self.programs(&command));
        }
        found
    }

    /// Where a part of the command stands in the file.
    pub(super) fn part(&self, command: &Command<'_>, part: &Range<usize>) -> Range<usize> {
        self.text.part(command.node, &command.within(part))
    }

    /// The command with one part changed.
    pub(super) fn rewritten(&self, command: &Command<'_>, part: &Range<usize>, with: &str) -> Option<Replace> {
        let with = if command.is_recorded { with.replace('\'', r"'\''") } else { with.to_owned() };
        self.text.replace_part(command.node, &command.within(part), &with)
    }

    fn programs(&self, command: &Command<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        let (mut folder, mut moved) = (self.root.clone(), false);
        for (index, step) in command.line.steps.iter().enumerate() {
            let Some(runs) = runs(step) else { continue };
            if runs.name == "cd" || runs.name == "pushd" {
                let to = step.words.get(1);
                folder = to.and_then(|word| self.named(word, folder.as_deref()).path);
                moved = true;
                continue;
            }
            let before = &command.line.steps[..index];
            for word in [Some(runs.program), runs.script].into_iter().flatten() {
                let tested = before.iter().any(|before| command.tests(before, word));
                let named = self.named(word, folder.as_deref());
                found.extend(self.place(command, &runs, &named).filter(|it| !(moved && it.code == RELATIVE)));
                found.extend(self.other_agent(command, &named));
                found.extend(self.presence(command, step, &runs, &named).filter(|_| !tested));
            }
        }
        found
    }

    /// A path that is right in one place only.
    fn place(&self, command: &Command<'_>, runs: &Runs<'_>, named: &Named<'_>) -> Option<Finding> {
        let (text, at) = (named.text.as_str(), self.part(command, &named.word.at));
        let whole = named.word.text() == Some(text);
        if !whole || command.is_windows(named.word) || (named.word.at == runs.program.at && !text.contains('/')) {
            return None;
        }
        let fix = |finding: Finding, base: &str, rest: &Path| {
            let rest = rest.to_str().filter(|rest| !rest.contains(['"', '$', '`', '\\']));
            let word = rest.map(|rest| format!("\"{base}/{rest}\""));
            let change = word.as_ref().and_then(|word| self.rewritten(command, &named.word.at, word));
            finding.fix(format!("write {}", word.unwrap_or_default()), change)
        };
        let path = Path::new(text);
        if !path.is_absolute() {
            let message = format!(
                "{text} is looked for in the folder in which Codex works, which may be any below the project's"
            );
            let finding = Finding::advice(RELATIVE, at, message)
                .hint("begin the path with the top of the repository, or with $HOME");
            let plain = text.strip_prefix("./").unwrap_or(text);
            let inside = self.root.is_some() && !plain.starts_with("..");
            return Some(if inside { fix(finding, ROOT, Path::new(plain)) } else { finding });
        }
        if let Some(rest) = self.root.as_ref().and_then(|root| path.strip_prefix(root).ok()) {
            let message = format!("{text} is in this repository, and elsewhere the repository is in another place");
            let finding = Finding::warning("absolute-in-repository", at, message)
                .hint("begin the path with the top of the repository");
            return Some(fix(finding, ROOT, rest));
        }
        let home = self.machine.home.as_ref().filter(|_| self.root.is_some());
        let rest = home.and_then(|home| path.strip_prefix(home).ok())?;
        let finding = Finding::advice(
            "this-machine",
            at,
            format!("{text} is in your own folder, and the project's other people have another"),
        );
        Some(fix(finding.hint("begin the path with $HOME"), "$HOME", rest))
    }

    /// A script that another agent's folder holds.
    fn other_agent(&self, command: &Command<'_>, named: &Named<'_>) -> Option<Finding> {
        let folder =
            [".claude", ".gemini", ".cursor"].into_iter().find(|name| named.text.contains(&format!("{name}/")))?;
        let at = self.part(command, &named.word.at);
        let message = format!("the script is in {folder}, and another agent gives its hooks another input than Codex");
        Some(Finding::advice("other-agent", at, message).hint("look whether it reads what Codex gives it"))
    }

    /// Whether there is what a word names, and whether it can be run.
    fn presence(&self, command: &Command<'_>, step: &Step, runs: &Runs<'_>, named: &Named<'_>) -> Option<Finding> {
        let at = self.part(command, &named.word.at);
        let is_program = named.word.at == runs.program.at;
        let shown = &command.text[named.word.at.clone()];
        let then = consequence(command.event, step, runs, is_program);
        if command.is_windows(named.word) {
            let message = format!("{shown} is a path of Windows; here {then}");
            return Some(
                Finding::error("other-machine", at, message)
                    .hint("keep it in `commandWindows`, and write `command` for the others"),
            );
        }
        let bare = named.word.text().filter(|text| is_program && !text.contains('/'));
        if let Some(name) = bare {
            let known = BUILT_IN.contains(&name) || self.machine.path.is_empty() || self.machine.has_program(name);
            let message = format!("there is no program {name} on the PATH that Hookwright has; without it {then}");
            return (!known).then(|| {
                Finding::warning("program-not-found", at, message).hint("install it, or write its whole path")
            });
        }
        match self.machine.standing(named.path.as_ref()?) {
            There::Program => None,
            There::Plain if is_program => {
                let started = interpreter(&named.text);
                let begin = named.word.at.start..named.word.at.start;
                let change = started.and_then(|it| self.rewritten(command, &begin, &format!("{it} ")));
                let message = format!("{shown} may not be run: each run fails, and Codex goes on without it");
                let finding = Finding::error("not-executable", at, message).hint(format!("chmod +x {shown}"));
                Some(finding.fix(format!("start it by {}", started.unwrap_or_default()), change))
            }
            There::Plain => None,
            There::Missing => Some(self.missing(command, step, runs, named, &then)),
        }
    }

    fn missing(&self, command: &Command<'_>, step: &Step, runs: &Runs<'_>, named: &Named<'_>, then: &str) -> Finding {
        let at = self.part(command, &named.word.at);
        let shown = &command.text[named.word.at.clone()];
        if named.word.text().is_some_and(|text| self.is_elsewhere(text)) {
            let finding = Finding::error(
                "other-machine",
                at,
                format!("{shown} is a path of another machine, and is missing here: {then}"),
            );
            let rest = self.tail(&named.text);
            let word = rest.as_ref().map(|rest| format!("\"{ROOT}/{rest}\""));
            let change = word.as_ref().and_then(|word| self.rewritten(command, &named.word.at, word));
            let finding = finding.hint("begin the path with the top of the repository, or with $HOME");
            return finding.fix(format!("write {}", word.unwrap_or_default()), change);
        }
        let is_program = named.word.at == runs.program.at;
        let finding = Finding::error("script-missing", at, format!("{shown} is missing: {then}"));
        let first = command.line.steps.first().and_then(Step::at);
        let begin = step.at().filter(|at| first.as_ref() == Some(at) && !is_program && ends_with_2(runs.name));
        let guard = begin
            .filter(|_| blocks(command.event))
            .and_then(|at| self.rewritten(command, &(at.start..at.start), &format!("[ ! -f {shown} ] || ")));
        finding.hint("put the file there, or write where it is").fix("do nothing while the script is missing", guard)
    }

    /// A person's folder on another machine.
    fn is_elsewhere(&self, text: &str) -> bool {
        let own = self.machine.home.as_ref().is_some_and(|home| Path::new(text).starts_with(home));
        !own && (text.starts_with("/Users/") || text.starts_with("/home/"))
    }

    /// What of a path stands in this project just so.
    fn tail(&self, text: &str) -> Option<String> {
        let root = self.root.as_ref()?;
        let parts: Vec<_> = text.split('/').filter(|part| !part.is_empty()).collect();
        let tails = (2..parts.len()).map(|from| parts[from..].join("/"));
        tails.into_iter().find(|tail| !tail.contains(['"', '$', '`', '\\']) && root.join(tail).is_file())
    }

    /// Variables that other agents set for hooks. Codex 0.169 sets none, but for plugins.
    fn variables(&self, command: &Command<'_>) -> Vec<Finding> {
        let steps = &command.line.steps;
        let words = || {
            steps
                .iter()
                .flat_map(|step| step.words.iter().chain(step.redirects.iter().map(|redirect| &redirect.target)))
        };
        let sets = |name: &str| {
            words().any(|word| {
                let text = command.text[word.at.clone()].trim_start_matches("export ");
                text == name || text.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
            })
        };
        let mut found = Vec::new();
        for part in words().flat_map(|word| &word.parts) {
            let Part::Variable { name, at, quoted } = part else { continue };
            if !self.is_unset(name) || sets(name) {
                continue;
            }
            let project = name.ends_with("_PROJECT_DIR") || name == "CODEX_WORKSPACE_ROOT";
            let with = if *quoted { ROOT.to_owned() } else { format!("\"{ROOT}\"") };
            let change = self.rewritten(command, at, &with).filter(|_| project);
            let message = format!("Codex sets no ${name}: there is nothing in its place when the hook runs");
            let finding = Finding::error("unset-variable", self.part(command, at), message);
            let hint = if project {
                "ask git for the top of the repository"
            } else {
                "what a hook has to know comes as JSON on stdin"
            };
            found.push(finding.hint(hint).fix("ask git for the top of the repository", change));
        }
        found
    }

    fn is_unset(&self, name: &str) -> bool {
        const OF_PLUGINS: [&str; 4] = ["PLUGIN_ROOT", "PLUGIN_DATA", "CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_DATA"];
        const OTHERS: [&str; 9] = [
            "CLAUDE_PROJECT_DIR",
            "CLAUDE_ENV_FILE",
            "CODEX_PROJECT_DIR",
            "CODEX_PLUGIN_ROOT",
            "CODEX_WORKSPACE_ROOT",
            "GEMINI_PROJECT_DIR",
            "CURSOR_PROJECT_DIR",
            "TOOL_INPUT",
            "TOOL_NAME",
        ];
        let invented = ["CLAUDE_TOOL_", "CLAUDE_FILE_", "CODEX_TOOL_", "CODEX_FILE_"];
        let in_plugin = || self.file.ancestors().any(|folder| folder.join(".codex-plugin").exists());
        OTHERS.contains(&name)
            || invented.iter().any(|begin| name.starts_with(begin))
            || (OF_PLUGINS.contains(&name) && !in_plugin())
    }

    /// Where a word leads.
    fn named<'w>(&self, word: &'w Word, folder: Option<&Path>) -> Named<'w> {
        let mut path = Some(String::new());
        let mut text = String::new();
        for part in &word.parts {
            let more = match part {
                Part::Text(more) => {
                    text.push_str(more);
                    Some(more.clone())
                }
                Part::Root => self.root.as_ref().and_then(|root| root.to_str()).map(str::to_owned),
                Part::Variable { name, .. } if name == "HOME" => {
                    self.machine.home.as_ref().and_then(|home| home.to_str()).map(str::to_owned)
                }
                Part::Variable { .. } | Part::Untold => None,
            };
            path = path.zip(more).map(|(path, more)| path + &more);
        }
        let path = path.map(PathBuf::from).and_then(|path| match path.is_absolute() {
            true => Some(path),
            false => Some(folder?.join(path)),
        });
        Named { word, path, text }
    }
}

impl Command<'_> {
    /// The same in what stands in the file: a recorded command stands in quotes, behind `set -- '`.
    fn within(&self, part: &Range<usize>) -> Range<usize> {
        let place = |at: usize| {
            let quotes = self.text[..at].matches('\'').count();
            if self.is_recorded { "set -- '".len() + at + quotes * r"\''".len() } else { at }
        };
        place(part.start)..place(part.end)
    }

    /// Whether the step asks if there is such a file.
    fn tests(&self, step: &Step, word: &Word) -> bool {
        let written = |word: &Word| self.text[word.at.clone()].to_owned();
        let asks = step
            .words
            .first()
            .and_then(Word::text)
            .is_some_and(|name| matches!(name, "[" | "test" | "command" | "which"));
        asks && step.words.iter().any(|other| written(other) == written(word))
    }

    /// Such as `C:\tools\x.exe`.
    fn is_windows(&self, word: &Word) -> bool {
        let written = self.text[word.at.clone()].trim_start_matches(['"', '\'']);
        let mut chars = written.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic())
            && chars.next() == Some(':')
            && matches!(chars.next(), Some('\\' | '/'))
    }
}

/// `None` where the words are not plain enough.
fn runs(step: &Step) -> Option<Runs<'_>> {
    let assigns = |word: &&Word| match word.parts.first() {
        Some(Part::Text(text)) => text
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')),
        _ => false,
    };
    let runner =
        |word: &&Word| word.text().and_then(|name| name.rsplit('/').next()).is_some_and(|name| RUNNERS.contains(&name));
    let mut words = step.words.iter().skip_while(|word| assigns(word) || runner(word));
    let program = words.next()?;
    if program.text().is_some_and(|name| name.starts_with('-')) {
        return None;
    }
    let Some(Part::Text(last)) = program.parts.last() else { return None };
    let name = last.rsplit('/').next().unwrap_or(last);
    let script = match harmless(name) {
        None => None,
        Some(options) => {
            let option = |word: &&Word| {
                word.text()
                    .and_then(|text| text.strip_prefix('-'))
                    .is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| options.contains(c)))
            };
            let path = |text: &str| !text.starts_with('-') && text.contains(['/', '.']);
            words.find(|word| !option(word)).filter(|word| word.text().is_none_or(path))
        }
    };
    Some(Runs { program, name, script })
}

/// Options of an interpreter behind which a script still follows. `None`: it is none.
fn harmless(name: &str) -> Option<&'static str> {
    match name {
        "sh" | "bash" | "dash" | "zsh" | "ksh" => Some("eux"),
        "node" | "bun" | "tsx" | "ruby" | "perl" | "php" => Some(""),
        _ if name.starts_with("python") => Some("uBEIsSO"),
        _ => None,
    }
}

/// Whether it ends with exit code 2 where its script is missing, which Codex 0.169 takes as a block.
fn ends_with_2(name: &str) -> bool {
    name.starts_with("python") || matches!(name, "sh" | "dash")
}

fn interpreter(script: &str) -> Option<&'static str> {
    let by = [
        (".sh", "sh"),
        (".bash", "bash"),
        (".py", "python3"),
        (".js", "node"),
        (".mjs", "node"),
        (".cjs", "node"),
        (".rb", "ruby"),
    ];
    by.iter().find(|(extension, _)| script.ends_with(extension)).map(|(_, by)| *by)
}

/// What comes of it that a program or script is missing.
fn consequence(event: &HookEvent, step: &Step, runs: &Runs<'_>, is_program: bool) -> String {
    let silent = step.redirects(To::Stderr).is_some_and(|redirect| redirect.target.text() == Some("/dev/null"));
    if step.then == Then::Or {
        return "the hook never does anything, and nobody is told".to_owned();
    }
    if is_program || silent || !ends_with_2(runs.name) || !blocks(event) {
        return "each run fails, and Codex goes on without it".to_owned();
    }
    let what = match event {
        HookEvent::PreToolUse => "Codex blocks every call of these tools",
        HookEvent::PermissionRequest => "Codex denies every request, and asks nobody",
        HookEvent::UserPromptSubmit => "Codex refuses every prompt",
        HookEvent::Stop | HookEvent::SubagentStop => "Codex goes on and on, and never ends its turn",
        _ => "Codex keeps every result from the model",
    };
    format!("{} ends with exit code 2, and {what}", runs.name)
}
