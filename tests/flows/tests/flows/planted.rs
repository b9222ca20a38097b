//! Files in the spool that no relay left there so. They do no harm, stay where they are, and are shown.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use fixtures::relay::{Installed, Outcome};
use fixtures::{Home, Hosted, payload};
use flows::{spool, spooled, until};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;

use crate::stored;

const NOBODY: u32 = 65_534;

/// A home with a spool and a way to plant files in it.
struct Garden {
    home: Home,
    planted: Vec<PathBuf>,
}

impl Garden {
    fn new() -> Self {
        let home = Home::new();
        Hosted::start(home.path()).quit();
        Self { home, planted: Vec::new() }
    }

    /// An event as a relay leaves it, put there by `put`.
    fn plant(&mut self, put: impl FnOnce(&Path, Vec<u8>) -> io::Result<()>) {
        let number = self.planted.len();
        let id = format!("{number:032x}");
        let path = spool(self.home.path()).join(format!("{number:020}-{id}.event"));
        let head = json!({ "v": 1, "id": id, "agent": "codex", "at": number }).to_string();
        let bytes = [head.as_bytes(), b"\n", &payload::shell("planted")].concat();
        put(&path, bytes).expect("it can be planted");
        fs::symlink_metadata(&path).expect("it was planted");
        self.planted.push(path);
    }

    /// An event whose text is changed.
    fn plant_text(&mut self, change: impl FnOnce(String) -> String) {
        self.plant(|path, bytes| write(path, change(String::from_utf8_lossy(&bytes).into_owned()).as_bytes()));
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

fn plant_files(garden: &mut Garden) {
    let elsewhere = garden.home.path().to_owned();
    garden.plant(|path, bytes| {
        write(&elsewhere.join("target"), &bytes)?;
        symlink(elsewhere.join("target"), path)
    });
    garden.plant(|path, _| symlink("/dev/zero", path));
    garden.plant(|path, bytes| {
        write(path, &bytes)?;
        fs::hard_link(path, elsewhere.join("second"))
    });
    garden.plant(|path, _| Ok(mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?));
    garden.plant(|path, _| fs::create_dir(path));
    // A journal of a run has its own folder.
    garden.plant(|path, _| write(path, b"\0\0\0\x12\x01{\"v\":1,\"id\":\"0\"}"));
    garden.plant(|path, bytes| {
        write(path, &bytes)?;
        fs::set_permissions(path, Permissions::from_mode(0o606))
    });
    garden.plant(|path, bytes| {
        write(path, &bytes)?;
        File::options().write(true).open(path)?.set_len(protocol::LIMIT as u64 + 10_000)
    });
    if rustix::process::geteuid().is_root() {
        garden.plant(|path, bytes| {
            write(path, &bytes)?;
            chown(path, Some(NOBODY), Some(NOBODY))
        });
    } else {
        println!("needs root: a file of another user was not tried");
    }
}

fn plant_texts(garden: &mut Garden) {
    garden.plant_text(|_| String::new());
    garden.plant_text(|text| text.replacen('{', "", 1));
    garden.plant_text(|text| text.replacen("\"v\":1", "\"v\":9", 1));
    garden.plant_text(|text| text.replacen("\"v\":1", "\"v\":1,\"decision\":\"allow\"", 1));
    garden.plant_text(|text| text.replacen("\"agent\":\"codex\"", "\"agent\":\"somebody\"", 1));
    garden.plant_text(|text| text.replacen("\"id\":\"0", "\"id\":\"1", 1));
    garden.plant_text(|text| text[..text.len() - 20].to_owned());
    garden.plant_text(|text| text.split_inclusive('\n').take(1).collect());
    let stray = spool(garden.home.path()).join("README");
    write(&stray, b"not an event").expect("it can be planted");
    garden.planted.push(stray);
}

#[test]
fn planted_files_are_left_alone_and_shown_and_the_good_ones_come_in() {
    let mut garden = Garden::new();
    plant_files(&mut garden);
    plant_texts(&mut garden);
    let relay = Installed::ours();
    let good = ["one", "two", "three"].map(|session| payload::shell_in(session, "make"));
    for payload in &good {
        assert_eq!(relay.ask(garden.home.path(), payload).outcome(), Outcome::silent());
    }

    let mut app = Hosted::start(garden.home.path());
    let note = app.note("spoolRefused").detail;
    let (count, folder) = (garden.planted.len(), spool(garden.home.path()));
    assert!(note.starts_with(&format!("{count} in {}; the first, ", folder.display())), "{note}");
    assert!(note.ends_with("it is a symbolic link"), "{note}");
    let sessions: Vec<_> = stored::events(garden.home.path()).into_iter().map(|event| event.session).collect();
    assert_eq!(sessions, ["one", "two", "three"]);
    for path in &garden.planted {
        fs::symlink_metadata(path).expect("it is still there");
    }
    let left = spooled(garden.home.path()).len();
    assert_eq!(left, garden.planted.len() - 1, "all but the stray one are called events");
    assert!(app.past().is_empty(), "none of it became a request");

    let mut asking = relay.ask(garden.home.path(), &payload::shell("asked"));
    let card = app.card();
    app.deny(&card, "no");
    assert_eq!(asking.outcome(), Outcome::says(&flows::deny("no")));
    let summaries: Vec<_> = app.past().iter().map(|past| fixtures::plain(&past.summary)).collect();
    assert_eq!(summaries, ["asked"]);
    assert_eq!([stored::previewed(&app, "make"), stored::previewed(&app, "asked")], [(0, 1), (1, 1)]);
}

#[test]
fn an_event_from_the_future_is_from_now() {
    let garden = Garden::new();
    let (id, at) = ("f".repeat(32), 9_999_999_999_999_i64);
    let head = json!({ "v": 1, "id": id, "agent": "codex", "at": at });
    let payload = String::from_utf8(payload::shell("make")).unwrap();
    let path = spool(garden.home.path()).join(format!("{at:020}-{id}.event"));
    write(&path, format!("{head}\n{payload}").as_bytes()).unwrap();
    let _app = Hosted::start(garden.home.path());
    let [event] = stored::events_in(garden.home.path(), 1).try_into().unwrap();
    assert_eq!(event.id, id);
    assert!(event.at < at, "{}", event.at);
}

#[test]
fn a_spool_that_is_not_ours_alone_is_not_read() {
    let (home, relay) = (Home::new(), Installed::ours());
    Hosted::start(home.path()).quit();
    assert_eq!(relay.ask(home.path(), &payload::shell("make")).outcome(), Outcome::silent());
    fs::set_permissions(spool(home.path()), Permissions::from_mode(0o777)).unwrap();
    let mut app = Hosted::start(home.path());
    let note = app.note("spoolRefused").detail;
    assert!(note.contains("is not a folder of this user's own"), "{note}");
    assert_eq!((spooled(home.path()).len(), stored::events(home.path()).len()), (1, 0));
    app.quit();

    fs::set_permissions(spool(home.path()), Permissions::from_mode(0o700)).unwrap();
    let _app = Hosted::start(home.path());
    until("the event to come in", || spooled(home.path()).is_empty().then_some(()));
    stored::events_in(home.path(), 1);
}
