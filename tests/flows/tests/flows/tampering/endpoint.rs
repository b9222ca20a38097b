//! The socket and the lock, taken away by somebody else while Hookwright runs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use api::{Lock, Paths};
use flows::{Flow, socket, until};

use super::{is_asked, is_reachable};

fn check(tamper: impl FnOnce(&Path)) {
    let mut flow = Flow::start();
    let path = socket(flow.home.path());
    tamper(&path);
    assert_eq!(flow.app.note("socketTampered").detail, path.display().to_string());
    is_reachable(flow.home.path());
    is_asked(&mut flow);
}

#[test]
fn a_socket_that_is_gone_is_opened_again() {
    check(|path| fs::remove_file(path).unwrap());
    check(|path| fs::rename(path, path.with_file_name("away")).unwrap());
    check(|path| {
        let folder = path.parent().unwrap();
        fs::rename(folder, folder.with_file_name("away")).unwrap();
    });
}

#[test]
fn a_socket_in_the_place_of_ours_is_taken_away() {
    let mut others = Vec::new();
    check(|path| {
        fs::remove_file(path).unwrap();
        // Hookwright may be there first.
        others.extend(UnixListener::bind(path));
    });
    check(|path| {
        let other = path.with_file_name("other");
        others.extend(UnixListener::bind(&other));
        fs::rename(other, path).unwrap();
    });
}

#[test]
fn a_folder_that_was_opened_for_others_is_closed_again() {
    check(|path| {
        let folder = path.parent().unwrap();
        fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
        until("the folder's own mode", || {
            (fs::metadata(folder).ok()?.permissions().mode() & 0o777 == 0o700).then_some(())
        });
    });
}

#[test]
fn what_is_in_the_way_and_no_socket_is_left_alone_and_told() {
    let mut flow = Flow::start();
    let path = socket(flow.home.path());
    let other = path.with_file_name("other");
    fs::write(&other, "mine").unwrap();
    fs::rename(other, &path).unwrap();
    assert!(flow.app.note("endpoint").detail.contains("in the way"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    fs::remove_file(&path).unwrap();
    is_reachable(flow.home.path());
    is_asked(&mut flow);
    let notes = flow.app.wait(flow.app.app.subscribe()).unwrap().0.notes;
    assert!(!notes.iter().any(|note| note.code == "endpoint"), "{notes:?}");
}

#[test]
fn a_lock_that_is_gone_is_taken_again() {
    let mut flow = Flow::start();
    let paths = Paths::below(flow.home.path());
    fs::remove_file(paths.lock()).unwrap();
    assert_eq!(flow.app.note("lockTampered").detail, paths.lock().display().to_string());
    assert!(Lock::take(&paths).unwrap().is_none(), "no second one starts");
    is_asked(&mut flow);
}

#[test]
fn a_lock_that_another_one_has_is_taken_again_when_that_one_ends() {
    let mut flow = Flow::start();
    let paths = Paths::below(flow.home.path());
    // Both at once: a second Hookwright that was faster.
    let second = loop {
        fs::remove_file(paths.lock()).unwrap();
        if let Some(lock) = Lock::take(&paths).unwrap() {
            break lock;
        }
    };
    assert!(flow.app.note("keepFailed").detail.contains(&paths.lock().display().to_string()));
    drop(second);
    flow.app.note("lockTampered");
    assert!(Lock::take(&paths).unwrap().is_none());
    is_asked(&mut flow);
}
