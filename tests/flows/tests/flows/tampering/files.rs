//! Our files, written by somebody else while Hookwright runs: it goes on as before, tells, and leaves no forgery to the next start.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use api::dto::{HostedWish, Setting};
use fixtures::relay::Outcome;
use fixtures::{Home, Hosted, cli_program, payload, place, relay_program, write_program};
use flows::{ALLOW, Flow, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{is_asked, start_again};

const FORGED: &str =
    "[[rules]]\nid = \"forged\"\nmade = 2026-11-21T16:00:00Z\nsays = \"allow\"\ncommand = \"make **\"\n";

/// A hosted hook that allows everything, and what the state folder says once a person granted it that. The grant is taken back.
fn revoked() -> (Flow, PathBuf, String) {
    let flow = Flow::start();
    let home = flow.home.path();
    let hook = home.join("allow.sh");
    write_program(&hook, &format!("#!/bin/sh\necho '{ALLOW}'\n"));
    let handler = json!({ "type": "command", "command": hook });
    fs::create_dir_all(home.join("config")).unwrap();
    let hooks = json!({ "hooks": { "PermissionRequest": [{ "hooks": [handler] }] } });
    fs::write(home.join("config/hooks.json"), hooks.to_string()).unwrap();
    flow.app.wish_all(HostedWish::Trust);
    flow.app.wish_all(HostedWish::Grant);
    let file = home.join("state/hosted.toml");
    let granted = fs::read_to_string(&file).unwrap();
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::says(ALLOW));
    flow.app.wish_all(HostedWish::Revoke);
    (flow, file, granted)
}

/// Waits until the file says so again.
#[track_caller]
fn is_put_back(file: &Path, text: &str) {
    until("the file as it was", || (fs::read_to_string(file).ok().as_deref() == Some(text)).then_some(()));
}

#[test]
fn a_forged_grant_counts_neither_now_nor_at_the_next_start() {
    let (mut flow, file, granted) = revoked();
    is_asked(&mut flow);
    let said = fs::read_to_string(&file).unwrap();
    fs::write(&file, &granted).unwrap();
    assert!(flow.app.note("hostedTampered").detail.ends_with("state/hosted.toml"));
    is_put_back(&file, &said);
    let mut flow = start_again(flow);
    is_asked(&mut flow);

    // Written while nobody watches it counts: the forgery is a real one, and docs/security.md says so.
    let Flow { app, home, relay } = flow;
    drop(app);
    fs::write(&file, &granted).unwrap();
    let flow = Flow { app: Hosted::start(home.path()), home, relay };
    assert_eq!(flow.ask(&payload::shell("make")).outcome(), Outcome::says(ALLOW));
}

#[test]
fn in_whatever_way_a_file_of_ours_is_changed_it_is_put_back() {
    let (mut flow, file, granted) = revoked();
    let said = fs::read_to_string(&file).unwrap();
    let forged = flow.home.path().join("forged.toml");
    fs::write(&forged, &granted).unwrap();
    let state = flow.home.path().join("state");
    let ways: [&dyn Fn(); 5] = [
        &|| fs::remove_file(&file).unwrap(),
        &|| {
            fs::copy(&forged, state.join("other")).unwrap();
            fs::rename(state.join("other"), &file).unwrap();
        },
        &|| {
            fs::remove_file(&file).unwrap();
            symlink(&forged, &file).unwrap();
        },
        &|| {
            let pipe = Command::new("mkfifo").arg(state.join("pipe")).status().unwrap();
            assert!(pipe.success());
            fs::rename(state.join("pipe"), &file).unwrap();
        },
        // A folder with another one in its place.
        &|| {
            fs::rename(&state, flow.home.path().join("away")).unwrap();
            fs::create_dir(&state).unwrap();
            fs::write(&file, &granted).unwrap();
        },
    ];
    for change in ways {
        change();
        until("the file as it was", || {
            let own = fs::symlink_metadata(&file).ok()?.is_file();
            (own && fs::read_to_string(&file).ok()? == said).then_some(())
        });
    }
    assert_eq!(fs::read_to_string(&forged).unwrap(), granted, "nothing is written through a link");
    flow.app.note("hostedTampered");
    is_asked(&mut flow);
}

/// The system tells nothing of a change through a name in a folder that is not watched.
#[test]
fn what_nobody_was_told_of_is_undone_at_the_end() {
    let (flow, file, granted) = revoked();
    let said = fs::read_to_string(&file).unwrap();
    let other = flow.home.path().join("other-name");
    fs::hard_link(&file, &other).unwrap();
    fs::write(&other, &granted).unwrap();
    let Flow { app, home: _home, relay: _ } = flow;
    app.quit();
    assert_eq!(fs::read_to_string(&file).unwrap(), said);
}

#[test]
fn forged_rules_count_neither_now_nor_at_the_next_start() {
    let mut flow = Flow::start();
    let home = flow.home.path().to_owned();
    let (own, confirmed) = (home.join("config/rules.toml"), home.join("state/rules.toml"));
    fs::write(&own, FORGED).unwrap();
    fs::write(&confirmed, FORGED).unwrap();
    assert!(flow.app.note("rulesTampered").detail.ends_with("state/rules.toml"));
    flow.app.note("rulesReview");
    is_put_back(&confirmed, "");
    is_asked(&mut flow);
    let mut flow = start_again(flow);
    flow.app.note("rulesReview");
    is_asked(&mut flow);

    let Flow { app, home: folder, relay } = flow;
    drop(app);
    fs::write(&confirmed, FORGED).unwrap();
    let flow = Flow { app: Hosted::start(folder.path()), home: folder, relay };
    // An allow needs to know where.
    let (project, session) = (Home::new(), "01a1b2c3-0000-7000-8000-000000000007");
    let said = |event: &str, fields: Value| {
        let mut bytes = json!({ "cwd": project.path() });
        bytes.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        flow.ask(&payload::bytes(session, event, bytes)).outcome()
    };
    assert_eq!(said("SessionStart", json!({ "source": "startup" })), Outcome::silent());
    let make = json!({ "tool_name": "Bash", "tool_input": { "command": "make" } });
    assert_eq!(said("PermissionRequest", make), Outcome::says(ALLOW), "the forgery is a real one");
}

#[test]
fn hooks_and_rules_from_others_are_shown_when_they_are_written() {
    let mut flow = Flow::start();
    let config = flow.home.path().join("config");
    fs::write(config.join("rules.toml"), FORGED).unwrap();
    flow.app.note("rulesReview");
    let handler = json!({ "type": "command", "command": "true" });
    let hooks = json!({ "hooks": { "PermissionRequest": [{ "hooks": [handler] }] } });
    fs::write(config.join("hooks.json"), hooks.to_string()).unwrap();
    assert!(flow.app.note("hostedReview").detail.ends_with("hooks.json:permission_request:0:0"));
}

#[test]
fn settings_from_others_are_shown_and_hold_later() {
    let mut flow = Flow::start();
    let file = flow.home.path().join("config/settings.toml");
    let days = |flow: &Flow| flow.app.wait(flow.app.app.subscribe()).unwrap().0.settings.keep_days;
    fs::write(&file, "decide = \"allow\"\narming = 0\nkeep_days = 9\n[waiting]\ncodex = 86000\n").unwrap();
    assert!(flow.app.note("settingsChanged").detail.ends_with("config/settings.toml"));
    is_asked(&mut flow);
    assert_eq!(days(&flow), None);

    flow.app.wait(flow.app.app.change(Setting::Welcomed { value: true })).unwrap();
    assert_eq!(days(&flow), Some(9));
    let notes = flow.app.wait(flow.app.app.subscribe()).unwrap().0.notes;
    assert!(
        !notes.iter().any(|note| note.code == "settingsChanged"),
        "the Settings screen shows what holds: {notes:?}"
    );
    is_asked(&mut flow);
}

/// `hookwright serve`. It ends with this value.
struct Serve(Child);

impl Drop for Serve {
    fn drop(&mut self) {
        // An error means that it ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn who_may_answer_relays_is_put_back() {
    let (home, programs) = (Home::new(), Home::new());
    let installed = home.path().join("data/hookwright-relay");
    fs::create_dir_all(installed.parent().unwrap()).unwrap();
    place(&cli_program(), &programs.path().join("hookwright"));
    place(&relay_program(), &programs.path().join("hookwright-relay"));
    // No link: it gets the rights of an installed one.
    fs::copy(relay_program(), &installed).unwrap();
    let serve = Command::new(programs.path().join("hookwright"))
        .arg("serve")
        .env_clear()
        .env("HOME", home.path())
        .env("HOOKWRIGHT_HOME", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let Serve(serve) = &mut Serve(serve);
    BufReader::new(serve.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    let list = installed.with_extension("peers");
    let (ours, relay) = (fs::read_to_string(&list).unwrap(), fs::read(&installed).unwrap());
    assert!(ours.contains("hookwright\n"), "{ours}");

    fs::write(&list, "/bin/sh\n").unwrap();
    is_put_back(&list, &ours);
    fs::remove_file(&installed).unwrap();
    write_program(&installed, "#!/bin/sh\n");
    until("the relay as it was", || (fs::read(&installed).ok()? == relay).then_some(()));

    kill_process(Pid::from_child(serve), Signal::TERM).unwrap();
    let said = std::io::read_to_string(serve.stderr.take().unwrap()).unwrap();
    assert!(serve.wait().unwrap().success());
    assert!(said.contains("Another program changed the relay") && said.contains("data/hookwright-relay"), "{said}");
}
