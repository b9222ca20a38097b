//! When there is no journal: the hook runs all the same.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use protocol::journal::{How, State, Stream};

use crate::lab::{Lab, SH, Way, listen, see};

fn recorded(lab: &Lab) -> Command {
    lab.command(Way::Recorded, SH, "cat; echo ran; echo err >&2; exit 3")
}

#[track_caller]
fn runs_unrecorded(lab: &Lab, command: &mut Command) {
    let seen = see(command, b"given ");
    assert_eq!((seen.stdout, seen.stderr, seen.end), (b"given ran\n".to_vec(), b"err\n".to_vec(), How::Exited(3)));
    lab.nothing_is_left();
}

#[test]
fn without_a_folder_of_ours_alone_nothing_is_recorded() {
    let lab = Lab::new();
    let folder = lab.home().join("state/runs");
    runs_unrecorded(&lab, recorded(&lab).env("HOOKWRIGHT_SKIP", "1"));
    assert!(lab.journals().is_empty());
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    runs_unrecorded(&lab, &mut recorded(&lab));
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    assert!(lab.journals().is_empty());
    fs::remove_dir(&folder).unwrap();
    fs::write(&folder, "in the way").unwrap();
    runs_unrecorded(&lab, &mut recorded(&lab));
    fs::remove_file(&folder).unwrap();
    fs::remove_dir(lab.home().join("state")).unwrap();
    runs_unrecorded(&lab, &mut recorded(&lab));
    assert!(!lab.home().join("state").exists(), "no app was here");
}

#[test]
fn the_folder_is_made_where_an_app_was_before() {
    let lab = Lab::new();
    let folder = lab.home().join("state/runs");
    for umask in ["000", "077", "777"] {
        fs::remove_dir_all(&folder).unwrap();
        let line = lab.line(Way::Recorded, "umask; exit 3");
        let mut command = Command::new(SH);
        command.args(["-c", &format!("umask {umask}; {line}")]);
        lab.prepare(&mut command);
        let seen = see(&mut command, b"");
        assert_eq!((seen.stdout, seen.end), (format!("0{umask}\n").into_bytes(), How::Exited(3)));
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        lab.journal();
    }
}

#[test]
fn many_that_find_no_folder_are_all_recorded() {
    const MANY: usize = 8;
    let lab = Lab::new();
    fs::remove_dir(lab.home().join("state/runs")).unwrap();
    let children: Vec<_> = (0..MANY).map(|_| recorded(&lab).stdin(Stdio::null()).spawn().unwrap()).collect();
    for child in children {
        assert_eq!(listen(child).end, How::Exited(3));
    }
    assert_eq!(lab.journals().len(), MANY);
}

#[test]
fn what_has_no_room_is_counted() {
    let lab = Lab::new();
    let ledger = lab.home().join("state/runs/ledger");
    fs::write(&ledger, [20_000_u64, 0, 0].map(u64::to_le_bytes).concat()).unwrap();
    runs_unrecorded(&lab, &mut recorded(&lab));
    runs_unrecorded(&lab, &mut recorded(&lab));
    assert!(lab.journals().is_empty());
    assert_eq!(fs::read(&ledger).unwrap()[16..], 2_u64.to_le_bytes());
}

#[test]
fn odd_arguments_cost_the_journal_and_not_the_hook() {
    let lab = Lab::new();
    let relay = env!("CARGO_BIN_EXE_hookwright-relay");
    let home = lab.home();
    let home = home.to_str().unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::new(relay);
        command.arg("record").args(words);
        lab.prepare(&mut command);
        see(&mut command, b"")
    };
    let odd: &[&[&str]] = &[
        &["--home", home, "--", "exit 5"],
        &["--home", home, "--shell", "/bin/sh", "--", "exit 5"],
        &["--home", home, "--shell", "/bin/sh", "codex", "claude", "--", "exit 5"],
        &["--home", home, "--new-option", "codex", "--", "exit 5"],
        &["--home", home, "", "--", "exit 5"],
        &["--home", "--", "exit 5"],
        &["--shell", "--", "exit 5"],
        &["--", "exit 5"],
    ];
    for words in odd {
        assert_eq!(run(words).end, How::Exited(5), "{words:?}");
        assert!(lab.journals().is_empty(), "{words:?}");
    }
    for shell in ["/no/such/shell", "", "/etc/passwd"] {
        assert_eq!(run(&["--home", home, "--shell", shell, "codex", "--", "exit 5"]).end, How::Exited(5), "{shell}");
        lab.journal();
    }
    for words in [
        &[][..],
        &["codex"],
        &["--home", home, "--shell", SH, "codex", "exit 0"],
        &["codex", "--"],
        &["codex", "--", "a", "b"],
    ] {
        let seen = run(words);
        assert_eq!(seen.end, How::Exited(127), "{words:?}");
        assert!(!seen.stderr.is_empty() && seen.stdout.is_empty());
    }
}

#[test]
fn the_journal_says_what_ran_and_where() {
    let lab = Lab::new();
    let mut command = lab.command(Way::Recorded, SH, "cat; echo err >&2; exit 3");
    command.current_dir(Path::new("/"));
    see(&mut command, b"payload");
    let run = lab.journal();
    assert_eq!((run.start.agent.as_str(), run.start.cwd.as_deref(), run.start.v), ("codex", Some("/"), 1));
    assert_eq!(run.start.version, env!("CARGO_PKG_VERSION"));
    assert_eq!((run.all_of(Stream::Input), run.all_of(Stream::Stderr)), (b"payload".to_vec(), b"err\n".to_vec()));
    let State::Ended(end) = run.state else { panic!("it has ended") };
    assert_eq!((end.how, end.input, end.stdout, end.stderr), (How::Exited(3), 7, 7, 4));
    assert!(end.at >= run.start.at && end.took > 0);
}

#[test]
fn a_folder_that_is_gone_and_a_strange_umask_do_no_harm() {
    let lab = Lab::new();
    let mut gone = Command::new("/bin/sh");
    gone.arg("-c").arg(format!(
        "mkdir gone && cd gone && rmdir ../gone && umask 777 && {}",
        lab.line(Way::Recorded, "umask; exit 4")
    ));
    lab.prepare(&mut gone);
    let seen = see(&mut gone, b"");
    assert_eq!((seen.end, seen.stdout), (How::Exited(4), b"0777\n".to_vec()));
    assert_eq!(lab.journal().start.cwd, None);
}
