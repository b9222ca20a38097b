//! Which configured hook a run is of. Anybody of this user can write a journal, so what it says of itself is held against the hook
//! files: a command that stands in none was made up, or the file was changed since.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::discover::{self, Flags, Places};
use model::{Agent, Handler, Hook};
use protocol::journal::Run;

/// What the agents' files say, read once for some runs.
#[derive(Default)]
pub(crate) struct Configured(BTreeMap<PathBuf, Vec<Hook>>);

impl Configured {
    /// The hook with just this command, for this event, in a session in that folder.
    pub(super) fn of(&mut self, codex: &Places, agent: Agent, run: &Run, event: &model::Event) -> Option<&Hook> {
        let folder = event.cwd.as_deref().or(run.start.cwd.as_deref().map(Path::new)).unwrap_or(Path::new("/"));
        let hooks = self.hooks(codex, agent, folder);
        hooks.iter().find(|hook| hook.event == event.event && records(hook, &run.start.command))
    }

    /// All that a session in that folder has.
    pub(crate) fn hooks(&mut self, codex: &Places, agent: Agent, folder: &Path) -> &[Hook] {
        let Agent::Codex = agent;
        let read = || discover::discover(codex, folder, &Flags::default()).hooks;
        self.0.entry(folder.to_owned()).or_insert_with(read)
    }
}

fn records(hook: &Hook, text: &str) -> bool {
    match &hook.handler {
        Handler::Command { command, .. } => recorded(command).as_deref() == Some(text),
        Handler::McpTool { .. } => false,
    }
}

/// The command that a line of Hookwright's records, or one by hand: behind `… hookwright-relay … record … --`, where it is one
/// word and nothing is behind it.
pub(crate) fn recorded(line: &str) -> Option<String> {
    if let Some(ours) = agents::codex::recorded::recorded(line) {
        return Some(ours.command);
    }
    let (relay, behind) = line.split_once(" record ")?;
    relay.contains("hookwright-relay").then_some(())?;
    let (_, word) = behind.split_once(" -- ")?;
    unquoted(word.trim_end())
}

/// What a shell makes of one word that nothing is put in.
fn unquoted(word: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => loop {
                match letters.next()? {
                    '\'' => break,
                    other => text.push(other),
                }
            },
            '"' => loop {
                match letters.next()? {
                    '"' => break,
                    '\\' => match letters.next()? {
                        escaped @ ('"' | '\\' | '$' | '`') => text.push(escaped),
                        '\n' => {}
                        other => text.extend(['\\', other]),
                    },
                    '$' | '`' => return None,
                    other => text.push(other),
                }
            },
            '\\' => text.push(letters.next()?),
            plain if plain.is_alphanumeric() || "/._-+:,@%=".contains(plain) => text.push(plain),
            _ => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_found_as_the_shell_reads_it() {
        let line = |word: &str| format!("exec '/a b/hookwright-relay' record --shell \"$0\" codex -- {word}");
        for (word, command) in [
            ("true", "true"),
            ("'echo \"$HOME\" | cat'", "echo \"$HOME\" | cat"),
            (r"'it'\''s'", "it's"),
            ("'two\nlines' ", "two\nlines"),
            (r#""a \"b\" \$c""#, r#"a "b" $c"#),
            (r"a\ b", "a b"),
        ] {
            assert_eq!(recorded(&line(word)).as_deref(), Some(command), "{word}");
        }
        let ours = agents::codex::recorded::record("it's", Path::new("/a b/hookwright-relay"), None).unwrap();
        assert_eq!(recorded(&ours).as_deref(), Some("it's"));
        for word in ["$x", "\"$x\"", "a b", "'open", "a; b", "a && b", "$(a)"] {
            assert_eq!(recorded(&line(word)), None, "{word}");
        }
        for other in ["true", "/bin/other record codex -- true", "hookwright-relay codex -- true"] {
            assert_eq!(recorded(other), None, "{other}");
        }
    }
}
