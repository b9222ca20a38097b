//! `settings.toml`, what a person may set. Unknown keys and comments stay; a file that does not parse is an error, never a guess,
//! and is never written over.

mod edit;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::Agent;
use serde::de;
use serde::{Deserialize, Deserializer};
use toml_edit::DocumentMut;

use crate::dto::{self, Language, Notices, PopupPlace, Review, Secrets, Setting, Theme};
use crate::{Error, Paths, Shortcut, autostart, text, whole};
pub(crate) use edit::set;

/// How long a request waits for a person unless the settings say otherwise.
const WAITING: Duration = Duration::from_secs(600);

/// Below the hook's own timeout, which is a day.
const WAITING_SECONDS: std::ops::RangeInclusive<u32> = 5..=86_000;

/// Less holds no day of work.
const LEAST_MEGABYTES: u32 = 10;

const CONTINUATIONS: std::ops::RangeInclusive<u32> = 1..=1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    waiting: BTreeMap<String, Duration>,
    projects: BTreeMap<PathBuf, Project>,
    language: Option<Language>,
    theme: Theme,
    popup_place: PopupPlace,
    notices: Notices,
    shortcut: Option<Shortcut>,
    keep_days: Option<u32>,
    keep_megabytes: Option<u32>,
    continuations: Option<u32>,
    attach: Option<bool>,
    codex_homes: Vec<PathBuf>,
    welcomed: bool,
}

/// What is otherwise below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Project {
    /// Seconds.
    waiting: Option<u32>,
    review: Option<Review>,
    secrets: Option<Secrets>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    /// Seconds a request waits, by agent: `[waiting]`, `codex = 600`.
    waiting: BTreeMap<String, u32>,
    /// `[projects."/home/me/site"]`, `waiting = 60`, `review = "ask"`, `secrets = "plain"`.
    projects: BTreeMap<PathBuf, Project>,
    language: Option<Language>,
    theme: Theme,
    popup_place: PopupPlace,
    /// `[notices]`.
    notices: Notices,
    shortcut: Option<Shortcut>,
    keep_days: Option<u32>,
    keep_megabytes: Option<u32>,
    continuations: Option<u32>,
    /// Whether we are a client of the server that terminals share.
    attach: Option<bool>,
    /// Further `CODEX_HOME`s whose servers are watched: `["/srv/codex"]`.
    #[serde(deserialize_with = "full_paths")]
    codex_homes: Vec<PathBuf>,
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
            projects: file.projects,
            language: file.language,
            theme: file.theme,
            popup_place: file.popup_place,
            notices: file.notices,
            shortcut: file.shortcut,
            keep_days: file.keep_days,
            keep_megabytes: file.keep_megabytes,
            continuations: file.continuations,
            attach: file.attach,
            codex_homes: file.codex_homes,
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
        edit::put(&mut document, setting)?;
        let after = document.to_string();
        let settings = Self::parse(paths, &after)?;
        whole::write(&paths.settings(), &after)?;
        Ok(settings)
    }

    /// How long a request of this agent waits for a person, where its project says nothing else.
    pub fn waiting(&self, agent: Agent) -> Duration {
        self.waiting.get(agent.name()).copied().unwrap_or(WAITING)
    }

    /// How long a request of this agent waits for a person in this project.
    pub(crate) fn waiting_in(&self, agent: Agent, project: Option<&Path>) -> Duration {
        self.of_project(project, Project::waiting).unwrap_or_else(|| self.waiting(agent))
    }

    /// Who decides in this project where the agent has a reviewer of its own.
    pub(crate) fn review_in(&self, project: Option<&Path>) -> Review {
        self.of_project(project, |project| project.review).unwrap_or(Review::Agent)
    }

    /// What the longest folder says that the project is in.
    fn of_project<T>(&self, project: Option<&Path>, says: impl Fn(&Project) -> Option<T>) -> Option<T> {
        project?.ancestors().find_map(|folder| says(self.projects.get(folder)?))
    }

    /// The longest waiting time of any agent and project.
    pub fn longest_waiting(&self) -> Duration {
        let projects = self.projects.values().filter_map(Project::waiting);
        Agent::ALL.into_iter().map(|agent| self.waiting(agent)).chain(projects).max().unwrap_or(WAITING)
    }

    /// The same settings, with a further `CODEX_HOME` whose server is watched.
    pub fn with_codex_home(mut self, home: PathBuf) -> Self {
        self.codex_homes.push(home);
        self
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

    /// How large the history may become, in bytes; `None`: as large as it gets.
    pub(crate) fn keep_bytes(&self) -> Option<u64> {
        self.keep_megabytes.map(|megabytes| u64::from(megabytes) * 1_000_000)
    }

    /// What becomes of secrets in the history, by project.
    pub(crate) fn secrets(&self) -> BTreeMap<PathBuf, history::Secrets> {
        let said = |(folder, project): (&PathBuf, &Project)| {
            let secrets = match project.secrets? {
                Secrets::Masked => history::Secrets::Masked,
                Secrets::Plain => history::Secrets::Plain,
            };
            Some((folder.clone(), secrets))
        };
        self.projects.iter().filter_map(said).collect()
    }

    /// How often hosted hooks may keep one turn from ending; `None`: as often as they want.
    pub(crate) fn continuations(&self) -> Option<u32> {
        self.continuations
    }

    /// Whether we are a client of the servers that terminals share.
    pub(crate) fn attach(&self) -> bool {
        self.attach.unwrap_or(true)
    }

    /// Further `CODEX_HOME`s whose servers are watched.
    pub(crate) fn codex_homes(&self) -> &[PathBuf] {
        &self.codex_homes
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
            notices: self.notices,
            shortcut: self.shortcut.as_ref().map(Shortcut::to_string),
            desktop_takes_shortcuts: std::env::var_os("WAYLAND_DISPLAY").is_some_and(|display| !display.is_empty()),
            popup_command: popup_command(paths),
            waiting: waiting.collect(),
            projects: self.projects.iter().map(|(folder, project)| project.view(folder)).collect(),
            keep_days: self.keep_days,
            keep_megabytes: self.keep_megabytes,
            continuations: self.continuations,
            attach: self.attach(),
            codex_homes: self.codex_homes.iter().map(|home| home.display().to_string()).collect(),
            start_at_login: autostart::is_set(paths),
            data_folder: paths.state().display().to_string(),
            file: paths.settings().display().to_string(),
            welcomed: self.welcomed,
        }
    }
}

impl Project {
    fn waiting(&self) -> Option<Duration> {
        self.waiting.map(|seconds| Duration::from_secs(seconds.into()))
    }

    fn view(&self, folder: &Path) -> dto::ProjectSettings {
        dto::ProjectSettings {
            folder: folder.display().to_string(),
            waiting: self.waiting,
            review: self.review,
            secrets: self.secrets,
        }
    }
}

fn full_paths<'de, D: Deserializer<'de>>(paths: D) -> Result<Vec<PathBuf>, D::Error> {
    let paths = Vec::<PathBuf>::deserialize(paths)?;
    match paths.iter().find(|path| !path.is_absolute()) {
        None => Ok(paths),
        Some(path) => Err(de::Error::custom(format_args!("{path:?} is no full path"))),
    }
}

/// What brings the popup from outside, for a shortcut of the desktop.
fn popup_command(paths: &Paths) -> String {
    let words = autostart::command(paths).unwrap_or_else(|_| vec!["hookwright-desktop".to_owned()]);
    let plain = |word: &String| word.chars().all(|c| c.is_alphanumeric() || "/._-=".contains(c));
    let words = words.into_iter().map(|word| if plain(&word) { word } else { format!("'{word}'") });
    words.chain(["--popup".to_owned()]).collect::<Vec<_>>().join(" ")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dto::{Notice, ProjectSettings};

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
    fn servers_are_watched_unless_it_is_said_otherwise() {
        let usual = read("").unwrap();
        assert_eq!((usual.attach(), usual.codex_homes()), (true, &[][..]));
        let settings = read("attach = false\ncodex_homes = [\"/srv/codex\"]\n").unwrap();
        assert_eq!((settings.attach(), settings.codex_homes()), (false, &[PathBuf::from("/srv/codex")][..]));
        let text = read("attach = true\ncodex_homes = [\"/srv\", \"codex\"]\n").unwrap_err().to_string();
        assert!(text.contains("line 2") && text.contains("no full path"), "{text}");
    }

    #[test]
    fn folders_that_stay_keep_their_comments() {
        let before = "# mine\ncodex_homes = [\n  # slow\n  \"/srv/one\",\n  # quick\n  \"/srv/two\",\n]\nunknown=1\n";
        let (_home, at) = paths(before);
        let change = |homes: &[&str]| {
            let value = homes.iter().map(|home| (*home).to_owned()).collect();
            Settings::change(&at, &Setting::CodexHomes { value }).unwrap();
            fs::read_to_string(at.settings()).unwrap()
        };
        assert_eq!(change(&["/srv/one", "/srv/two/", "/srv/one"]), before);
        assert_eq!(change(&["/srv/two"]), before.replace("  # slow\n  \"/srv/one\",\n", ""));
        let both = "# mine\ncodex_homes = [\n  # quick\n  \"/srv/two\", \"/srv/three\",\n]\nunknown=1\n";
        assert_eq!(change(&["/srv/two", "/srv/three"]), both);
        assert_eq!(change(&[]), "unknown=1\n");
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
        let told = Notices { by: Notice::Both, text: true, sound: true, follow_do_not_disturb: false };
        for setting in [
            Setting::Language { value: Some(chinese) },
            Setting::Theme { value: Theme::Light },
            Setting::PopupPlace { value: PopupPlace::TopLeft },
            Setting::Notices { value: told },
            Setting::Shortcut { value: Some("Alt+Ctrl+H".to_owned()) },
            Setting::KeepDays { value: Some(30) },
            Setting::KeepMegabytes { value: Some(200) },
            Setting::Continuations { value: Some(3) },
            Setting::Attach { value: false },
            Setting::CodexHomes { value: vec!["/srv/codex".to_owned(), "/srv/other".to_owned()] },
            Setting::Welcomed { value: true },
            Setting::StartAtLogin { value: true },
        ] {
            Settings::change(&paths, &setting).unwrap();
        }
        let view = Settings::read(&paths).unwrap().view(&paths);
        assert_eq!((view.language, view.speaks, view.theme), (Some(chinese), chinese, Theme::Light));
        assert_eq!((view.popup_place, view.keep_days, view.continuations), (PopupPlace::TopLeft, Some(30), Some(3)));
        assert!(view.welcomed && view.start_at_login);
        assert_eq!((view.notices, view.shortcut.as_deref()), (told, Some("Ctrl+Alt+H")));
        assert_eq!(view.keep_megabytes, Some(200));
        assert_eq!(
            (view.attach, view.codex_homes.as_slice()),
            (false, &["/srv/codex".into(), "/srv/other".into()][..])
        );

        Settings::change(&paths, &Setting::KeepDays { value: None }).unwrap();
        let settings = Settings::change(&paths, &Setting::StartAtLogin { value: false }).unwrap();
        assert_eq!(settings.keep(), None);
        assert!(!settings.view(&paths).start_at_login);
    }

    #[test]
    fn what_is_otherwise_in_a_project_is_said_by_the_longest_folder() {
        let (home, at) = paths("# mine\n[waiting]\ncodex = 60\n");
        let home = home.path().canonicalize().unwrap();
        let folder = |name: &str| home.join(name).display().to_string();
        let change = |says: ProjectSettings| Settings::change(&at, &Setting::Project(says)).unwrap();
        let put = |name: &str, waiting, review| {
            change(ProjectSettings { folder: folder(name), waiting, review, secrets: None })
        };
        put("src", Some(90), Some(Review::Ask));
        let settings = put("src/site", Some(5), None);
        let seconds = |name: &str| settings.waiting_in(Agent::Codex, Some(&home.join(name))).as_secs();
        assert_eq!([seconds("src/site/sub"), seconds("src/other"), seconds("srcs"), seconds("")], [5, 90, 60, 60]);
        assert_eq!(settings.waiting_in(Agent::Codex, None).as_secs(), 60);
        assert_eq!(settings.longest_waiting().as_secs(), 90);
        let review = |name: &str| settings.review_in(Some(&home.join(name)));
        assert_eq!([review("src/site"), review("src"), review("")], [Review::Ask, Review::Ask, Review::Agent]);
        assert_eq!(settings.view(&at).projects.len(), 2);

        let plain =
            change(ProjectSettings { folder: folder("src"), secrets: Some(Secrets::Plain), ..Default::default() });
        assert_eq!(plain.secrets(), [(home.join("src"), history::Secrets::Plain)].into());
        put("src", None, None);
        put("src/site", None, None);
        assert_eq!(fs::read_to_string(at.settings()).unwrap(), "# mine\n[waiting]\ncodex = 60\n");
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
        for (folder, waiting) in [("/src", Some(4)), ("src", Some(60))] {
            let says = ProjectSettings { folder: folder.to_owned(), waiting, ..ProjectSettings::default() };
            let setting = Setting::Project(says);
            assert!(matches!(Settings::change(&at, &setting), Err(Error::Setting(_))), "{setting:?}");
        }
        assert!(Settings::change(&at, &Setting::Shortcut { value: Some("Shift+A".to_owned()) }).is_err());
        assert!(Settings::change(&at, &Setting::KeepDays { value: Some(0) }).is_err());
        assert!(Settings::change(&at, &Setting::CodexHomes { value: vec!["codex".to_owned()] }).is_err());
        assert!(Settings::change(&at, &Setting::Continuations { value: Some(0) }).is_err());
        assert_eq!(fs::read_to_string(at.settings()).unwrap(), "# fine\n");
    }
}
