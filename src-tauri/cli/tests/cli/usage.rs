//! What is typed wrongly, and what is not there.

use crate::support::World;

#[test]
fn wrong_usage_ends_with_2_and_changes_nothing() {
    let world = World::new();
    for arguments in [
        &["decide"] as &[&str],
        &["allow", "x"],
        &["connect"],
        &["connect", "nobody"],
        &["connect", "codex", "--yes", "--dry-run"],
        &["history", "list", "--since", "soon"],
        &["history", "show"],
        &[],
    ] {
        let said = world.run(arguments).ends(2);
        assert!(said.stderr.contains("Usage") || said.stderr.contains("error"), "{arguments:?}: {}", said.stderr);
    }
    assert!(!world.path("state").exists());
}

#[test]
fn it_says_its_version() {
    let said = World::new().run(&["--version"]).ends(0);
    assert_eq!(said.stdout, format!("hookwright {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn without_an_app_or_a_history_it_says_what_to_do() {
    let world = World::new();
    let said = world.run(&["requests", "--json"]).ends(3);
    assert!(said.stdout.is_empty() && said.stderr.contains("not running"), "{}", said.stderr);
    for arguments in [&["list"] as &[&str], &["show", "x"], &["export"], &["follow"]] {
        let said = world.run(&[&["history"], arguments].concat()).ends(3);
        assert!(said.stderr.contains("no history yet"), "{}", said.stderr);
    }
    assert!(!world.path("state").exists(), "looking makes no files");
}

#[test]
fn it_speaks_the_language_of_the_person() {
    let world = World::new();
    std::fs::create_dir(world.path("config")).unwrap();
    std::fs::write(world.path("config/settings.toml"), "language = \"zh-CN\"\n").unwrap();
    let chinese = include_str!("../../../../ui/src/messages/zh-CN.json");
    let chinese: serde_json::Value = serde_json::from_str(chinese).unwrap();
    let said = world.run(&["history", "list"]).ends(3);
    assert_eq!(said.stderr.trim_end(), chinese["cli.history.missing"].as_str().unwrap());
}
