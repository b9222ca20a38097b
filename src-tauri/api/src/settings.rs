//! `settings.toml`, what a person may set. Unknown keys and comments stay; a file that does not parse is an error, never a guess,
//! and is never written over.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::time::Duration;

use model::Agent;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::dto::{self, Language, PopupPlace, Setting, Theme};
use crate::{Error, Paths, autostart, text};

/// How long a request waits for a person unless the settings say otherwise.
const WAITING: Duration = Duration::from_secs(600);

/// Below the hook's own timeout, which is a day.
const WAITING_SECONDS: std::ops::RangeInclusive<u32> = 5..=86_000;

const CONTINUATIONS: std::ops::RangeInclusive<u32> = 1..=1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    waiting: BTreeMap<String, Duration>,
    language: Option<Language>,
    theme: Theme,
    popup_place: PopupPlace,
    keep_days: Option<u32>,
    continuations: Option<u32>,
    welcomed: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    /// Seconds a request waits, by agent: `[waiting]`, `codex = 600`.
    waiting: BTreeMap<String, u32>,
    language: Option<Language>,
    theme: Theme,
    popup_place: PopupPlace,
    keep_days: Option<u32>,
    continuations: Option<u32>,
    welcomed: bool,
}

impl Settings {
    /// Those of the file; where there is none, the usual ones.
    pub fn read(paths: &Paths) -> Result<Self, Error> {
        Self::parse(paths, &content(paths)?)
    }

    /// What holds while the file cannot be read: what is usual. The person is no newcomer.
    pub fn unreadable() -> Self {
        Self { welcomed: true, ..Self::default() }
    }

    fn parse(paths: &Paths, content: &str) -> Result<Self, Error> {
        let file: File =
            toml::from_str(content).map_err(|source| Error::Settings { path: paths.settings(), source })?;
        let waiting = file.waiting.into_iter().map(|(agent, seconds)| (agent, Duration::from_secs(seconds.into())));
        Ok(Self {
            waiting: waiting.collect(),
            language: file.language,
            theme: file.theme,
            popup_place: file.popup_place,
            keep_days: file.keep_days,
            continuations: file.continuations,
            welcomed: file.welcomed,
        })
    }

    /// Writes one setting into its place and returns what holds from now on.
    pub(crate) fn change(paths: &Paths, setting: &Setting) -> Result<Self, Error> {
        if let Setting::StartAtLogin { value } = setting {
            autostart::set(paths, *value)?;
            return Self::read(paths);
        }
        let before = content(paths)?;
        // What does not parse is refused here, before anything is written.
        Self::parse(paths, &before)?;
        let mut document: DocumentMut = before.parse().map_err(|_| Error::Setting("the file".to_owned()))?;
        put(&mut document, setting)?;
        let after = document.to_string();
        let settings = Self::parse(paths, &after)?;
        write(paths, &after)?;
        Ok(settings)
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

    /// How long the history is kept; `None`: for ever.
    pub(crate) fn keep(&self) -> Option<Duration> {
        self.keep_days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60))
    }

    /// How often hosted hooks may keep one turn from ending; `None`: as often as they want.
    pub(crate) fn continuations(&self) -> Option<u32> {
        self.continuations
    }

    /// Whether a person has been through the first run, or skipped it.
    pub fn welcomed(&self) -> bool {
        self.welcomed
    }

    /// What the texts are in.
    pub fn speaks(&self) -> Language {
        self.language.unwrap_or_else(text::of_system)
    }

    pub(crate) fn view(&self, paths: &Paths) -> dto::SettingsView {
        let waiting = Agent::ALL.into_iter().map(|agent| dto::WaitingView {
            agent: agent.name().to_owned(),
            title: agent.title().to_owned(),
            seconds: u32::try_from(self.waiting(agent).as_secs()).unwrap_or(u32::MAX),
        });
        dto::SettingsView {
            language: self.language,
            speaks: self.speaks(),
            theme: self.theme,
            popup_place: self.popup_place,
            waiting: waiting.collect(),
            keep_days: self.keep_days,
            continuations: self.continuations,
            start_at_login: autostart::is_set(paths),
            data_folder: paths.state().display().to_string(),
            file: paths.settings().display().to_string(),
            welcomed: self.welcomed,
        }
    }
}

/// The text of the file; empty where there is none.
fn content(paths: &Paths) -> Result<String, Error> {
    let path = paths.settings();
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(Error::File { path, source }),
    }
}

fn put(document: &mut DocumentMut, setting: &Setting) -> Result<(), Error> {
    let refused = |what: &str| Error::Setting(what.to_owned());
    let (key, item) = match setting {
        Setting::Language { value } => ("language", value.map(word)),
        Setting::Theme { value } => ("theme", Some(word(*value))),
        Setting::PopupPlace { value } => ("popup_place", Some(word(*value))),
        Setting::KeepDays { value: Some(0) } => return Err(refused("0 days")),
        Setting::Continuations { value: Some(times) } if !CONTINUATIONS.contains(times) => {
            return Err(refused(&format!("{times} continuations")));
        }
        Setting::Continuations { value: times } => ("continuations", times.map(|times| value(i64::from(times)))),
        Setting::KeepDays { value: days } => ("keep_days", days.map(|days| value(i64::from(days)))),
        Setting::Welcomed { value: welcomed } => ("welcomed", Some(value(*welcomed))),
        Setting::Waiting { agent, seconds } => {
            if agent.parse::<Agent>().is_err() || !WAITING_SECONDS.contains(seconds) {
                return Err(refused(&format!("{seconds} seconds for {agent}")));
            }
            let table = document.entry("waiting").or_insert_with(|| Item::Table(Table::new()));
            let table = table.as_table_like_mut().ok_or_else(|| refused("waiting"))?;
            replace(table.entry(agent).or_insert(Item::None), value(i64::from(*seconds)));
            return Ok(());
        }
        Setting::StartAtLogin { .. } => return Err(refused("start at login")),
    };
    match item {
        Some(item) => replace(document.entry(key).or_insert(Item::None), item),
        None => {
            document.remove(key);
        }
    }
    Ok(())
}

/// Puts a value in another's place, with the comments around it.
fn replace(place: &mut Item, mut item: Item) {
    if let (Some(before), Some(after)) = (place.as_value(), item.as_value_mut()) {
        *after.decor_mut() = before.decor().clone();
    }
    *place = item;
}

/// The word that stands for a choice, as in the DTO.
fn word(choice: impl Serialize) -> Item {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => value(word),
        other => unreachable!("a choice is a word: {other:?}"),
    }
}

/// Whole or not at all.
fn write(paths: &Paths, text: &str) -> Result<(), Error> {
    let path = paths.settings();
    let io = |source| Error::File { path: path.clone(), source };
    let folder = path.parent().ok_or(Error::NoHome)?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let mut file = NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    // A person may keep this file elsewhere and link to it.
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    file.persist(target).map_err(|error| io(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> (tempfile::TempDir, Paths) {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        fs::create_dir_all(paths.settings().parent().unwrap()).unwrap();
        fs::write(paths.settings(), text).unwrap();
        (home, paths)
    }

    fn read(text: &str) -> Result<Settings, Error> {
        Settings::read(&paths(text).1)
    }

    #[test]
    fn the_waiting_time_of_an_agent_is_read_and_the_rest_left_alone() {
        let settings = read("other = \"dark\"\n[waiting]\ncodex = 3\nother = 7\n").unwrap();
        assert_eq!(settings.waiting(Agent::Codex), Duration::from_secs(3));
        assert_eq!(read("").unwrap().waiting(Agent::Codex), WAITING);
    }

    #[test]
    fn a_file_that_does_not_parse_is_an_error_with_its_place() {
        let text = read("[waiting]\ncodex = -1\n").unwrap_err().to_string();
        assert!(text.contains("settings.toml") && text.contains("line 2"), "{text}");
    }

    #[test]
    fn a_setting_changes_its_own_value_and_nothing_else() {
        let before = "# mine\nunknown = [1,  2]\ntheme   = \"light\" # for the sun\n\n[waiting] # slow\ncodex=60\n";
        let (_home, paths) = paths(before);
        Settings::change(&paths, &Setting::Theme { value: Theme::Dark }).unwrap();
        Settings::change(&paths, &Setting::Waiting { agent: "codex".to_owned(), seconds: 90 }).unwrap();
        let after = fs::read_to_string(paths.settings()).unwrap();
        assert_eq!(after, before.replace("\"light\"", "\"dark\"").replace("codex=60", "codex=90"));
    }

    #[test]
    fn every_setting_is_read_back_as_it_was_written() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let chinese = Language::SimplifiedChinese;
        for setting in [
            Setting::Language { value: Some(chinese) },
            Setting::Theme { value: Theme::Light },
            Setting::PopupPlace { value: PopupPlace::TopLeft },
            Setting::KeepDays { value: Some(30) },
            Setting::Continuations { value: Some(3) },
            Setting::Welcomed { value: true },
            Setting::StartAtLogin { value: true },
        ] {
            Settings::change(&paths, &setting).unwrap();
        }
        let view = Settings::read(&paths).unwrap().view(&paths);
        assert_eq!((view.language, view.speaks, view.theme), (Some(chinese), chinese, Theme::Light));
        assert_eq!((view.popup_place, view.keep_days, view.continuations), (PopupPlace::TopLeft, Some(30), Some(3)));
        assert!(view.welcomed && view.start_at_login);

        Settings::change(&paths, &Setting::KeepDays { value: None }).unwrap();
        let settings = Settings::change(&paths, &Setting::StartAtLogin { value: false }).unwrap();
        assert_eq!(settings.keep(), None);
        assert!(!settings.view(&paths).start_at_login);
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing() {
        let broken = "theme = \n";
        let (_home, at) = paths(broken);
        assert!(Settings::change(&at, &Setting::Theme { value: Theme::Dark }).is_err());
        assert_eq!(fs::read_to_string(at.settings()).unwrap(), broken);

        let (_home, at) = paths("# fine\n");
        for (agent, seconds) in [("codex", 4), ("codex", 86_001), ("nobody", 60)] {
            let setting = Setting::Waiting { agent: agent.to_owned(), seconds };
            assert!(matches!(Settings::change(&at, &setting), Err(Error::Setting(_))), "{setting:?}");
        }
        assert!(Settings::change(&at, &Setting::KeepDays { value: Some(0) }).is_err());
        assert!(Settings::change(&at, &Setting::Continuations { value: Some(0) }).is_err());
        assert_eq!(fs::read_to_string(at.settings()).unwrap(), "# fine\n");
    }
}
