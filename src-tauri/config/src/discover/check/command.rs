//! Commands that cannot work, or only here: programs, scripts, paths and variables.

use std::ops::Range;
use std::path::{Path, PathBuf};

use agents::codex::install;
use agents::codex::recorded::recorded;
use model::HookEvent;

use super::line::{Command, Runs, ends_with_2, runs};
use super::machine::Standing as There;
use super::shell::{self, Line, Part, Step, Then, To, Word};
use super::timeout::blocks;
use super::tree::{Entry, Node};
use super::{Checked, Finding, Standing, Words, words};
use crate::Replace;

/// The root of the project, as a part of a command.
pub(super) const ROOT: &str = "$(git rev-parse --show-toplevel)";
const RELATIVE: &str = "relative-path";
/// What every shell has.
const BUILT_IN: [&str; 46] = [
    ".", ":", "[", "alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "disown", "echo", "eval",
    "exec", "exit", "export", "false", "fg", "getopts", "hash", "jobs", "kill", "let", "local", "popd", "printf",
    "pushd", "pwd", "read", "readonly", "return", "set", "shift", "shopt", "source", "test", "times", "trap", "true",
    "type", "typeset", "ulimit", "umask", "unset", "wait",
];

/// Where a command begins to run.
struct Start {
    folder: Option<PathBuf>,
    /// Whether a `cd` led there.
    moved: bool,
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
        let Some(node) = handler.get("command").map(|entry| &entry.value) else {
            return Vec::new();
        };
        let Some(text) = node.text().filter(|text| !text.trim().is_empty() && install::ours(text).is_none()) else {
            return Vec::new();
        };
        let recorded = recorded(text).map(|recorded| recorded.command);
        let own = recorded.as_deref().unwrap_or(text);
        let line = shell::read(own);
        let command = Command { event, node, text: own, is_recorded: recorded.is_some(), line, outer: None };
        let mut found = self.outputs(&command, handler);
        found.extend(self.owned_line(&command));
        found.extend(self.look(&command, handler, Start { folder: self.root.clone(), moved: false }));
        found
    }

    /// What can be told here of the command that Codex runs on Windows in place of `command`.
    pub(super) fn command_of_windows(&self, Standing { event, handler }: Standing<'_>) -> Vec<Finding> {
        let is_named = |entry: &&Entry| matches!(entry.name.as_str(), "commandWindows" | "command_windows");
        let node = handler.entries().iter().find(is_named).map(|entry| &entry.value);
        let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else {
            return Vec::new();
        };
        let command = Command { event, node, text, is_recorded: false, line: Line::default(), outer: None };
        let mut found = self.outputs(&command, handler);
        found.extend(self.variables_of_windows(&command));
        found
    }

    /// Everything but what it says to the agent.
    fn look(&self, command: &Command<'_>, handler: &Node, start: Start) -> Vec<Finding> {
        let mut found = Vec::new();
        // In double quotes they were seen already, as a part of the other command.
        if command.outer.as_ref().is_none_or(|outer| outer.quote != '"') {
            found.extend(self.variables(command));
        }
        if !command.line.is_script {
            found.extend(self.programs(command, handler, start));
        }
        found
    }

    /// Where a part of the command stands in the file.
    pub(super) fn part(&self, command: &Command<'_>, part: &Range<usize>) -> Range<usize> {
        self.text.part(command.node, &command.within(part))
    }

    /// The command with one part changed.
    pub(super) fn rewritten(&self, command: &Command<'_>, part: &Range<usize>, with: &str) -> Option<Replace> {
        let with = match command.outer.as_ref().map(|outer| outer.quote) {
            Some('"') => with.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$"),
            Some(_) => with.replace('\'', r"'\''"),
            None => with.to_owned(),
        };
        let with = if command.is_recorded { with.replace('\'', r"'\''") } else { with };
        self.text.replace_part(command.node, &command.within(part), &with)
    }

    fn programs(&self, command: &Command<'_>, handler: &Node, start: Start) -> Vec<Finding> {
        let mut found = Vec::new();
        let Start { mut folder, mut moved } = start;
        for (index, step) in command.line.steps.iter().enumerate() {
            let Some(runs) = runs(step) else { continue };
            if runs.name == "cd" || runs.name == "pushd" {
                let to = step.words.get(1);
                folder = to.and_then(|word| self.named(word, folder.as_deref()).path);
                moved = true;
                continue;
            }
            if let Some(inner) = command.inner(index) {
                if step.then != Then::Pipe && step.redirects(To::Stdout).is_none() {
                    found.extend(self.outputs(&inner, handler));
                }
                found.extend(self.look(&inner, handler, Start { folder: folder.clone(), moved }));
            }
            for word in [Some(runs.program), runs.script].into_iter().flatten() {
                let tested = command.before(index).any(|before| command.tests(before, word));
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
            finding.fix(words!("write {word}", word = word.unwrap_or_default()), change)
        };
        let path = Path::new(text);
        if !path.is_absolute() {
            let message = words!(
                "{text} is looked for in the folder in which Codex works, which may be any below the project's",
                text
            );
            let finding = Finding::advice(RELATIVE, at, message)
                .hint(words!("begin the path with the top of the repository, or with $HOME"));
            let plain = text.strip_prefix("./").unwrap_or(text);
            let inside = self.root.is_some() && !plain.starts_with("..");
            return Some(if inside { fix(finding, ROOT, Path::new(plain)) } else { finding });
        }
        if let Some(rest) = self.root.as_ref().and_then(|root| path.strip_prefix(root).ok()) {
            let message =
                words!("{text} is in this repository, and elsewhere the repository is in another place", text);
            let finding = Finding::warning("absolute-in-repository", at, message)
                .hint(words!("begin the path with the top of the repository"));
            return Some(fix(finding, ROOT, rest));
        }
        let home = self.machine.home.as_ref().filter(|_| self.root.is_some());
        let rest = home.and_then(|home| path.strip_prefix(home).ok())?;
        let finding = Finding::advice(
            "this-machine",
            at,
            words!("{text} is in your own folder, and the project's other people have another", text),
        );
        Some(fix(finding.hint(words!("begin the path with $HOME")), "$HOME", rest))
    }

    /// A script that another agent's folder holds.
    fn other_agent(&self, command: &Command<'_>, named: &Named<'_>) -> Option<Finding> {
        let folder =
            [".claude", ".gemini", ".cursor"].into_iter().find(|name| named.text.contains(&format!("{name}/")))?;
        let at = self.part(command, &named.word.at);
        let message =
            words!("the script is in {folder}, and another agent gives its hooks another input than Codex", folder);
        Some(Finding::advice("other-agent", at, message).hint(words!("look whether it reads what Codex gives it")))
    }

    /// Whether there is what a word names, and whether it can be run.
    fn presence(&self, command: &Command<'_>, step: &Step, runs: &Runs<'_>, named: &Named<'_>) -> Option<Finding> {
        let at = self.part(command, &named.word.at);
        let is_program = named.word.at == runs.program.at;
        let shown = &command.text[named.word.at.clone()];
        let then = consequence(command.event, step, runs, is_program);
        if command.is_windows(named.word) {
            let message = words!("{shown} is a path of Windows; here {then}", shown, then);
            return Some(
                Finding::error("other-machine", at, message)
                    .hint(words!("keep it in `commandWindows`, and write `command` for the others")),
            );
        }
        let bare = named.word.text().filter(|text| is_program && !text.contains('/'));
        if let Some(name) = bare {
            let known = BUILT_IN.contains(&name) || self.machine.path.is_empty() || self.machine.has_program(name);
            let message =
                words!("there is no program {name} on the PATH that Hookwright has; without it {then}", name, then);
            return (!known).then(|| {
                Finding::warning("program-not-found", at, message).hint(words!("install it, or write its whole path"))
            });
        }
        match self.machine.standing(named.path.as_ref()?) {
            There::Program => None,
            There::Plain if is_program => {
                let started = interpreter(&named.text);
                let begin = named.word.at.start..named.word.at.start;
                let change = started.and_then(|it| self.rewritten(command, &begin, &format!("{it} ")));
                let message = words!("{shown} may not be run: each run fails, and Codex goes on without it", shown);
                let finding = Finding::error("not-executable", at, message).hint(words!("chmod +x {shown}", shown));
                Some(finding.fix(words!("start it by {program}", program = started.unwrap_or_default()), change))
            }
            There::Plain => None,
            There::Missing => Some(self.missing(command, step, runs, named, &then)),
        }
    }

    fn missing(&self, command: &Command<'_>, step: &Step, runs: &Runs<'_>, named: &Named<'_>, then: &Words) -> Finding {
        let at = self.part(command, &named.word.at);
        let shown = &command.text[named.word.at.clone()];
        if named.word.text().is_some_and(|text| self.is_elsewhere(text)) {
            let finding = Finding::error(
                "other-machine",
                at,
                words!("{shown} is a path of another machine, and is missing here: {then}", shown, then),
            );
            let rest = self.tail(&named.text);
            let word = rest.as_ref().map(|rest| format!("\"{ROOT}/{rest}\""));
            let change = word.as_ref().and_then(|word| self.rewritten(command, &named.word.at, word));
            let finding = finding.hint(words!("begin the path with the top of the repository, or with $HOME"));
            return finding.fix(words!("write {word}", word = word.unwrap_or_default()), change);
        }
        let is_program = named.word.at == runs.program.at;
        let finding = Finding::error("script-missing", at, words!("{shown} is missing: {then}", shown, then));
        let first = command.line.steps.first().and_then(Step::at);
        let begin = step.at().filter(|at| first.as_ref() == Some(at) && !is_program && ends_with_2(runs.name));
        let guard = begin
            .filter(|_| blocks(command.event))
            .and_then(|at| self.rewritten(command, &(at.start..at.start), &format!("[ ! -f {shown} ] || ")));
        finding
            .hint(words!("put the file there, or write where it is"))
            .fix(words!("do nothing while the script is missing"), guard)
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
fn consequence(event: &HookEvent, step: &Step, runs: &Runs<'_>, is_program: bool) -> Words {
    let silent = step.redirects(To::Stderr).is_some_and(|redirect| redirect.target.text() == Some("/dev/null"));
    if step.then == Then::Or {
        return words!("the hook never does anything, and nobody is told");
    }
    if is_program || silent || !ends_with_2(runs.name) || !blocks(event) {
        return words!("each run fails, and Codex goes on without it");
    }
    let what = match event {
        HookEvent::PreToolUse => words!("Codex blocks every call of these tools"),
        HookEvent::PermissionRequest => words!("Codex denies every request, and asks nobody"),
        HookEvent::UserPromptSubmit => words!("Codex refuses every prompt"),
        HookEvent::Stop | HookEvent::SubagentStop => {
            words!("Codex goes on and on, and never ends its turn")
        }
        _ => words!("Codex keeps every result from the model"),
    };
    words!("{program} ends with exit code 2, and {what}", program = runs.name, what)
}
