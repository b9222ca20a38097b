//! A process that saves is killed at each of its calls that change anything on disk, under `strace`: the file is the old one or the
//! new one, and where it is the new one there is a backup of the old.
//!
//! Without a harness: started with a word and a folder this program is the process that is killed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus};

use config::{Backups, Change, Plan, Reason};

const WORD: &str = "save";
/// What of a save changes files and folders.
const CALLS: [&str; 13] = [
    "openat",
    "mkdir",
    "write",
    "fsync",
    "fchmod",
    "fchown",
    "chmod",
    "rename",
    "renameat",
    "renameat2",
    "linkat",
    "unlink",
    "unlinkat",
];
const SIGKILL: i32 = 9;

/// What is there when the save begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begin {
    NoFile,
    File,
    /// A link to a file in another folder.
    Link,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [WORD, folder] => save(Path::new(folder)),
        _ => {
            for begin in [Begin::NoFile, Begin::File, Begin::Link] {
                kill_at_each(begin);
            }
            println!("test killed_at_every_step_of_a_save ... ok");
        }
    }
}

fn before() -> Vec<u8> {
    b"{\"hooks\": {}}\n".repeat(5_000)
}

fn after() -> Vec<u8> {
    b"{\"hooks\": {\"Stop\": []}}\n".repeat(6_000)
}

fn save(folder: &Path) {
    let path = folder.join("codex/hooks.json");
    let script = Change {
        path: folder.join("codex/hooks/guard.sh"),
        before: None,
        after: Some(b"#!/bin/sh\n".to_vec()),
        mode: Change::PROGRAM,
    };
    let hooks = Change { before: fs::read(&path).ok(), path, after: Some(after()), mode: Change::PRIVATE };
    let plan = Plan { changes: vec![script, hooks], reason: Reason::Save };
    plan.apply(&folder.join("backups")).expect("nothing is in the way");
}

fn kill_at_each(begin: Begin) {
    let (mut all, mut killed) = (0, 0);
    for (call, count) in calls(begin) {
        for nth in 1..=count {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let status =
                run(begin, folder.path(), "/dev/null".as_ref(), &format!("inject={call}:signal=KILL:when={nth}"));
            assert!(status.success() || status.signal() == Some(SIGKILL), "{begin:?}, {call} {nth}: {status}");
            all += 1;
            killed += usize::from(!status.success());
            check(begin, folder.path(), &format!("{begin:?}, {call} {nth}"));
        }
    }
    println!("{begin:?}: killed at {killed} of {all} calls");
    assert!(killed == all, "each call was reached");
}

/// How often a save that is let alone makes each of the calls.
fn calls(begin: Begin) -> BTreeMap<String, usize> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let trace = folder.path().join("trace");
    let status = run(begin, folder.path(), &trace, &format!("trace={}", CALLS.join(",")));
    assert!(status.success(), "{status}");
    assert_eq!(fs::read(folder.path().join("codex/hooks.json")).ok(), Some(after()));
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(trace).expect("strace wrote it").lines() {
        let call = line.split_once('(').map(|(call, _)| call.rsplit(' ').next().unwrap_or(call));
        if let Some(call) = call.filter(|call| CALLS.contains(call)) {
            *counts.entry(call.to_owned()).or_default() += 1;
        }
    }
    assert!(counts.len() >= 5, "{counts:?}");
    counts
}

fn run(begin: Begin, folder: &Path, trace: &Path, what: &str) -> ExitStatus {
    let codex = folder.join("codex");
    let path = codex.join("hooks.json");
    fs::create_dir(&codex).expect("the folder is new");
    match begin {
        Begin::NoFile => {}
        Begin::File => fs::write(&path, before()).expect("there is room"),
        Begin::Link => {
            fs::create_dir(folder.join("dotfiles")).expect("the folder is new");
            fs::write(folder.join("dotfiles/hooks.json"), before()).expect("there is room");
            std::os::unix::fs::symlink("../dotfiles/hooks.json", &path).expect("there is room");
        }
    }
    let own = std::env::current_exe().expect("it runs");
    Command::new("strace")
        .args(["-f", "-qqq", "-e", what, "-o"].map(OsStr::new))
        .args([trace.as_os_str(), own.as_os_str(), WORD.as_ref(), folder.as_os_str()])
        .status()
        .expect("strace is there, of the Debian package of that name")
}

fn check(begin: Begin, folder: &Path, when: &str) {
    let path = folder.join("codex/hooks.json");
    let (now, old) = (fs::read(&path).ok(), (begin != Begin::NoFile).then(before));
    assert!(now == old || now == Some(after()), "{when}: the file is neither the old nor the new one");
    if begin == Begin::Link {
        assert!(fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_symlink()), "{when}: the link is gone");
    }
    if let Some(old) = old.filter(|old| now.as_ref() != Some(old)) {
        let folder = folder.join("backups");
        let backups = Backups(&folder);
        let kept = backups.of(&path).expect("they can be listed");
        let is_old = |id: &str| backups.read(&path, id).is_ok_and(|text| text.as_bytes() == old);
        assert!(kept.iter().any(|backup| is_old(&backup.id)), "{when}: no backup of the old one");
    }
}
