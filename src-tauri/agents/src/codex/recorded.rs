//! The command of a recorded hook: the person's own, run by the recorder. Where the recorder is gone, as after an uninstall, the
//! shell runs it as before, so that no guard is ever switched off.

use std::path::{Path, PathBuf};

use super::install::{Error, plain};

/// What a recorded hook's command says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The person's own command.
    pub command: String,
    pub relay: PathBuf,
    /// `HOOKWRIGHT_HOME`, where the app was started with one.
    pub home: Option<PathBuf>,
}

/// The command that records `command`. For shells of the Bourne family, `$0` of which is the shell itself, as Codex starts them.
pub fn record(command: &str, relay: &Path, home: Option<&Path>) -> Result<String, Error> {
    let relay = plain(relay)?;
    let home = home.map(plain).transpose()?.map(|home| format!(" --home '{home}'")).unwrap_or_default();
    let quoted = command.replace('\'', r"'\''");
    Ok(format!(
        "set -- '{quoted}'; if [ -x '{relay}' ]; then exec '{relay}' record{home} --shell \"$0\" codex -- \"$1\"; fi; \
         exec \"$0\" -c \"$1\""
    ))
}

/// What a command records, if it is one of ours to the letter; whoever changed it made it theirs.
pub fn recorded(text: &str) -> Option<Recorded> {
    let (quoted, rest) = text.strip_prefix("set -- '")?.rsplit_once("'; if [ -x '")?;
    let command = quoted.replace(r"'\''", "'");
    let mut words = rest.split('\'');
    let relay = PathBuf::from(words.next()?);
    let mut options = words.skip_while(|word| !word.ends_with(" record --home ")).skip(1);
    let home = options.next().map(PathBuf::from);
    let same = record(&command, &relay, home.as_deref()).ok()? == text;
    same.then_some(Recorded { command, relay, home })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const RELAY: &str = "/home/user/.local/share/hookwright/hookwright-relay";

    #[test]
    fn what_is_wrapped_is_unwrapped() {
        for command in ["true", "", "it's", r"a '\'' b", "two\nlines", "'; if [ -x 'x", "é $1 \"$0\""] {
            for home in [None, Some(Path::new("/some where/home"))] {
                let text = record(command, RELAY.as_ref(), home).unwrap();
                let found = Recorded { command: command.into(), relay: RELAY.into(), home: home.map(Path::to_owned) };
                assert_eq!(recorded(&text), Some(found), "{text}");
                assert_eq!(recorded(&format!("{text} ")), None, "changed by somebody");
            }
        }
        for other in ["true", "set -- 'x'; true", "exec '/x/hookwright-relay' record --shell \"$0\" codex -- 'true'"] {
            assert_eq!(recorded(other), None, "{other}");
        }
    }

    #[test]
    fn without_its_recorder_a_hook_runs_as_before() {
        let text = record("printf %s \"it's $0 $#\"; exit 7", "/nowhere/hookwright-relay".as_ref(), None).unwrap();
        for shell in ["sh", "bash"] {
            let output = Command::new(shell).args(["-c", &text]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("it's {shell} 0"));
            assert_eq!(output.status.code(), Some(7));
        }
    }

    #[test]
    fn a_path_that_cannot_stand_there_is_refused() {
        assert!(matches!(record("true", "relay".as_ref(), None), Err(Error::NotAbsolute(_))));
        assert!(matches!(record("true", "/it's/hookwright-relay".as_ref(), None), Err(Error::Unquotable(_))));
    }
}
