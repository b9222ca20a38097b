//! Hooks that installed plugins bring.

use crate::world::World;

fn stop(command: &str) -> String {
    format!(r#"{{"hooks":{{"Stop":[{{"hooks":[{{"type":"command","command":"{command}"}}]}}]}}}}"#)
}

fn install(world: &World, plugin: &str, version: &str, files: &[(&str, &str)]) {
    for (file, text) in files {
        world.write(&format!("home/.codex/plugins/cache/market/{plugin}/{version}/{file}"), text);
    }
}

#[test]
fn every_way_to_declare_hooks() {
    let mut world = World::new();
    world.replace("plugins = false", "plugins = true");
    let (usual, mine, inline) = (stop("usual"), stop("mine"), stop("inline"));
    let manifests = [
        r#"{"name":"x"}"#.to_owned(),
        r#"{"name":"x","hooks":"./nowhere.json"}"#.to_owned(),
        r#"{"name":"x","hooks":"./my/h.json"}"#.to_owned(),
        r#"{"name":"x","hooks":["./my/h.json","./hooks/hooks.json","./my/h.json"]}"#.to_owned(),
        format!(r#"{{"name":"x","hooks":{inline}}}"#),
        format!(r#"{{"name":"x","hooks":[{inline},{usual}]}}"#),
        r#"{"name":"x","hooks":{"Stop":[]}}"#.to_owned(),
        r#"{"name":"x","hooks":{"hooks":{"Stop":5}}}"#.to_owned(),
        r#"{"name":"x","hooks":"../x.json"}"#.to_owned(),
        r#"{"name":"x","hooks":"./../x.json"}"#.to_owned(),
        r#"{"name":"x","hooks":"my/h.json"}"#.to_owned(),
        r#"{"name":"x","hooks":"./"}"#.to_owned(),
        r#"{"name":"x","hooks":["./my/h.json","my/h.json"]}"#.to_owned(),
        format!(r#"{{"name":"x","hooks":["./my/h.json",{inline}]}}"#),
        r#"{"name":"x","hooks":5}"#.to_owned(),
        r#"{"name":"x","hooks":[]}"#.to_owned(),
        r#"{"name":"x","hooks":""}"#.to_owned(),
        r#"{"name":"x","hooks":null}"#.to_owned(),
        "{}".to_owned(),
        "{".to_owned(),
    ];
    let mut config = String::new();
    for (index, manifest) in manifests.iter().enumerate() {
        let name = format!("plugin-{index:02}");
        let files =
            [(".codex-plugin/plugin.json", manifest.as_str()), ("hooks/hooks.json", &usual), ("my/h.json", &mine)];
        install(&world, &name, "local", &files);
        config += &format!("\n[plugins.\"{name}@market\"]\nenabled = true\n");
    }
    world.set_config("", &config);
    let found = world.same_here("manifests");
    assert!(found.hooks.len() > manifests.len() / 2, "{found:?}");
}

#[test]
fn versions_states_and_folders() {
    let mut world = World::new();
    world.replace("plugins = false", "plugins = true");
    let manifest = (".codex-plugin/plugin.json", r#"{"name":"x"}"#);
    let file = |text: &'static str| [manifest, ("hooks/hooks.json", text)];
    let versions = |plugin: &str, versions: &[&str]| {
        for version in versions {
            install(&world, plugin, version, &[manifest, ("hooks/hooks.json", &stop(version))]);
        }
    };
    versions("numbers", &["0.9.0", "0.10.0"]);
    versions("letters", &["abc", "1.0.0"]);
    versions("local", &["9.0.0", "local", "zzz"]);
    versions("before", &["1.0.0-beta", "1.0.0", "1.0.0-alpha"]);
    install(&world, "claude", "local", &[(".claude-plugin/plugin.json", "{}"), ("hooks/hooks.json", &stop("claude"))]);
    install(&world, "bare", "local", &[("hooks/hooks.json", &stop("bare"))]);
    install(&world, "broken", "local", &file("{"));
    install(&world, "empty", "local", &file("{}"));
    install(
        &world,
        "files",
        "local",
        &[manifest, ("hooks/hooks.json", &stop("files")), ("hooks.json", ""), ("hooks-x/é", "1"), ("a/b", "2")],
    );
    install(&world, "linked", "local", &[manifest, ("hooks/hooks.json", &stop("linked"))]);
    std::os::unix::fs::symlink("hooks", world.lab.path("home/.codex/plugins/cache/market/linked/local/link")).unwrap();
    install(&world, "nothing", "local", &[manifest]);
    install(&world, "off", "local", &file(r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"off"}]}]}}"#));
    install(
        &world,
        "variables",
        "local",
        &file(
            r#"{"hooks":{"Stop":[{"hooks":[{"type":"prompt"},{"type":"mcp_tool","server":"s","tool":"t","input":{"x":"${PLUGIN_ROOT}","n":1.50}},
            {"type":"command","command":"${PLUGIN_ROOT} ${CLAUDE_PLUGIN_ROOT} ${PLUGIN_DATA} ${CLAUDE_PLUGIN_DATA} ${HOME} $PLUGIN_ROOT"}]}]}}"#,
        ),
    );
    let mut config =
        "\n[plugins.\"off@market\"]\nenabled = false\n[plugins.nowhere]\n[plugins.\"gone@market\"]\n".to_owned();
    for plugin in [
        "numbers",
        "letters",
        "local",
        "before",
        "claude",
        "bare",
        "broken",
        "empty",
        "nothing",
        "files",
        "linked",
        "variables",
    ] {
        config += &format!("[plugins.\"{plugin}@market\"]\n");
    }
    config += "\n[hooks.state.\"claude@market:hooks/hooks.json:stop:0:0\"]\nenabled = false\n";
    world.set_hooks("{");
    world.set_config("", &config);
    let found = world.same_here("installed");
    assert_eq!(found.hooks.len(), 8, "{found:?}");
}
