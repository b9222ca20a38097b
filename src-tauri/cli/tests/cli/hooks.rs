//! What is listed of a session's hooks, and what is found in hook files.

use serde_json::{Value, json};

use crate::support::{Said, World};

/// One hook that is trusted, one that is not, one that is switched off, and one that Codex leaves out.
fn world() -> World {
    let world = World::new();
    let path = world.write(
        "codex/hooks.json",
        r#"{ "hooks": { "PreToolUse": [
            { "matcher": "Bash", "hooks": [
                { "type": "command", "command": "true # trusted", "timeout": 5, "statusMessage": "Looking" },
                { "type": "command", "command": "true # \u001b[2Jnew" },
                { "type": "command", "command": "true # off" },
                { "type": "prompt" }
            ] }
        ] } }"#,
    );
    let found = list(&world, &[]);
    let hash = found["hooks"][0]["currentHash"].as_str().unwrap();
    let key = |handler: usize| format!("[hooks.state.\"{path}:pre_tool_use:0:{handler}\"]");
    let state = format!("{}\ntrusted_hash = \"{hash}\"\n{}\nenabled = false\n", key(0), key(2));
    world.write("codex/config.toml", &state);
    world
}

fn list(world: &World, arguments: &[&str]) -> Value {
    world
        .run(&[&["hooks", "list", "--json", "--cwd", world.path("").to_str().unwrap()], arguments].concat())
        .ends(0)
        .json()
}

#[test]
fn each_hook_says_whether_it_will_run_and_why_not() {
    let world = world();
    let found = list(&world, &["--agent", "codex"]);
    let path = world.codex("hooks.json");
    let first = &found["hooks"][0];
    assert!(first["currentHash"].as_str().unwrap().starts_with("sha256:"));
    let expected = json!({
        "key": format!("{}:pre_tool_use:0:0", path.display()), "eventName": "preToolUse", "handlerType": "command",
        "command": "true # trusted", "async": false, "matcher": "Bash", "timeoutSec": 5, "statusMessage": "Looking",
        "additionalContextLimit": null, "sourcePath": path, "source": "user", "pluginId": null, "displayOrder": 0,
        "enabled": true, "isManaged": false, "currentHash": first["currentHash"], "trustStatus": "trusted",
        "agents": null, "willRun": true, "whyNot": null,
    });
    assert_eq!(*first, expected);
    let standing = |index: usize| {
        let hook = &found["hooks"][index];
        (hook["willRun"].as_bool().unwrap(), hook["whyNot"].as_str(), hook["trustStatus"].as_str().unwrap())
    };
    assert_eq!(standing(1), (false, Some("untrusted"), "untrusted"));
    assert_eq!(standing(2), (false, Some("disabled"), "untrusted"));
    assert_eq!(found["hooks"].as_array().unwrap().len(), 3);
    assert_eq!(found["skipped"][0]["key"], format!("{}:pre_tool_use:0:3", path.display()));
    assert!(found["warnings"][0].as_str().unwrap().contains("prompt hooks are not supported"), "{found:#}");
    assert_eq!((&found["agent"], &found["hooksOff"]), (&json!("codex"), &json!(false)));
}

#[test]
fn a_hook_that_changed_waits_to_be_trusted_again() {
    let world = world();
    let path = world.codex("hooks.json");
    let changed = std::fs::read_to_string(&path).unwrap().replace("# trusted", "# other");
    std::fs::write(&path, changed).unwrap();
    let hook = &list(&world, &[])["hooks"][0];
    assert_eq!((&hook["trustStatus"], &hook["whyNot"]), (&json!("modified"), &json!("modified")));
}

#[test]
fn people_read_the_same_and_nothing_acts_on_their_terminal() {
    let world = world();
    let Said { stdout, .. } = world.run(&["hooks", "list", "--cwd", world.path("").to_str().unwrap()]).ends(0);
    let lines: Vec<_> = stdout.lines().collect();
    let after = |head: &str| {
        let at = lines.iter().position(|line| *line == head).unwrap_or_else(|| panic!("{head}: {stdout}"));
        lines[at + 2]
    };
    assert_eq!(after("PreToolUse  Bash  true # trusted"), "  user, on, trusted: will run");
    let untrusted = "  user, on, not trusted: will not run. Look at it and trust it in Codex.";
    assert_eq!(after("PreToolUse  Bash  true # [ESC][2Jnew"), untrusted);
    assert_eq!(after("PreToolUse  Bash  true # off"), "  user, off, not trusted: will not run. Switch it on in Codex.");
    assert!(lines.iter().any(|line| line.starts_with("! skipping prompt hook")), "{stdout}");
}

#[test]
fn a_project_adds_its_hooks_where_it_is_trusted() {
    let world = World::new();
    let hooks = r#"{ "hooks": { "Stop": [ { "hooks": [ { "type": "command", "command": "true" } ] } ] } }"#;
    world.write("repo/.git/HEAD", "ref: refs/heads/main\n");
    world.write("repo/.codex/hooks.json", hooks);
    let repo = world.path("repo").canonicalize().unwrap();
    let repo = repo.to_str().unwrap();
    let listed = || world.run(&["hooks", "list", "--json", "--cwd", repo]).ends(0).json();
    assert_eq!(listed()["hooks"], json!([]));
    world.write("codex/config.toml", &format!("[projects.\"{repo}\"]\ntrust_level = \"trusted\"\n"));
    let found = listed();
    assert_eq!(found["hooks"][0]["source"], "project", "{found:#}");
    assert_eq!(found["folder"], repo);
}

#[test]
fn hooks_that_are_switched_off_altogether_are_not_listed() {
    let world = world();
    world.write("codex/config.toml", "[features]\nhooks = false\n");
    let found = list(&world, &[]);
    assert_eq!((&found["hooksOff"], &found["hooks"]), (&json!(true), &json!([])));
    let said = world.run(&["hooks", "list"]).ends(0);
    assert!(said.stdout.contains("switched hooks off"), "{}", said.stdout);
}

#[test]
fn a_check_tells_place_and_remedy() {
    let world = World::new();
    let broken = world.write("broken/hooks.json", "{\n  \"hooks\": {},\n  \"foo\": 1\n}\n");
    let odd = world.write(
        "odd/hooks.json",
        "{ \"hooks\": { \"Stop\": [ { \"hooks\": [\n  { \"type\": \"command\", \"command\": \"true\", \"timeoutSec\": 10 }\n] } ] } }\n",
    );
    let fine = world.write("fine/hooks.json", "{ \"hooks\": {} }\n");
    let better = world.write(
        "better/hooks.json",
        "{ \"hooks\": { \"Stop\": [ { \"hooks\": [ { \"type\": \"command\", \"command\": \"true\" } ] } ] } }\n",
    );

    let said = world.run(&["hooks", "check", &broken, &odd, &fine, "--json"]).ends(1);
    let found = said.json();
    let files: Vec<_> = found.as_array().unwrap().iter().map(|it| it["file"].as_str().unwrap()).collect();
    assert_eq!(files, [&broken, &odd, &fine]);
    let error = &found[0]["diagnostics"][0];
    assert_eq!((&error["severity"], &error["line"]), (&json!("error"), &json!(3)), "{found:#}");
    assert!(error["message"].as_str().unwrap().contains("unknown field `foo`"), "{found:#}");
    let warning = &found[1]["diagnostics"][0];
    assert_eq!((&warning["severity"], &warning["line"]), (&json!("warning"), &json!(2)), "{found:#}");
    assert!(warning["hint"].as_str().unwrap().contains("timeout"), "{found:#}");
    assert_eq!(found[2]["diagnostics"], json!([]));

    let said = world.run(&["hooks", "check", &broken]).ends(1);
    let column = &error["column"];
    assert!(said.stdout.starts_with(&format!("{broken}:3:{column}: error: ")), "{}", said.stdout);
    world.run(&["hooks", "check", &odd]).ends(0);
    let said = world.run(&["hooks", "check", &better]).ends(0);
    assert!(said.stdout.contains(": advice: without `timeout`"), "{}", said.stdout);
    let said = world.run(&["hooks", "check", &fine]).ends(0);
    assert!(said.stdout.contains("nothing is wrong"), "{}", said.stdout);
}

#[test]
fn what_is_not_there_is_no_finding() {
    let world = World::new();
    let missing = world.path("missing/hooks.json");
    let said = world.run(&["hooks", "check", missing.to_str().unwrap()]).ends(3);
    assert!(said.stderr.contains("missing/hooks.json"), "{}", said.stderr);
    let said = world.run(&["hooks", "list", "--cwd", missing.to_str().unwrap()]).ends(3);
    assert!(said.stderr.contains("There is no folder"), "{}", said.stderr);
    world.run(&["hooks", "check"]).ends(2);
    world.run(&["hooks"]).ends(2);
    world.run(&["hooks", "list", "--agent", "nobody"]).ends(2);
}
