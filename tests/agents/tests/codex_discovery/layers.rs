//! A user's layer, the layers of a project, linked worktrees.

use std::fs;

use crate::world::World;

fn stop(command: &str) -> String {
    format!(r#"{{"hooks":{{"Stop":[{{"hooks":[{{"type":"command","command":"{command}"}}]}}]}}}}"#)
}

fn stop_toml(command: &str) -> String {
    format!("[hooks]\nStop = [{{ hooks = [{{ type = 'command', command = '{command}' }}] }}]\n")
}

/// A user's hook, one of the repository, and two of a folder in it.
fn world() -> World {
    let world = World::new();
    world.set_hooks(&stop("user"));
    world.write("repo/.codex/hooks.json", stop("root"));
    world.write("repo/sub/.codex/hooks.json", stop("sub"));
    world.write("repo/sub/.codex/config.toml", stop_toml("sub"));
    fs::create_dir_all(world.lab.path("repo/sub/deep")).unwrap();
    world
}

/// How many hooks there are in the repository, in the folder in it, and below that.
fn counts(world: &mut World, name: &str) -> [usize; 3] {
    ["repo", "repo/sub", "repo/sub/deep"].map(|folder| {
        let cwd = world.lab.path(folder);
        world.same(&format!("{name}: {folder}"), &cwd).hooks.len()
    })
}

#[test]
fn folders_of_a_project() {
    let mut world = world();
    assert_eq!(counts(&mut world, "trusted"), [2, 4, 4]);
    let outside = world.lab.folder().to_owned();
    assert_eq!(world.same("outside", &outside).hooks.len(), 1);
    assert_eq!(world.same("nowhere", &outside.join("nowhere")).hooks.len(), 1);
    let home = world.lab.home();
    world.set_config("", &format!("\n[projects.\"{}\"]\ntrust_level = \"trusted\"\n", home.display()));
    assert_eq!(world.same("a home is no project", &home).hooks.len(), 1);
    world.set_config("project_root_markers = ['deep']", "");
    assert_eq!(counts(&mut world, "another marker"), [2, 3, 3]);
    world.set_config("project_root_markers = []", "");
    assert_eq!(counts(&mut world, "no marker"), [2, 3, 1]);
}

#[test]
fn trust_of_a_project() {
    let mut world = world();
    let sub = world.lab.path("repo/sub").display().to_string();
    world.set_config("", &format!("\n[projects.\"{sub}\"]\ntrust_level = \"untrusted\"\n"));
    assert_eq!(counts(&mut world, "a folder untrusted"), [2, 2, 2]);
    world.replace("trust_level = \"trusted\"", "trust_level = \"untrusted\"");
    assert_eq!(counts(&mut world, "untrusted"), [1, 1, 1]);
    world.replace("trust_level = \"untrusted\"", "");
    assert_eq!(counts(&mut world, "nothing said"), [1, 1, 1]);
    world.set_config("", &format!("\n[projects.\"{sub}\"]\ntrust_level = \"trusted\"\n"));
    assert_eq!(counts(&mut world, "a folder trusted"), [1, 3, 3]);
    world.set_config("", &format!("\n[projects.\"{sub}\"]\ntrust_level = \"perhaps\"\n"));
    assert_eq!(counts(&mut world, "another word"), [0, 0, 0]);
}

#[test]
fn a_projects_own_configuration() {
    for trusted in [true, false] {
        let mut world = world();
        if !trusted {
            world.replace("trust_level = \"trusted\"", "");
        }
        let key = world.codex().join("hooks.json:stop:0:0");
        for text in [
            "x = \n".to_owned(),
            "[hooks]\nStop = 5\n".to_owned(),
            "[features]\nhooks = false\n".to_owned(),
            "[features]\nhooks = 'x'\n".to_owned(),
            "notify = ['x']\n".to_owned(),
            "profile = 'x'\n".to_owned(),
            "project_root_markers = []\n".to_owned(),
            format!("[hooks.state.\"{}\"]\nenabled = false\n", key.display()),
            stop_toml("root"),
        ] {
            world.write("repo/.codex/config.toml", &text);
            counts(&mut world, &text);
        }
    }
}

#[test]
fn a_linked_worktree_has_the_hooks_of_the_main_checkout() {
    let mut world = world();
    let git = world.lab.path("repo/.git/worktrees/tree");
    world.write("tree/.git", format!("gitdir: {}\n", git.display()));
    world.write("repo/.git/worktrees/tree/commondir", "../..\n");
    world.write("repo/.git/worktrees/tree/gitdir", format!("{}\n", world.lab.path("tree/.git").display()));
    world.write("tree/.codex/hooks.json", stop("own"));
    world.write("tree/.codex/config.toml", stop_toml("own"));
    let tree = world.lab.path("tree");
    assert_eq!(world.same("no configuration in the main checkout", &tree).hooks.len(), 2);
    world.write("repo/.codex/config.toml", stop_toml("main"));
    let found = world.same("with one", &tree);
    assert!(found.hooks.iter().skip(1).all(|hook| hook.source.path.starts_with(world.lab.path("repo"))), "{found:?}");
    let sub = tree.join("sub");
    fs::create_dir(&sub).unwrap();
    assert_eq!(world.same("a folder without .codex", &sub).hooks.len(), 3);
    fs::create_dir(sub.join(".codex")).unwrap();
    assert_eq!(world.same("a folder with .codex", &sub).hooks.len(), 5);
    world.write("repo/.git/worktrees/tree/gitdir", "/elsewhere/.git\n");
    assert_eq!(world.same("a main checkout that knows nothing of it", &tree).hooks.len(), 1);
    world.write("repo/.git/worktrees/tree/gitdir", "../../../../tree/.git\n");
    world.same("named from there", &tree);
    world.write("repo/.git/worktrees/tree/gitdir", format!("{}\n", world.lab.path("tree/.git").display()));
    world.write("repo/.codex/config.toml", "x = \n");
    assert_eq!(world.same("one that cannot be read", &tree).errors.len(), 1);
}

#[test]
fn the_reviewer_of_approvals() {
    let mut world = world();
    let check = |world: &mut World, name: &str, expected: [Option<&str>; 2]| {
        for (folder, expected) in ["repo", "repo/sub"].into_iter().zip(expected) {
            let cwd = world.lab.path(folder);
            assert_eq!(world.reviewer(&cwd).as_deref(), expected, "{name}: {folder}");
        }
    };
    check(&mut world, "nobody says", [None, None]);
    world.set_config("approvals_reviewer = 'auto_review'", "");
    check(&mut world, "the user", [Some("auto_review"); 2]);
    world.write("repo/sub/.codex/config.toml", "approvals_reviewer = 'user'");
    check(&mut world, "a folder of the project", [Some("auto_review"), Some("user")]);
    world.write("repo/.codex/config.toml", "approvals_reviewer = 'user'");
    world.write("repo/sub/.codex/config.toml", "");
    check(&mut world, "the project", [Some("user"); 2]);
    world.replace("trust_level = \"trusted\"", "trust_level = \"untrusted\"");
    check(&mut world, "untrusted", [None, None]);
}
