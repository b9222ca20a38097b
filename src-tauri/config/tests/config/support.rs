//! A Codex home in a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};

use agents::codex::install::{self, EVENTS, Entry};
use config::{Found, Home, Plan, Record, Saved};
use tempfile::TempDir;

pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".codex")).unwrap();
        Self { folder }
    }

    /// With these texts in `hooks.json` and `config.toml`.
    pub(crate) fn with(hooks: Option<&str>, config: Option<&str>) -> Self {
        let place = Self::new();
        for (path, text) in [(place.hooks(), hooks), (place.config(), config)] {
            if let Some(text) = text {
                fs::write(path, text).unwrap();
            }
        }
        place
    }

    pub(crate) fn codex(&self) -> PathBuf {
        self.folder.path().join(".codex")
    }

    pub(crate) fn home(&self) -> Home {
        Home::at(&self.codex())
    }

    pub(crate) fn hooks(&self) -> PathBuf {
        self.home().hooks().to_owned()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.home().config().to_owned()
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.folder.path().join("state/backups")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn texts(&self) -> [Option<String>; 2] {
        [text(&self.hooks()), text(&self.config())]
    }

    pub(crate) fn connect(&self) -> (Plan, Vec<Saved>) {
        self.connect_with(&entries())
    }

    pub(crate) fn connect_with(&self, entries: &[Entry]) -> (Plan, Vec<Saved>) {
        let plan = config::connect(&self.home(), entries).unwrap();
        let saved = plan.apply(&self.backups()).unwrap();
        (plan, saved)
    }

    pub(crate) fn disconnect(&self, record: Option<&Record>) {
        config::disconnect(&self.home(), record).unwrap().apply(&self.backups()).unwrap();
    }

    pub(crate) fn found(&self) -> Found {
        config::inspect(&self.home()).unwrap()
    }

    /// What Codex 0.169 does when it is told to trust our entries: see `trust_as_codex_does` in `records`.
    pub(crate) fn trust_block(&self) -> String {
        let ours = self.found().ours;
        let entries =
            ours.iter().map(|entry| format!("\n[hooks.state.{:?}]\ntrusted_hash = {:?}\n", entry.key, entry.hash));
        format!("\n[hooks.state]\n{}", entries.collect::<String>())
    }
}

pub(crate) fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

pub(crate) fn entries() -> Vec<Entry> {
    entries_of("/opt/hookwright/hookwright-relay")
}

pub(crate) fn entries_of(relay: &str) -> Vec<Entry> {
    install::entries(Path::new(relay), None).unwrap()
}

/// After connecting, all fourteen stand there, just so.
pub(crate) fn assert_connected(place: &Place, file: &Path) {
    let found = place.found();
    assert_eq!(found.ours.len(), EVENTS.len());
    assert_eq!(found.file, file);
    for entry in entries() {
        let standing: Vec<_> = found.ours.iter().filter(|ours| ours.event == entry.event).collect();
        assert_eq!(standing.len(), 1, "{:?}", entry.event);
        assert_eq!(standing[0].file, file);
        assert_eq!(standing[0].hash, install::hash(&entry));
        assert_eq!(standing[0].key, install::key(file, &entry.event, standing[0].group, standing[0].handler));
    }
}
