//! `settings.toml`, what a person may set. Unknown keys are left alone; a file that does not parse is an error, never a guess.

use std::collections::BTreeMap;
use std::time::Duration;
use std::{fs, io};

use model::Agent;
use serde::Deserialize;

use crate::{Error, Paths};

/// How long a request waits for a person unless the settings say otherwise.
const WAITING: Duration = Duration::from_secs(600);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    waiting: BTreeMap<String, Duration>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    /// Seconds a request waits, by agent: `[waiting]`, `codex = 600`.
    waiting: BTreeMap<String, u32>,
}

impl Settings {
    pub fn read(paths: &Paths) -> Result<Self, Error> {
        let path = paths.settings();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(Error::File { path, source }),
        };
        let file: File = toml::from_str(&text).map_err(|source| Error::Settings { path, source })?;
        let waiting = file.waiting.into_iter().map(|(agent, seconds)| (agent, Duration::from_secs(seconds.into())));
        Ok(Self { waiting: waiting.collect() })
    }

    /// How long a request of this agent waits for a person.
    pub fn waiting(&self, agent: Agent) -> Duration {
        self.waiting.get(agent.name()).copied().unwrap_or(WAITING)
    }

    /// The longest waiting time of any agent.
    pub fn longest_waiting(&self) -> Duration {
        Agent::ALL.into_iter().map(|agent| self.waiting(agent)).max().unwrap_or(WAITING)
    }

    /// The same settings with another waiting time.
    pub fn with_waiting(mut self, agent: Agent, waiting: Duration) -> Self {
        self.waiting.insert(agent.name().to_owned(), waiting);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, Error> {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        fs::create_dir_all(paths.settings().parent().unwrap()).unwrap();
        fs::write(paths.settings(), text).unwrap();
        Settings::read(&paths)
    }

    #[test]
    fn the_waiting_time_of_an_agent_is_read_and_the_rest_left_alone() {
        let settings = read("theme = \"dark\"\n[waiting]\ncodex = 3\nother = 7\n").unwrap();
        assert_eq!(settings.waiting(Agent::Codex), Duration::from_secs(3));
        assert_eq!(read("").unwrap().waiting(Agent::Codex), WAITING);
    }

    #[test]
    fn a_file_that_does_not_parse_is_an_error_with_its_place() {
        let text = read("[waiting]\ncodex = -1\n").unwrap_err().to_string();
        assert!(text.contains("settings.toml") && text.contains("line 2"), "{text}");
    }
}
