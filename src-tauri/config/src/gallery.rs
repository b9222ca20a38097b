//! The gallery: useful hooks for Codex that a person can add to a hook file, and the scripts they run.
//!
//! Every script fails open: exit code 2 is said on purpose or not at all. Scripts that look into a payload need `python3`, which
//! more machines have than any other program that reads JSON. Nothing here writes a file.

use std::path::{Path, PathBuf};

use model::HookEvent;
use serde_json::{Value, json};

/// A hook of the gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// `gallery.<id>.title` and `gallery.<id>.text` are its words in the catalogue.
    pub id: &'static str,
    pub event: HookEvent,
    /// As Codex 0.169 names its tools.
    pub matcher: Option<&'static str>,
    /// Seconds.
    pub timeout: u64,
    pub status_message: &'static str,
    pub runs: Runs,
    /// Programs that must be there for it to do anything.
    pub needs: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// A shell command that needs nothing beside it.
    Command(&'static str),
    Script(Script),
}

/// A script for `sh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// Of its file.
    pub name: &'static str,
    pub text: &'static str,
}

/// Whose file a template is added to. It decides how a command names its script, so that it still works elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// A person's, with this home.
    User { home: &'a Path },
    /// A project's, with this folder.
    Project { root: &'a Path },
}

/// All of them, in the order in which they are shown.
pub fn templates() -> &'static [Template] {
    &TEMPLATES
}

impl Template {
    pub fn script(&self) -> Option<Script> {
        match self.runs {
            Runs::Command(_) => None,
            Runs::Script(script) => Some(script),
        }
    }

    /// Where its script belongs: in the folder `hooks` beside the hook file. It has to be executable.
    pub fn script_path(&self, hooks_file: &Path) -> Option<PathBuf> {
        let folder = hooks_file.parent()?.join("hooks");
        Some(folder.join(self.script()?.name))
    }

    /// Its handler as it stands in this hook file: names and values, in this order.
    pub fn handler(&self, hooks_file: &Path, scope: Scope) -> Vec<(&'static str, Value)> {
        let command = match (self.runs, self.script_path(hooks_file)) {
            (Runs::Command(command), _) => command.to_owned(),
            // The path itself: where it is missing a shell ends with 127, which stops nothing; `sh PATH` would end with 2.
            (Runs::Script(script), path) => named(&path.unwrap_or_else(|| script.name.into()), scope),
        };
        vec![
            ("type", json!("command")),
            ("command", json!(command)),
            ("timeout", json!(self.timeout)),
            ("statusMessage", json!(self.status_message)),
        ]
    }
}

/// A path as a shell reads it: from the person's home or the project's git folder on, so that it holds for other machines too.
fn named(path: &Path, scope: Scope) -> String {
    let (from, start) = match scope {
        Scope::User { home } => (home, "$HOME"),
        Scope::Project { root } if root.join(".git").exists() => (root, "$(git rev-parse --show-toplevel)"),
        Scope::Project { .. } => return single(&path.to_string_lossy()),
    };
    match path.strip_prefix(from) {
        Ok(rest) => format!("\"{start}/{}\"", within_double(&rest.to_string_lossy())),
        Err(_) => single(&path.to_string_lossy()),
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn within_double(text: &str) -> String {
    let escaped = |c| if matches!(c, '"' | '$' | '`' | '\\') { vec!['\\', c] } else { vec![c] };
    text.chars().flat_map(escaped).collect()
}

macro_rules! script {
    ($name:literal) => {
        Runs::Script(Script { name: $name, text: include_str!(concat!("../gallery/", $name)) })
    };
}

static TEMPLATES: [Template; 18] = [
    Template {
        id: "guardCommands",
        event: HookEvent::PreToolUse,
        matcher: Some("Bash"),
        timeout: 10,
        status_message: "Looking at the command",
        runs: script!("guard-commands.sh"),
        needs: &["python3"],
    },
    Template {
        id: "protectSecrets",
        event: HookEvent::PreToolUse,
        matcher: Some("Bash|apply_patch"),
        timeout: 10,
        status_message: "Looking for secrets",
        runs: script!("protect-secrets.sh"),
        needs: &["python3"],
    },
    Template {
        id: "protectGenerated",
        event: HookEvent::PreToolUse,
        matcher: Some("apply_patch"),
        timeout: 10,
        status_message: "Looking for generated files",
        runs: script!("protect-generated.sh"),
        needs: &["python3"],
    },
    Template {
        id: "stayInside",
        event: HookEvent::PreToolUse,
        matcher: Some("apply_patch"),
        timeout: 10,
        status_message: "Looking where the edit goes",
        runs: script!("stay-inside.sh"),
        needs: &["python3"],
    },
    Template {
        id: "noNetwork",
        event: HookEvent::PreToolUse,
        matcher: Some("Bash"),
        timeout: 10,
        status_message: "Looking for network programs",
        runs: script!("no-network.sh"),
        needs: &["python3"],
    },
    Template {
        id: "gitRules",
        event: HookEvent::PreToolUse,
        matcher: Some("Bash"),
        timeout: 10,
        status_message: "Looking at git commands",
        runs: script!("git-rules.sh"),
        needs: &["git", "python3"],
    },
    Template {
        id: "commitMessage",
        event: HookEvent::PreToolUse,
        matcher: Some("Bash"),
        timeout: 10,
        status_message: "Reading the commit message",
        runs: script!("commit-message.sh"),
        needs: &["python3"],
    },
    Template {
        id: "secretsInPrompt",
        event: HookEvent::UserPromptSubmit,
        matcher: None,
        timeout: 10,
        status_message: "Looking for keys in the prompt",
        runs: script!("secrets-in-prompt.sh"),
        needs: &[],
    },
    Template {
        id: "projectNotes",
        event: HookEvent::SessionStart,
        // Without one it also comes again after a compaction.
        matcher: None,
        timeout: 10,
        status_message: "Reading the project's notes",
        runs: Runs::Command(
            "f=\"$(git rev-parse --show-toplevel 2>/dev/null || pwd)/.codex/notes.md\"; \
             if [ -r \"$f\" ]; then echo 'Notes of this project:'; head -c 8000 \"$f\"; fi",
        ),
        needs: &[],
    },
    Template {
        id: "gitStatus",
        event: HookEvent::UserPromptSubmit,
        matcher: None,
        timeout: 10,
        status_message: "Looking at git",
        runs: Runs::Command("git status --short --branch 2>/dev/null | head -n 30 | sed '1s/^/State of git: /'"),
        needs: &["git"],
    },
    Template {
        id: "testsAtEnd",
        event: HookEvent::Stop,
        matcher: None,
        timeout: 300,
        status_message: "Running the tests",
        runs: script!("tests-at-end.sh"),
        needs: &["git", "python3"],
    },
    Template {
        id: "formatAfterEdit",
        event: HookEvent::PostToolUse,
        matcher: Some("apply_patch"),
        timeout: 60,
        status_message: "Formatting",
        runs: script!("format-after-edit.sh"),
        needs: &["python3"],
    },
    Template {
        id: "notifyPermission",
        event: HookEvent::PermissionRequest,
        matcher: None,
        timeout: 10,
        status_message: "Telling you",
        // What it starts must not hold the hook's output open.
        runs: Runs::Command(
            "notify-send -a Codex 'Codex asks for permission' \"$PWD\" >/dev/null 2>&1 </dev/null & true",
        ),
        needs: &["notify-send"],
    },
    Template {
        id: "notifyEnd",
        event: HookEvent::Stop,
        matcher: None,
        timeout: 10,
        status_message: "Telling you",
        runs: Runs::Command("notify-send -a Codex 'Codex is done' \"$PWD\" >/dev/null 2>&1 </dev/null & true"),
        needs: &["notify-send"],
    },
    Template {
        id: "beforeCompaction",
        event: HookEvent::PreCompact,
        matcher: None,
        timeout: 10,
        status_message: "Noting the state of the work",
        runs: Runs::Command(
            "f=\"$(git rev-parse --git-path codex-before-compaction 2>/dev/null)\" && \
             { git status --short --branch; git diff --stat; git log --oneline -n 5; } >\"$f\" 2>/dev/null; true",
        ),
        needs: &["git"],
    },
    Template {
        id: "afterCompaction",
        event: HookEvent::SessionStart,
        matcher: Some("compact"),
        timeout: 10,
        status_message: "Reading what was noted",
        runs: Runs::Command(
            "f=\"$(git rev-parse --git-path codex-before-compaction 2>/dev/null)\" && [ -r \"$f\" ] && \
             { echo 'The state of git before the compaction:'; head -c 6000 \"$f\"; }; true",
        ),
        needs: &["git"],
    },
    Template {
        id: "logToolCalls",
        event: HookEvent::PostToolUse,
        matcher: None,
        timeout: 10,
        status_message: "Writing the log",
        // Gathered first, so that a line is written in one piece.
        runs: Runs::Command(
            "umask 077; t=$(mktemp) && { cat; echo; } >\"$t\" && \
             cat \"$t\" >>\"${CODEX_HOME:-$HOME/.codex}/tool-calls.jsonl\"; rm -f \"$t\"",
        ),
        needs: &[],
    },
    Template {
        id: "subagentRules",
        event: HookEvent::SubagentStart,
        matcher: None,
        timeout: 10,
        status_message: "Telling the sub-agent its rules",
        runs: Runs::Command(
            "echo 'You are a sub-agent. Do the one task you were given and no more, start no further agents, \
             commit and push nothing, and end with a short report of what you found and which files you changed.'",
        ),
        needs: &[],
    },
];

#[cfg(test)]
mod tests;
