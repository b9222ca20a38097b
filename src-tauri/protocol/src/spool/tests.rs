use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::*;
use crate::LIMIT;
use crate::folder::{LEDGER, PRIVATE, STALE};

/// A folder that holds nothing but the spool.
fn spool() -> (TempDir, Spool) {
    let home = tempfile::tempdir().unwrap();
    let spool = Spool::make(&home.path().join("state/spool")).unwrap();
    (home, spool)
}

fn event(at: i64, payload: &[u8]) -> Event {
    Event { at, ..Event::now("codex", payload.to_vec()).unwrap() }
}

fn set_ledger(spool: &Spool, numbers: [u64; 3]) {
    fs::write(spool.path().join(LEDGER), numbers.map(u64::to_le_bytes).concat()).unwrap();
}

/// Files, bytes, dropped.
fn ledger(spool: &Spool) -> [u64; 3] {
    let bytes = fs::read(spool.path().join(LEDGER)).unwrap();
    let (numbers, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    numbers.iter().map(|number| u64::from_le_bytes(*number)).collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn what_is_kept_is_read_the_oldest_first() {
    let (_home, spool) = spool();
    let events = [event(3, b"{}"), event(1, &vec![0xFF; LIMIT - 1]), event(2, b""), event(1_800_000_000_000, b"a\nb")];
    for event in &events {
        spool.keep(event).unwrap();
    }
    let read: Vec<_> = spool.list().unwrap().iter().map(|name| spool.read(name).unwrap()).collect();
    assert_eq!(read, [1, 2, 0, 3].map(|at: usize| events[at].clone()));

    let size: u64 = spool.list().unwrap().iter().map(|name| fs::metadata(spool.path().join(name)).unwrap().len()).sum();
    assert_eq!(ledger(&spool), [4, size, 0]);
    for name in spool.list().unwrap() {
        let mode = fs::metadata(spool.path().join(&name)).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        spool.remove(&name).unwrap();
    }
    assert!(spool.list().unwrap().is_empty());
    spool.settle(0).unwrap();
    assert_eq!(ledger(&spool), [0, 0, 0]);
}

#[test]
fn only_a_folder_of_ours_is_a_spool() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("wide")).unwrap();
    fs::set_permissions(at("wide"), Permissions::from_mode(0o770)).unwrap();
    symlink(at("wide"), at("link")).unwrap();
    fs::write(at("file"), "").unwrap();
    for name in ["wide", "link", "file"] {
        assert!(matches!(Spool::open(&at(name)), Err(Error::ForeignFolder(path)) if path == at(name)), "{name}");
    }
    assert!(matches!(Spool::open(&at("absent")), Err(Error::Io(_))));
    assert!(!at("absent").exists());
    assert_eq!(fs::metadata(Spool::make(&at("new/spool")).unwrap().path()).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_full_spool_keeps_the_oldest_and_counts_the_rest() {
    for full in [[MOST_FILES, 0, 0], [0, MOST_BYTES - 10, 0], [u64::MAX, u64::MAX, 0]] {
        let (_home, spool) = spool();
        spool.keep(&event(1, b"first")).unwrap();
        set_ledger(&spool, full);
        for _ in 0..2 {
            assert!(matches!(spool.keep(&event(2, b"later")), Err(Error::Full)));
        }
        assert_eq!(ledger(&spool), [full[0], full[1], 2]);
        assert_eq!(spool.list().unwrap().len(), 1);

        assert_eq!(spool.dropped(), 2);
        spool.count_dropped();
        spool.settle(2).unwrap();
        assert_eq!(spool.dropped(), 1, "what was not told of yet stays counted");
        spool.keep(&event(3, b"later")).unwrap();
    }
}

#[test]
fn an_odd_ledger_is_an_empty_one() {
    for odd in [&b""[..], b"short", &[0xFF; 25]] {
        let (_home, spool) = spool();
        fs::write(spool.path().join(LEDGER), odd).unwrap();
        spool.keep(&event(1, b"{}")).unwrap();
        let size = fs::metadata(spool.path().join(&spool.list().unwrap()[0])).unwrap().len();
        assert_eq!(spool.dropped(), 0);
        if odd.len() < 24 {
            assert_eq!(ledger(&spool), [1, size, 0]);
        }
    }
}

#[test]
fn without_a_ledger_an_event_is_kept_all_the_same() {
    let (home, spool) = spool();
    let elsewhere = home.path().join("elsewhere");
    symlink(&elsewhere, spool.path().join(LEDGER)).unwrap();
    spool.keep(&event(1, b"{}")).unwrap();
    assert!(!elsewhere.exists(), "the link was followed");
    fs::remove_file(spool.path().join(LEDGER)).unwrap();

    let held = spool.locked_ledger(AGENT_WAITS).unwrap();
    let started = std::time::Instant::now();
    spool.keep(&event(2, b"{}")).unwrap();
    assert!(started.elapsed() >= AGENT_WAITS);
    drop(held);
    assert_eq!(spool.list().unwrap().len(), 2);
    spool.settle(0).unwrap();
    assert_eq!(ledger(&spool)[0], 2);
}

#[test]
fn many_at_once_are_all_kept_and_counted() {
    let (_home, spool) = spool();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let own = Spool::open(spool.path()).unwrap();
                (0..50).for_each(|at| own.keep(&event(at, b"{}")).unwrap());
            });
        }
    });
    assert_eq!(spool.list().unwrap().len(), 400);
    let [files, ..] = ledger(&spool);
    assert!((300..=400).contains(&files), "{files}: only one that waited too long is not counted");
}

#[test]
fn what_no_relay_left_is_refused_and_stays() {
    let (home, spool) = spool();
    let good = event(7, b"{}");
    spool.keep(&good).unwrap();
    let [name] = spool.list().unwrap().try_into().unwrap();
    let whole = fs::read_to_string(spool.path().join(&name)).unwrap();
    let other = "0".repeat(32);
    let named = |id: &str| OsString::from(format!("{:020}-{id}.event", 7));
    let texts = [
        (name.clone(), String::new(), "first line"),
        (name.clone(), "{}".to_owned(), "first line"),
        (name.clone(), format!("{{}}\n{whole}"), "first line"),
        (name.clone(), whole.replace("\"v\":1", "\"v\":2"), "first line"),
        (name.clone(), whole.replace("\"v\":1", "\"v\":1,\"more\":1"), "first line"),
        (
            name.clone(),
            whole.replace(&good.id, &good.id.to_uppercase().replace(|c: char| c.is_ascii_digit(), "A")),
            "first line",
        ),
        (name.clone(), format!("{}{whole}", " ".repeat(512)), "first line"),
        (name.clone(), whole.replace(&good.id, &other), "name"),
        (name.clone(), whole.replace("\"at\":7", "\"at\":8"), "name"),
        (named(&other), whole.clone(), "name"),
        ("event".into(), whole.clone(), "name"),
    ];
    for (name, text, why) in texts {
        let path = spool.path().join(&name);
        fs::write(&path, &text).unwrap();
        let error = spool.read(&name).unwrap_err().to_string();
        assert!(error.contains(why), "{text:?}: {error}");
        assert!(spool.list().unwrap().contains(&name));
        fs::remove_file(path).unwrap();
    }
    drop(home);
}

#[test]
fn what_is_no_file_of_ours_alone_is_refused() {
    let (home, spool) = spool();
    let kept = || {
        let event = event(7, b"{}");
        spool.keep(&event).unwrap();
        let name = OsString::from(file::name(&event));
        let path = spool.path().join(&name);
        (name, path)
    };
    let refused = |name: &OsStr, why: &str| {
        let error = spool.read(name).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    let (name, path) = kept();
    fs::set_permissions(&path, Permissions::from_mode(0o602)).unwrap();
    refused(&name, "others may write");

    let (name, path) = kept();
    fs::hard_link(&path, home.path().join("second")).unwrap();
    refused(&name, "another name");

    let (name, path) = kept();
    fs::rename(&path, home.path().join("moved")).unwrap();
    symlink(home.path().join("moved"), &path).unwrap();
    refused(&name, "symbolic link");

    let (name, path) = kept();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused(&name, "no regular file");

    let (name, path) = kept();
    fs::remove_file(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, PRIVATE, 0).unwrap();
    refused(&name, "no regular file");

    let (name, path) = kept();
    fs::File::options().write(true).open(&path).unwrap().set_len(file::MOST + 1).unwrap();
    refused(&name, "too long");
}

#[test]
fn parts_are_no_events_and_old_ones_go() {
    let (home, spool) = spool();
    let parts = [".old.part", ".fresh.part", ".link.part"].map(|name| spool.path().join(name));
    let [old, fresh, link] = &parts;
    let target = home.path().join("target");
    for path in [old, fresh, &target] {
        fs::write(path, "").unwrap();
    }
    symlink(&target, link).unwrap();
    let long_ago = SystemTime::now() - STALE - Duration::from_secs(60);
    for path in [old, &target] {
        fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    }
    assert!(spool.list().unwrap().is_empty());
    spool.remove_stale_parts().unwrap();
    let there = parts.map(|path| path.symlink_metadata().is_ok());
    assert_eq!((there, target.exists()), ([false, true, true], true));
}
