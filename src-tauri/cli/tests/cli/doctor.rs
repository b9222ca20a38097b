//! The doctor finds each thing that keeps an agent and Hookwright apart.

use std::fs;
use std::path::Path;

use crate::support::{Said, World};

/// The codes of Codex's problems and of the installation's.
fn codes(said: &Said) -> (Vec<String>, Vec<String>) {
    let report = said.json();
    let of = |problems: &serde_json::Value| {
        let problems = problems.as_array().unwrap();
        problems.iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect()
    };
    (of(&report["agents"][0]["problems"]), of(&report["installation"]["problems"]))
}

#[track_caller]
fn finds(world: &World, code: &str) {
    let (agent, _) = codes(&world.run(&["doctor", "--json"]).ends(1));
    assert!(agent.iter().any(|found| found == code), "{code} is not in {agent:?}");
}

#[track_caller]
fn misses(world: &World, code: &str) {
    let (agent, _) = codes(&world.run(&["doctor", "--json"]).ends(1));
    assert!(agent.iter().all(|found| found != code), "{code} is in {agent:?}");
}

#[test]
fn an_agent_that_is_not_connected_and_cannot_be_asked() {
    let world = World::new();
    finds(&world, "notConnected");
    finds(&world, "notAsked");
    misses(&world, "noProgram");
    world.run(&["connect", "codex", "--yes"]).ends(0);
    misses(&world, "notConnected");
    finds(&world, "untrusted");
    misses(&world, "relayMissing");
}

#[test]
fn an_agent_that_is_not_there() {
    let world = World::without_codex();
    let elsewhere = ["/usr/local/bin", "/usr/bin", "/bin", "/home/linuxbrew/.linuxbrew/bin"];
    if elsewhere.iter().any(|folder| Path::new(folder).join("codex").exists()) {
        misses(&world, "noProgram");
    } else {
        finds(&world, "noProgram");
    }
}

#[test]
fn entries_of_another_installation() {
    let world = World::new();
    world.run(&["connect", "codex", "--yes"]).ends(0);
    let hooks = fs::read_to_string(world.codex("hooks.json")).unwrap();
    let relay = world.path("data/hookwright-relay");
    let moved = hooks.replace(relay.to_str().unwrap(), "/gone/hookwright-relay");
    assert_ne!(moved, hooks);
    fs::write(world.codex("hooks.json"), moved).unwrap();
    finds(&world, "stalePath");
    // Mended as the doctor says.
    world.run(&["connect", "codex", "--yes"]).ends(0);
    misses(&world, "stalePath");
}

#[test]
fn entries_that_a_person_took_out() {
    let world = World::new();
    world.run(&["connect", "codex", "--yes"]).ends(0);
    fs::write(world.codex("hooks.json"), "{}\n").unwrap();
    finds(&world, "removed");
    world.run(&["connect", "codex", "--put-back", "--yes"]).ends(0);
    misses(&world, "removed");
}

#[test]
fn an_entry_that_a_person_took_out_stays_out_however_often_is_connected() {
    let world = World::new();
    world.run(&["connect", "codex", "--yes"]).ends(0);
    let mut hooks: serde_json::Value = serde_json::from_slice(&fs::read(world.codex("hooks.json")).unwrap()).unwrap();
    hooks["hooks"].as_object_mut().unwrap().remove("Stop").expect("it was connected");
    fs::write(world.codex("hooks.json"), hooks.to_string()).unwrap();
    for _ in 0..3 {
        world.run(&["connect", "codex", "--yes"]).ends(0);
        assert!(!fs::read_to_string(world.codex("hooks.json")).unwrap().contains("\"Stop\""));
        misses(&world, "partlyConnected");
    }
    world.run(&["connect", "codex", "--put-back", "--yes"]).ends(0);
    assert!(fs::read_to_string(world.codex("hooks.json")).unwrap().contains("\"Stop\""));
}

#[test]
fn a_relay_that_is_gone() {
    let world = World::new();
    world.run(&["connect", "codex", "--yes"]).ends(0);
    fs::remove_file(world.path("data/hookwright-relay")).unwrap();
    finds(&world, "relayMissing");
    world.run(&["connect", "codex", "--yes"]).ends(0);
    misses(&world, "relayMissing");
}

#[test]
fn hooks_that_are_switched_off() {
    let world = World::new();
    fs::write(world.codex("config.toml"), "[features]\nhooks = false\n").unwrap();
    finds(&world, "hooksOff");
}

#[test]
fn files_that_cannot_be_read() {
    let world = World::new();
    fs::write(world.codex("config.toml"), "[features\n").unwrap();
    finds(&world, "unreadable");
    fs::remove_file(world.codex("config.toml")).unwrap();
    misses(&world, "unreadable");
    fs::write(world.codex("hooks.json"), "[]").unwrap();
    finds(&world, "unreadable");
}

#[test]
fn hooks_of_other_tools_that_are_asked_too() {
    let world = World::new();
    misses(&world, "otherHooks");
    let other = r#"{"hooks":{"PermissionRequest":[{"hooks":[{"type":"command","command":"ask\u001b[2J"}]}]}}"#;
    fs::write(world.codex("hooks.json"), other).unwrap();
    finds(&world, "otherHooks");
    let said = world.run(&["doctor"]).ends(1);
    assert!(said.stdout.contains("ask[ESC][2J") && !said.stdout.contains('\u{1b}'), "{}", said.stdout);
}

#[test]
fn the_installation_itself() {
    let world = World::new();
    let said = world.run(&["doctor", "--json"]).ends(1);
    assert_eq!(codes(&said).1, [""; 0]);
    let installation = &said.json()["installation"];
    assert_eq!((&installation["running"], &installation["history"]), (&false.into(), &"missing".into()));
    assert!(!world.path("state").exists(), "looking makes no files");

    fs::create_dir(world.path("config")).unwrap();
    fs::write(world.path("config/settings.toml"), "[waiting\n").unwrap();
    fs::write(world.path("state"), "no folder").unwrap();
    let said = world.run(&["doctor", "--json"]).ends(1);
    let (_, problems) = codes(&said);
    for code in ["settings", "notWritable"] {
        assert!(problems.iter().any(|found| found == code), "{code} is not in {problems:?}");
    }
    let said = world.run(&["doctor"]).ends(1);
    assert!(said.stdout.contains("The settings can't be read.") && said.stdout.contains("line 1"), "{}", said.stdout);
}

#[test]
fn a_background_server_is_told_of_by_its_socket_alone() {
    let world = World::new();
    let state = || world.run(&["doctor", "--json"]).ends(1).json()["agents"][0]["attached"][0]["state"].clone();
    assert_eq!(state(), "noServer");
    let socket = world.codex("app-server-control/app-server-control.sock");
    fs::create_dir_all(socket.parent().unwrap()).unwrap();
    fs::write(socket, "").unwrap();
    assert_eq!(state(), "unasked");
    let told = world.run(&["doctor"]).ends(1).stdout;
    assert!(told.contains(&format!("Server of {}: there;", world.path("codex").display())), "{told}");
}
