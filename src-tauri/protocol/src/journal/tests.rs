use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::event;

fn folder() -> (TempDir, Runs) {
    let home = tempfile::tempdir().unwrap();
    let runs = Runs::make(&home.path().join("state/runs")).unwrap();
    (home, runs)
}

fn begins(at: i64) -> Start {
    Start {
        v: VERSION,
        id: event::new_id().unwrap(),
        at,
        agent: "codex".to_owned(),
        shell: "/bin/sh".to_owned(),
        command: "true".to_owned(),
        cwd: None,
        pid: 7,
        version: "0".to_owned(),
    }
}

fn again(runs: &Runs) -> Runs {
    Runs::open(runs.path()).unwrap()
}

fn only(runs: &Runs) -> (OsString, PathBuf) {
    let [name] = runs.list().unwrap().try_into().unwrap();
    let path = runs.path().join(&name);
    (name, path)
}

#[track_caller]
fn unfit(runs: &Runs, name: &OsStr, why: &str) {
    match runs.read(name) {
        Err(Error::Unfit(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_is_read_while_it_runs_and_afterwards() {
    let (_home, runs) = folder();
    let start = begins(5);
    let mut journal = Journal::begin(again(&runs), &start).unwrap();
    let (name, path) = only(&runs);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let read = runs.read(&name).unwrap();
    assert_eq!((read.start, read.pieces, read.state), (start, Vec::new(), State::Running));
    for (stream, bytes) in [(Stream::Input, "in"), (Stream::Stderr, "e"), (Stream::Stdout, "o"), (Stream::Stderr, "rr")]
    {
        journal.add(stream, bytes.as_bytes());
    }
    let read = runs.read(&name).unwrap();
    assert_eq!((read.all_of(Stream::Stderr), read.pieces.len(), read.state), (b"err".to_vec(), 4, State::Running));
    journal.end(How::Signalled(9), Duration::from_micros(3));
    let State::Ended(end) = runs.read(&name).unwrap().state else { panic!("it has ended") };
    assert_eq!((end.how, end.took, end.input, end.stdout, end.stderr), (How::Signalled(9), 3, 2, 1, 3));
}

#[test]
fn a_relay_that_is_gone_leaves_a_killed_run() {
    let (_home, runs) = folder();
    let mut journal = Journal::begin(again(&runs), &begins(5)).unwrap();
    journal.add(Stream::Stdout, b"some");
    drop(journal);
    let (name, path) = only(&runs);
    let whole = fs::read(&path).unwrap();
    let read = runs.read(&name).unwrap();
    assert_eq!((read.all_of(Stream::Stdout), read.state), (b"some".to_vec(), State::Killed));
    for cut in whole.len() - 8..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let read = runs.read(&name).unwrap();
        assert_eq!((read.pieces, read.state), (Vec::new(), State::Killed));
    }
    fs::write(&path, [&whole[..], b"\0\0\0\x02\x09x garbage"].concat()).unwrap();
    assert_eq!(runs.read(&name).unwrap().all_of(Stream::Stdout), b"some");
}

#[test]
fn what_is_too_much_is_counted_and_not_kept() {
    let (_home, runs) = folder();
    let mut journal = Journal::begin(again(&runs), &begins(5)).unwrap();
    let most = usize::try_from(MOST_OUTPUT).unwrap();
    journal.add(Stream::Stdout, &vec![1; most - 1]);
    journal.add(Stream::Stdout, &[2; 10]);
    journal.add(Stream::Stdout, &[3; 10]);
    journal.add(Stream::Stderr, &vec![4; most + 1]);
    journal.add(Stream::Input, &vec![5; 16 * most + 1]);
    journal.end(How::Exited(0), Duration::ZERO);
    let (name, path) = only(&runs);
    let run = runs.read(&name).unwrap();
    let kept = |stream| run.all_of(stream).len();
    assert_eq!((kept(Stream::Input), kept(Stream::Stdout), kept(Stream::Stderr)), (16 * most, most, most));
    let State::Ended(end) = &run.state else { panic!("it has ended") };
    assert_eq!((end.input, end.stdout, end.stderr), (16 * MOST_OUTPUT + 1, MOST_OUTPUT + 19, MOST_OUTPUT + 1));
    assert!(fs::metadata(path).unwrap().len() < MOST);
}

#[test]
fn single_bytes_stay_within_the_file() {
    let (_home, runs) = folder();
    let mut journal = Journal::begin(again(&runs), &begins(5)).unwrap();
    let before = journal.written;
    journal.written = MOST - writer::RESERVE;
    journal.add(Stream::Stdout, b"x");
    assert_eq!(journal.written, MOST - writer::RESERVE, "there was no room");
    journal.written = before;
    journal.end(How::Exited(0), Duration::ZERO);
    let State::Ended(end) = runs.read(&only(&runs).0).unwrap().state else { panic!("it has ended") };
    assert_eq!(end.stdout, 1);
}

#[test]
fn a_full_folder_counts() {
    let (_home, runs) = folder();
    let account =
        |numbers: [u64; 3]| fs::write(runs.path().join("ledger"), numbers.map(u64::to_le_bytes).concat()).unwrap();
    for full in [[ROOM.files, 0, 0], [0, ROOM.bytes + 1, 0]] {
        account(full);
        assert!(matches!(Journal::begin(again(&runs), &begins(5)), Err(Error::Full)));
        assert_eq!(runs.dropped(), 1);
    }
    assert!(runs.list().unwrap().is_empty());
    account([0, 0, 0]);
    Journal::begin(again(&runs), &begins(5)).unwrap().end(How::Exited(0), Duration::ZERO);
    let (_, path) = only(&runs);
    let ledger = fs::read(runs.path().join("ledger")).unwrap();
    let said: Vec<u64> = ledger.as_chunks().0.iter().map(|number| u64::from_le_bytes(*number)).collect();
    assert_eq!(said, [1, fs::metadata(path).unwrap().len(), 0]);
}

#[test]
fn what_no_relay_left_is_refused() {
    let (home, runs) = folder();
    let kept = || {
        let mut journal = Journal::begin(again(&runs), &begins(5)).unwrap();
        journal.add(Stream::Stdout, b"out");
        journal.end(How::Exited(0), Duration::ZERO);
        only(&runs)
    };
    let (name, path) = kept();
    let whole = fs::read(&path).unwrap();
    // Of one length, so that the record stays whole.
    let with = |old: &[u8], new: &[u8]| {
        let at = whole.windows(old.len()).position(|part| part == old).unwrap();
        [&whole[..at], new, &whole[at + old.len()..]].concat()
    };
    let end = whole.len() - whole.windows(5).rposition(|part| part == b"{\"at\"").unwrap() + record::HEADER;
    let twice = [&whole[..], &whole[whole.len() - end..]].concat();
    let mut longer = Vec::new();
    record::piece(&mut longer, Stream::Stderr, &vec![0; usize::try_from(MOST_OUTPUT).unwrap() + 1]);
    let mut more = Vec::new();
    record::piece(&mut more, Stream::Stdout, b"more");
    let before_end = |piece: &[u8]| [&whole[..whole.len() - end], piece, &whole[whole.len() - end..]].concat();
    let start = whole.len() - end - record::HEADER - 3;
    for (bytes, why) in [
        (Vec::new(), "begin"),
        (b"{}".to_vec(), "begin"),
        (whole[1..].to_vec(), "begin"),
        (whole[start..].to_vec(), "begin"),
        (with(b"\"v\":1", b"\"v\":2"), "begin"),
        (with(b"\"v\":1", b"\"w\":1"), "begin"),
        (with(b"\"at\":5", b"\"at\":6"), "name"),
        (twice, "behind its end"),
        (before_end(&whole[..start]), "twice"),
        (before_end(&longer), "keeps"),
        (before_end(&more), "counted"),
    ] {
        fs::write(&path, &bytes).unwrap();
        unfit(&runs, &name, why);
    }
    fs::write(&path, &whole).unwrap();
    runs.read(&name).unwrap();

    File::options().write(true).open(&path).unwrap().set_len(MOST + 1).unwrap();
    unfit(&runs, &name, "too long");
    fs::set_permissions(&path, Permissions::from_mode(0o602)).unwrap();
    unfit(&runs, &name, "others may write");
    fs::hard_link(&path, home.path().join("second")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    unfit(&runs, &name, "another name");
    fs::remove_file(&path).unwrap();
    symlink(home.path().join("second"), &path).unwrap();
    unfit(&runs, &name, "symbolic link");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    unfit(&runs, &name, "no regular file");
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        texts in any::<[String; 4]>(),
        pieces in proptest::collection::vec((0..3_usize, proptest::collection::vec(any::<u8>(), 1..300)), 0..20),
        code in any::<i32>(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let (_home, runs) = folder();
        let [agent, shell, command, cwd] = texts;
        let start = Start { agent, shell, command, cwd: Some(cwd), ..begins(3) };
        let mut journal = Journal::begin(again(&runs), &start).unwrap();
        let streams = [Stream::Input, Stream::Stdout, Stream::Stderr];
        let pieces: Vec<_> = pieces.into_iter().map(|(of, bytes)| (streams[of], bytes)).collect();
        for (stream, bytes) in &pieces {
            journal.add(*stream, bytes);
        }
        journal.end(How::Exited(code), Duration::ZERO);
        let (name, path) = only(&runs);
        let run = runs.read(&name).unwrap();
        prop_assert_eq!((&run.start, &run.pieces), (&start, &pieces));
        prop_assert!(matches!(run.state, State::Ended(end) if end.how == How::Exited(code)));

        // Cut anywhere, it is the beginning of the same run or none.
        let whole = fs::read(&path).unwrap();
        let cut = cut.index(whole.len());
        fs::write(&path, &whole[..cut]).unwrap();
        match runs.read(&name) {
            Ok(run) => prop_assert!(pieces.starts_with(&run.pieces) && run.state == State::Killed),
            Err(error) => prop_assert!(matches!(error, Error::Unfit(_))),
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fall(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (_home, runs) = folder();
        fs::write(runs.path().join("a.run"), bytes).unwrap();
        unfit(&runs, OsStr::new("a.run"), "begin");
    }
}
