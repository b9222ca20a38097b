//! Another user of the machine. Needs root, who may become one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::payload;
use fixtures::relay::{Asking, Outcome};
use flows::{ALLOW, FakeApp, Flow, Met, socket};
use rustix::process::geteuid;

const NOBODY: u32 = 65_534;

/// Whether this test can become another user. Says so where not.
fn root() -> bool {
    let root = geteuid().is_root();
    if !root {
        println!("needs root: what another user gets was not tried");
    }
    root
}

fn open_up(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

/// Lets everybody reach the socket, as it never is.
fn open_wide(home: &Path) {
    let socket = socket(home);
    open_up(home, 0o777);
    open_up(socket.parent().expect("a socket has a folder"), 0o777);
    open_up(&socket, 0o666);
}

/// Lets everybody reach the socket of a Hookwright, which would close its folder again: by another name of it.
fn another_door(home: &Path) -> PathBuf {
    let door = home.join("door.sock");
    fs::hard_link(socket(home), &door).expect("the home is ours");
    open_up(home, 0o777);
    open_up(&door, 0o666);
    door
}

/// What the stranger hears at the socket as this user, from a copy of the program that everybody may run.
fn stranger(home: &Path, socket: &Path, user: u32) -> String {
    let program = home.join("stranger");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_stranger"), &program).expect("the home is ours");
        open_up(&program, 0o755);
    }
    let mut command = Command::new(program);
    let output = command.arg(socket).arg("ask").uid(user).gid(user).output().expect("it starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn another_user_is_not_heard_even_where_the_socket_is_open() {
    let mut flow = Flow::start();
    if !root() {
        assert_ne!(geteuid().as_raw(), 0);
        let mode = fs::symlink_metadata(socket(flow.home.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "at least the socket lets nobody else in");
        return;
    }
    let home = flow.home.path();
    assert_eq!(stranger(home, &socket(home), NOBODY), "", "the folder lets nobody else in");
    let door = another_door(home);
    assert_eq!(stranger(home, &door, NOBODY), "closed\n");
    assert_eq!(stranger(home, &door, 0), "accepted\n", "it is the user that makes the difference");
    let card = flow.app.card();
    flow.app.past_where(&card.id, |_| true);
    assert_eq!(flow.app.past().len(), 1, "nobody else asked anything");
}

#[test]
fn a_relay_takes_nothing_from_another_user() {
    let (home, relay) = (fixtures::Home::new(), fixtures::relay::Installed::ours());
    let fake = FakeApp::listen(home.path());
    if !root() {
        assert_ne!(geteuid().as_raw(), 0);
        return;
    }
    open_wide(home.path());
    let program = relay.path();
    open_up(program.parent().unwrap(), 0o755);
    let run = |user: u32| {
        let mut command = relay.command(home.path());
        let mut asking = Asking::start(command.uid(user).gid(user), &payload::shell("true"));
        let mut met = fake.meet();
        if user == 0 {
            met.question();
        }
        met.say(&Met::decision(ALLOW));
        asking.outcome()
    };
    assert_eq!(run(NOBODY), Outcome::silent());
    assert_eq!(run(0), Outcome::says(ALLOW), "it is the user that makes the difference");
}
