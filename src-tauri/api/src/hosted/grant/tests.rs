use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use model::{HookEvent, HookKey, Mode, Source, SourceKind};
use tempfile::TempDir;

use super::*;

/// A folder with a guard, a link to it, a program on the search path, and files for it.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(world.at("bin")).unwrap();
        for (name, text) in [
            ("bin/tool", "\x7fELF"),
            ("bin/sh", "\x7fELF shell"),
            ("bin/python3", "\x7fELF python"),
            ("bin/env", "\x7fELF env"),
            ("guard", "\x7fELF guard"),
            ("guard two", "\x7fELF guard"),
            ("config.json", "{}"),
        ] {
            world.write(name, text);
        }
        world.write("script", &format!("#!{}\ntrue\n", world.name("bin/sh")));
        world.write("snake", &format!("#!{} python3\n", world.name("bin/env")));
        world.write("clever", &format!("#!{} -S python3 -m evil\n", world.name("bin/env")));
        std::os::unix::fs::symlink(world.at("guard"), world.at("link")).unwrap();
        world
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
        fs::set_permissions(self.at(name), Permissions::from_mode(0o755)).unwrap();
    }

    /// `~` in a command stands for the folder.
    fn hook(&self, command: &str) -> Hook {
        let command = command.replace('~', self.at("").display().to_string().trim_end_matches('/'));
        Hook {
            key: HookKey::new("k"),
            event: HookEvent::PermissionRequest,
            matcher: None,
            handler: Handler::Command { command, environment: Vec::new(), mode: Mode::Sync },
            source: Source { kind: SourceKind::Hosted, path: "/hooks.json".into(), plugin: None },
            display_order: 0,
            timeout: 600,
            status_message: None,
            context_limit: None,
            hash: "sha256:1".to_owned(),
            enabled: true,
            trust: model::Trust::Trusted,
            agents: None,
        }
    }

    fn grant(&self, command: &str) -> Result<Grant, Unclear> {
        Grant::of(&self.hook(command), self.at("bin").as_os_str())
    }

    fn check(&self, grant: &Grant, command: &str) -> Result<(), Vec<String>> {
        grant.check(&self.hook(command), self.at("bin").as_os_str()).map(drop)
    }

    #[track_caller]
    fn covers(&self, command: &str, files: &[&str]) {
        let expected: Vec<_> = files.iter().map(|name| self.at(name)).collect();
        let grant = self.grant(command).unwrap();
        assert_eq!(grant.files.keys().cloned().collect::<Vec<_>>(), expected, "{command}");
        assert_eq!(self.check(&grant, command), Ok(()));
    }
}

#[test]
fn every_file_that_a_command_names_is_covered() {
    let world = World::new();
    world.covers("~/guard", &["guard"]);
    world.covers("  ~/guard --strict -v  ", &["guard"]);
    world.covers("~/link", &["guard"]);
    world.covers("'~/guard two'", &["guard two"]);
    world.covers("\"~/guard\" ~/config.json", &["config.json", "guard"]);
    world.covers("~/guard --config=~/config.json", &["config.json", "guard"]);
    world.covers("tool --check", &["bin/tool"]);
    world.covers("~/script", &["bin/sh", "script"]);
    world.covers("~/snake", &["bin/env", "bin/python3", "snake"]);
    world.covers("python3 ~/guard", &["bin/python3", "guard"]);
    world.covers("python3 ~/snake --strict", &["bin/env", "bin/python3", "snake"]);
    world.covers("env ~/script", &["bin/env", "bin/sh", "script"]);
}

#[test]
fn what_a_command_names_must_be_clear() {
    let world = World::new();
    let clever = [
        "",
        " ",
        "./guard",
        "guard",
        "bin/tool",
        "nowhere",
        "/nowhere/guard",
        "~",
        "~/bin",
        "~/guard; true",
        "~/guard && true",
        "~/guard | tool",
        "~/guard &",
        "~/guard\ntool",
        "~/guard > /tmp/x",
        "~/guard < ~/config.json",
        "~/guard $HOME",
        "~/guard \"$HOME\"",
        "~/guard `tool`",
        "~/guard $(tool)",
        "~/gu*",
        "~/guar?",
        "~/{guard,script}",
        "~/guard \\x",
        "~/guard #",
        "~/guard !",
        "(~/guard)",
        "'~/guard",
        "~/guard ''",
        "X=1 ~/guard",
        "PATH=~/bin tool",
        "=tool",
        "~/guard =tool",
        "~/guard strict",
        "~/guard config.json",
        "~/guard ~/missing.json",
        "~/guard --config=config/x.json",
        "~/guard --config=./x",
        "tool a:/b",
        "sh -c ~/guard",
        "sh -c 'tool'",
        "sh -c 'exec /nowhere/evil'",
        "sh guard",
        "sh",
        "python3",
        "python3 -m guard",
        "python3 -mguard",
        "python3 -I ~/guard",
        "env -S ~/guard",
        "env tool",
        "exec ~/guard",
        ". ~/guard",
        "source ~/guard",
        "eval ~/guard",
        "~/clever",
        "~/guard é",
        "~/guard \u{202e}x",
        "/proc/self/fd",
        "/dev/null",
    ];
    for command in clever {
        assert!(world.grant(command).is_err(), "{command:?}: {:?}", world.grant(command));
    }
}

#[test]
fn any_change_is_seen() {
    type Change = fn(&World);
    let changes: [(&str, &str, Change, &str); 9] = [
        ("~/guard", "~/guard", |world| world.write("guard", "\x7fELF guarD"), "guard"),
        ("~/guard", "~/guard", |world| fs::remove_file(world.at("guard")).unwrap(), "guard"),
        ("~/guard ~/config.json", "~/guard ~/config.json", |world| world.write("config.json", ""), "config.json"),
        ("~/script", "~/script", |world| world.write("bin/sh", ""), "bin/sh"),
        ("~/script", "~/script", |world| world.write("script", "\x7fELF"), "script"),
        ("~/snake", "~/snake", |world| world.write("bin/python3", ""), "bin/python3"),
        ("tool --x", "tool --x", |world| world.write("bin/tool", ""), "bin/tool"),
        (
            "~/link",
            "~/link",
            |world| {
                fs::remove_file(world.at("link")).unwrap();
                std::os::unix::fs::symlink(world.at("guard two"), world.at("link")).unwrap();
            },
            "guard",
        ),
        ("~/guard", "~/guard ~/config.json", |_| {}, "config.json"),
    ];
    for (granted, now, change, file) in changes {
        let world = World::new();
        let grant = world.grant(granted).unwrap();
        change(&world);
        let changed = world.check(&grant, now).unwrap_err();
        assert!(changed.iter().any(|text| text.contains(file)), "{granted} → {now}: {changed:?}");
    }
}

#[test]
fn another_entry_is_not_the_one_that_was_granted() {
    let world = World::new();
    let grant = world.grant("~/guard").unwrap();
    let other = Hook { hash: "sha256:2".to_owned(), ..world.hook("~/guard") };
    assert_eq!(grant.check(&other, world.at("bin").as_os_str()), Err(vec!["/hooks.json".to_owned()]));
}

#[test]
fn a_program_put_before_the_one_that_was_granted_is_seen() {
    let world = World::new();
    fs::create_dir(world.at("first")).unwrap();
    let search = env::join_paths([world.at("first"), world.at("bin")]).unwrap();
    let hook = world.hook("tool");
    let grant = Grant::of(&hook, &search).unwrap();
    assert!(grant.check(&hook, &search).is_ok());
    world.write("first/tool", "\x7fELF");
    assert!(grant.check(&hook, &search).is_err());
    assert!(Grant::of(&hook, OsStr::new("relative:/usr/bin")).is_err());
    assert!(Grant::of(&hook, OsStr::new("")).is_err());
}

#[test]
fn a_file_that_was_changed_and_changed_back_is_another() {
    let world = World::new();
    let grant = world.grant("~/guard").unwrap();
    let look = || grant.check(&world.hook("~/guard"), world.at("bin").as_os_str()).unwrap();
    let before = look();
    assert_eq!(before, look());
    let text = fs::read(world.at("guard")).unwrap();
    fs::write(world.at("guard"), "evil").unwrap();
    fs::write(world.at("guard"), text).unwrap();
    assert_ne!(before, look(), "the bytes are the same, the time of change is not");
}

#[test]
fn a_tool_of_a_server_gets_no_grant() {
    let world = World::new();
    let handler = Handler::McpTool { server: "s".to_owned(), tool: "t".to_owned(), input: serde_json::Map::new() };
    let hook = Hook { handler, ..world.hook("") };
    assert!(Grant::of(&hook, world.at("bin").as_os_str()).is_err());
}
