//! Writing: all or nothing, nothing widened, a backup of everything.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use config::{Backups, Change, Error, Plan, Reason};

use crate::support::{Place, assert_connected, entries, text};

const THEIRS: &str = "{\"hooks\": {\"Stop\": [{}]}}\n";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn change(path: PathBuf, before: Option<&str>, after: Option<&str>) -> Change {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Change { path, before: before.map(bytes), after: after.map(bytes), mode: Change::PRIVATE }
}

fn plan(changes: impl Into<Vec<Change>>) -> Plan {
    Plan { changes: changes.into(), reason: Reason::Connect }
}

#[test]
fn planning_writes_nothing() {
    let place = Place::with(Some(THEIRS), None);
    let planned = config::connect(&place.home(), &entries()).unwrap();
    assert!(!planned.is_empty());
    assert_eq!(place.texts(), [Some(THEIRS.to_owned()), None]);
    assert!(!place.backups().exists());
}

#[test]
fn a_new_file_is_private_and_an_old_one_keeps_its_mode() {
    let place = Place::new();
    place.connect();
    assert_eq!(mode(&place.hooks()), 0o600);
    for kept in [0o644, 0o640, 0o600, 0o755] {
        fs::set_permissions(place.hooks(), Permissions::from_mode(kept)).unwrap();
        fs::write(place.hooks(), THEIRS).unwrap();
        place.connect();
        assert_eq!(mode(&place.hooks()), kept);
    }
    assert_eq!(names(&place.codex()), ["hooks.json"]);
}

#[test]
fn the_old_file_is_never_written_into() {
    let place = Place::with(Some(THEIRS), None);
    fs::hard_link(place.hooks(), place.path("old")).unwrap();
    place.connect();
    assert_eq!(text(&place.path("old")).as_deref(), Some(THEIRS));
    assert_connected(&place, &place.hooks());
}

#[test]
fn links_stay() {
    let place = Place::new();
    fs::create_dir(place.path("dotfiles")).unwrap();
    fs::write(place.path("dotfiles/hooks.json"), THEIRS).unwrap();
    symlink("../dotfiles/hooks.json", place.hooks()).unwrap();
    place.connect();
    assert!(fs::symlink_metadata(place.hooks()).unwrap().is_symlink());
    assert_connected(&place, &place.hooks());
    assert_eq!(names(&place.path("dotfiles")), ["hooks.json"]);
    place.disconnect(None);
    assert_eq!(text(&place.path("dotfiles/hooks.json")).as_deref(), Some(THEIRS));
}

#[test]
fn a_file_moved_behind_a_link_is_emptied_and_not_removed() {
    let place = Place::new();
    let (connected, saved) = place.connect();
    fs::rename(place.hooks(), place.path("moved.json")).unwrap();
    symlink(place.path("moved.json"), place.hooks()).unwrap();
    place.disconnect(Some(&config::Record::default().after_connect(&connected, &saved)));
    assert_eq!(text(&place.path("moved.json")).as_deref(), Some("{}\n"));
}

#[test]
fn backups_are_private_and_say_why() {
    let place = Place::with(Some(THEIRS), None);
    let (_, saved) = place.connect();
    let backup = saved[0].backup.as_ref().unwrap();
    assert_eq!(saved[0].path, place.hooks());
    assert_eq!(text(backup).as_deref(), Some(THEIRS));
    assert_eq!((mode(&place.backups()), mode(backup)), (0o700, 0o600));
    place.disconnect(None);
    let names = names(&place.backups());
    for (name, reason) in names.iter().zip(["connect", "disconnect"]) {
        assert!(name.contains(&format!("-{reason}-")) && name.ends_with("-hooks.json"), "{name}");
    }

    let place = Place::new();
    let (_, saved) = place.connect();
    assert_eq!(saved[0].backup, None, "there was nothing to keep");
}

#[test]
fn fifty_backups_are_kept_and_nothing_else_is_touched() {
    let place = Place::with(Some("0"), None);
    let mut all = Vec::new();
    for number in 0..53 {
        let (before, after) = (number.to_string(), (number + 1).to_string());
        let saved = plan([change(place.hooks(), Some(&before), Some(&after))]).apply(&place.backups()).unwrap();
        all.extend(saved[0].backup.clone());
        fs::write(place.backups().join("notes.txt"), "mine").unwrap();
    }
    let kept: Vec<_> = all.iter().filter(|backup| backup.exists()).collect();
    assert_eq!(kept, all[3..].iter().collect::<Vec<_>>());
    assert_eq!(names(&place.backups()).len(), 51);
}

#[test]
fn backups_are_listed_by_file_the_newest_first_and_read_again() {
    let place = Place::with(Some("1"), Some("a = 1"));
    let backups = Backups(&place.backups());
    assert_eq!(backups.of(&place.hooks()).unwrap(), [], "no folder, no backups");
    for (path, before, after) in [(place.hooks(), "1", "22"), (place.config(), "a = 1", ""), (place.hooks(), "22", "3")]
    {
        let plan = Plan { reason: Reason::Save, ..plan([change(path, Some(before), Some(after))]) };
        plan.apply(backups.0).unwrap();
    }
    let of_hooks = backups.of(&place.hooks()).unwrap();
    let told: Vec<_> = of_hooks.iter().map(|backup| (backup.reason.as_str(), backup.bytes)).collect();
    assert_eq!(told, [("save", 2), ("save", 1)]);
    assert!(of_hooks[0].at >= of_hooks[1].at);
    assert_eq!(backups.read(&place.hooks(), &of_hooks[1].id).unwrap(), "1");
    for id in ["", "../notes.txt", &backups.of(&place.config()).unwrap()[0].id] {
        assert!(matches!(backups.read(&place.hooks(), id), Err(Error::Backup { .. })), "{id}");
    }
}

#[test]
fn old_backups_go_but_for_the_newest_few() {
    let place = Place::with(Some("0"), None);
    let saved = plan([change(place.hooks(), Some("0"), Some("1"))]).apply(&place.backups()).unwrap();
    let newest = saved[0].backup.clone().unwrap();
    let name = newest.file_name().unwrap().to_str().unwrap();
    for day in 10..20 {
        fs::write(place.backups().join(format!("10000000000{day}{}", &name[13..])), "old").unwrap();
    }
    plan([change(place.hooks(), Some("1"), Some("2"))]).apply(&place.backups()).unwrap();
    let ages: Vec<_> = names(&place.backups()).iter().map(|name| name[..13].to_owned()).collect();
    assert_eq!(ages[..3], ["1000000000017", "1000000000018", "1000000000019"]);
    assert_eq!(ages.len(), 5);
}

#[test]
fn a_new_file_gets_its_folders_and_its_mode() {
    let place = Place::new();
    let (program, text) = (place.path("project/.codex/hooks/guard.sh"), place.path("project/.codex/hooks.json"));
    let made = |path: &PathBuf, mode| Change { mode, ..change(path.clone(), None, Some("x")) };
    plan([made(&program, Change::PROGRAM), made(&text, Change::PRIVATE)]).apply(&place.backups()).unwrap();
    assert_eq!((mode(&program), mode(&text)), (0o700, 0o600));
}

#[test]
fn what_changed_meanwhile_is_left_alone() {
    for (before, meanwhile) in
        [(Some(THEIRS), Some("{}")), (Some(THEIRS), None), (None, Some(THEIRS)), (None, Some(""))]
    {
        let place = Place::with(before, None);
        let planned = config::connect(&place.home(), &entries()).unwrap();
        match meanwhile {
            Some(text) => fs::write(place.hooks(), text).unwrap(),
            None => fs::remove_file(place.hooks()).unwrap(),
        }
        let error = planned.apply(&place.backups()).unwrap_err();
        assert!(matches!(error, Error::Changed(path) if path == place.hooks()));
        assert_eq!(text(&place.hooks()).as_deref(), meanwhile);
        assert!(!place.backups().exists());
    }
}

#[test]
fn nothing_is_written_unless_every_file_is_as_planned() {
    let place = Place::with(Some("a"), Some("b"));
    let changes = [change(place.hooks(), Some("a"), Some("x")), change(place.config(), Some("other"), Some("y"))];
    assert!(matches!(plan(changes).apply(&place.backups()).unwrap_err(), Error::Changed(_)));
    assert_eq!(place.texts(), [Some("a".to_owned()), Some("b".to_owned())]);
}

/// Nobody, not even root, can make a file in the kernel's folder of this process.
const UNWRITABLE: &str = "/proc/self/hooks.json";

#[test]
fn where_no_file_can_be_made() {
    let place = Place::new();
    let home = config::Home::at(Path::new("/proc/self"));
    let error = config::connect(&home, &entries()).unwrap().apply(&place.backups()).unwrap_err();
    assert!(matches!(&error, Error::Write { path, .. } if path == home.hooks()), "{error}");
}

#[test]
fn the_first_file_is_put_back_when_the_second_cannot_be_written() {
    let theirs = change(PathBuf::from(UNWRITABLE), None, Some("x"));
    let place = Place::with(Some("a"), None);
    fs::set_permissions(place.hooks(), Permissions::from_mode(0o644)).unwrap();
    let changes = [change(place.hooks(), Some("a"), Some("b")), change(place.config(), None, Some("new")), theirs];
    let error = plan(changes).apply(&place.backups()).unwrap_err();
    assert!(matches!(error, Error::Write { path, .. } if path == Path::new(UNWRITABLE)));
    assert_eq!(place.texts(), [Some("a".to_owned()), None]);
    assert_eq!(mode(&place.hooks()), 0o644);
    assert_eq!(names(&place.codex()), ["hooks.json"], "no part of a file is left");

    let changes = [change(place.hooks(), Some("a"), None), change(PathBuf::from(UNWRITABLE), None, Some("x"))];
    plan(changes).apply(&place.backups()).unwrap_err();
    assert_eq!(place.texts(), [Some("a".to_owned()), None], "a file that was removed is back");
}

#[test]
fn without_a_backup_nothing_is_written() {
    let place = Place::with(Some(THEIRS), None);
    fs::write(place.path("state"), "in the way").unwrap();
    let planned = config::connect(&place.home(), &entries()).unwrap();
    assert!(matches!(planned.apply(&place.backups()).unwrap_err(), Error::Backup { .. }));
    assert_eq!(text(&place.hooks()).as_deref(), Some(THEIRS));
}

#[test]
fn a_digest_is_of_everything_that_is_shown() {
    let path = || PathBuf::from("/x");
    let plans = [
        plan([]),
        plan([change(path(), None, Some("a"))]),
        plan([change(path(), Some(""), Some("a"))]),
        plan([change(path(), Some("a"), None)]),
        plan([change(path(), Some("a"), Some(""))]),
        plan([change(PathBuf::from("/xa"), None, Some(""))]),
        plan([change(path(), None, Some("a")), change(path(), None, Some("a"))]),
    ];
    let digests: std::collections::HashSet<_> = plans.iter().map(Plan::digest).collect();
    assert_eq!(digests.len(), plans.len());
    assert_eq!(plans[1].digest(), plan([change(path(), None, Some("a"))]).digest());
}
