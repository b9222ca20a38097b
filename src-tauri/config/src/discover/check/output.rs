//! What a command says to the agent, where its line shows that: outputs and exit codes that do something else than is meant.

use model::HookEvent;

use super::line::Command;
use super::shell::{Step, Then, To, Word};
use super::timeout::blocks;
use super::tree::{Kind, Node};
use super::{Checked, Finding, words};

impl Checked<'_> {
    pub(super) fn outputs(&self, command: &Command<'_>, handler: &Node) -> Vec<Finding> {
        let mut found: Vec<_> = self.hidden(command).into_iter().collect();
        let unheard = handler.get("async").is_some_and(|entry| matches!(entry.value.kind, Kind::Bool(true)));
        if unheard {
            return found;
        }
        found.extend(self.exits_with_1(command));
        // The text of the other command has this one in it.
        if command.outer.is_none() {
            found.extend(self.allows(command));
            found.extend(self.refused(command));
        }
        found.extend(self.plain_text(command));
        found.extend(self.background(command));
        found
    }

    fn exits_with_1(&self, command: &Command<'_>) -> Option<Finding> {
        if !blocks(command.event) {
            return None;
        }
        let said = |step: &Step| {
            let pair = step.words.windows(2).find(|pair| pair[0].text() == Some("exit") && pair[1].text() == Some("1"));
            pair.map(|pair| pair[1].at.clone())
        };
        let at = command.line.steps.iter().find_map(said).or_else(|| command.exit_of_windows())?;
        let message = words!("exit code 1 is a failed hook, after which Codex goes on; exit code 2 blocks");
        let finding = Finding::warning("exit-1", self.part(command, &at), message);
        let finding = finding.hint(words!("to block, write the reason to stderr and exit with 2"));
        Some(finding.fix(words!("exit with 2"), self.rewritten(command, &at, "2")))
    }

    /// `allow` and `ask` of `PreToolUse`, which others have.
    fn allows(&self, command: &Command<'_>) -> Option<Finding> {
        if *command.event != HookEvent::PreToolUse {
            return None;
        }
        let bare: String = command.text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect();
        let said = ["allow", "ask"].iter().find(|said| bare.contains(&format!("\"permissionDecision\":\"{said}\"")))?;
        if bare.contains("\"updatedInput\"") {
            return None;
        }
        let at = part(command.text, "permissionDecision");
        let message = words!(
            "PreToolUse hook returned unsupported permissionDecision:{said}: each run fails, and Codex goes on as it would",
            said
        );
        let hint = words!(
            "PreToolUse can only deny; a PermissionRequest hook can allow, and says nothing where the person is to be asked"
        );
        Some(Finding::error("allow-or-ask", self.part(command, &at), message).hint(hint))
    }

    /// Members that the event does not know.
    fn refused(&self, command: &Command<'_>) -> Option<Finding> {
        use HookEvent::{PostCompact, PreCompact, Stop, SubagentStop};
        let strict = matches!(command.event, Stop | SubagentStop | PreCompact | PostCompact);
        if !strict || !command.text.contains("hookSpecificOutput") {
            return None;
        }
        let at = part(command.text, "hookSpecificOutput");
        let message = words!("{event} knows no `hookSpecificOutput`: each run fails", event = command.event.name());
        let hint = words!(
            "it knows `continue`, `stopReason` and `systemMessage`; Stop and SubagentStop also `decision` and `reason`"
        );
        Some(Finding::error("refused-output", self.part(command, &at), message).hint(hint))
    }

    /// Text on stdout where JSON is read.
    fn plain_text(&self, command: &Command<'_>) -> Option<Finding> {
        if !matches!(command.event, HookEvent::Stop | HookEvent::SubagentStop) || command.line.is_script {
            return None;
        }
        let prints = |step: &&Step| {
            let prints = step.words.first().and_then(Word::text).is_some_and(|name| matches!(name, "echo" | "printf"));
            prints && step.redirects(To::Stdout).is_none() && step.then != Then::Pipe
        };
        let mut printing = command.line.steps.iter().filter(prints);
        let step = printing.next().filter(|_| printing.next().is_none())?;
        let [_, text] = step.words.as_slice() else {
            return self.spoken(command, step, None);
        };
        let text = text.text()?;
        if text.trim().is_empty() || text.trim_start().starts_with(['{', '[', '%', '-']) {
            return None;
        }
        self.spoken(command, step, Some(text))
    }

    fn spoken(&self, command: &Command<'_>, step: &Step, text: Option<&str>) -> Option<Finding> {
        let first = step.words.get(1)?.text().unwrap_or("?");
        if first.starts_with(['{', '[', '%', '-', '?']) || step.words.iter().any(|word| word.text().is_none()) {
            return None;
        }
        let texts: Vec<_> = step.words[1..].iter().filter_map(Word::text).collect();
        let text = text.map_or_else(|| texts.join(" "), str::to_owned);
        let (at, name) = (step.at()?, command.event.name());
        let message = words!(
            "hook returned invalid {word} hook JSON output: {name} reads JSON, and no plain text",
            word = name_in_words(name),
            name
        );
        let finding = Finding::error("plain-text", self.part(command, &at), message);
        let json = serde_json::json!({ "systemMessage": text }).to_string();
        let echo = format!("printf '%s' {}", super::keys::quoted(&[&json]));
        let change = self.rewritten(command, &at, &echo).filter(|_| !text.contains(['\\', '%']));
        Some(
            finding
                .hint(words!("print {\"systemMessage\": …}, or nothing"))
                .fix(words!("say it to the person"), change),
        )
    }

    /// A child that keeps stdout, for whose end Codex waits.
    fn background(&self, command: &Command<'_>) -> Option<Finding> {
        let first = |step: &Step| step.words.first().and_then(Word::text).unwrap_or_default().to_owned();
        let steps = &command.line.steps;
        // The end of a child is waited for, or the output of all went elsewhere before.
        if command.line.is_script || steps.iter().any(|step| matches!(first(step).as_str(), "wait" | "exec")) {
            return None;
        }
        let step = command
            .line
            .steps
            .iter()
            .find(|step| matches!(step.then, Then::Background(_)) && step.redirects(To::Stdout).is_none())?;
        let Then::Background(ampersand) = step.then else {
            return None;
        };
        let message =
            words!("Codex waits until the background child closes stdout: the hook runs into its timeout, and fails");
        let at = step.at()?;
        let finding = Finding::warning("background-child", self.part(command, &at), message);
        let end = command.text[..ampersand].trim_end().len();
        let change = self.rewritten(command, &(end..end), " >/dev/null 2>&1");
        Some(
            finding
                .hint(words!("send its output elsewhere: >/dev/null 2>&1 &"))
                .fix(words!("send its output to /dev/null"), change),
        )
    }

    /// Whatever goes wrong is neither seen nor told.
    fn hidden(&self, command: &Command<'_>) -> Option<Finding> {
        let steps = &command.line.steps;
        let [.., failing, last] = steps.as_slice() else {
            return None;
        };
        let dropped = failing.redirects(To::Stderr).filter(|redirect| redirect.target.text() == Some("/dev/null"))?;
        let fine = matches!(last.words.as_slice(), [word] if matches!(word.text(), Some("true" | ":")));
        if !fine || failing.then != Then::Or || failing.words.first().and_then(Word::text) == Some("command") {
            return None;
        }
        let at = self.part(command, &dropped.target.at);
        let message = words!("when this fails nobody is told: its errors are dropped, and it ends as if all were well");
        Some(Finding::advice("hidden-failure", at, message).hint(words!("let it write to stderr, or into a log")))
    }
}

fn part(text: &str, what: &str) -> std::ops::Range<usize> {
    let start = text.find(what).unwrap_or_default();
    start..start + what.len()
}

/// `SubagentStop` as Codex writes it in messages.
fn name_in_words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}
