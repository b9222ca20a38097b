//! `config.toml`, alone and beside `hooks.json`, and what is said there of trust.

use crate::world::World;

const STOP: &str = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"a"}]}]}}"#;

/// One handler for `Stop`, as tables.
fn handler(lines: &str) -> String {
    format!("\n[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\n{lines}\n")
}

fn tool(lines: &str) -> String {
    handler(&format!("type = 'mcp_tool'\nserver = 's'\ntool = 't'\n{lines}"))
}

#[test]
fn after_the_last_table() {
    let cases = [
        handler("type = 'command'\ncommand = 'a'"),
        handler("type = 'command'\ncommand = 'a'\ntimeout = 7\nstatusMessage = 's'\nasync = true\nfoo = 1"),
        handler("type = 'command'\ncommand = 'a'\nadditionalContextLimit = 5"),
        handler("type = 'command'\ncommand = '''é\n日本'''"),
        handler("type = 'command'\ncommand = ' '"),
        handler("type = 'prompt'"),
        handler("type = 'zzz'"),
        handler("command = 'a'"),
        handler("type = 'command'"),
        handler("type = 'command'\ncommand = ['a']"),
        handler("type = 'command'\ncommand = 'a'\ntimeout = 1.5"),
        handler("type = 'command'\ncommand = 'a'\ntimeout = -1"),
        handler("type = 'command'\ncommand = 'a'\ntimeout = '5'"),
        handler("type = 'command'\ncommand = 'a'\nasync = '5'"),
        handler("type = 'command'\ncommand = 'a'\nadditionalContextLimit = '5'"),
        handler("type = 'command'\ncommand = 'a'\ncommandWindows = 'b'\ncommand_windows = 'b'"),
        tool(""),
        tool("timeout = 9\nstatusMessage = 's'"),
        tool("input = { n = 1, f = 1.50, e = 1e3, z = -0.0, big = 1e300, t = 'x', l = [1, true], o = { b = 1, a = 2 } }"),
        tool("input = { day = 2020-01-01, at = [2020-01-01T00:00:00Z] }"),
        tool("input = { n = inf }"),
        tool("input = 5"),
        "\n[hooks]\nStop = [{ hooks = [{ type = 'command', command = 'a' }] }]\nPreToolUse = [{ hooks = [{ type = 'command', command = 'b' }] }]\n".to_owned(),
        "\n[hooks]\nStop = 5\n".to_owned(),
        "\n[hooks]\nStop = [5]\n".to_owned(),
        "\n[hooks.Stop]\nx = 1\n".to_owned(),
        "\n[[hooks.Stop]]\nmatcher = 5\n".to_owned(),
        "\n[[hooks.PreToolUse]]\nmatcher = '('\nhooks = [{ type = 'command', command = 'a' }]\n".to_owned(),
        "\n[hooks]\nStop = []\nStop = []\n".to_owned(),
        "\n[hooks]\nturn_start = ['a']\nfoo = 5\npre_tool_use = ['x']\nmanaged_dir = '/x'\nstop = 'x'\n".to_owned(),
        "\n[hooks.state]\nx = 5\n".to_owned(),
        "\n[hooks.state.k]\nenabled = 'x'\n".to_owned(),
        "\n[hooks.state.k]\ntrusted_hash = 5\n".to_owned(),
        "\n[é\n".to_owned(),
        "\nkey = \n".to_owned(),
    ];
    let mut world = World::new();
    for text in cases {
        world.set_config("", &text);
        world.same_here(&text);
    }
}

#[test]
fn before_the_first_table() {
    let cases = [
        "hooks = 'x'",
        "hooks = 5",
        "hooks = []",
        "hooks = {}",
        "hooks.Stop = 5",
        "hooks = { Stop = 5 }",
        "hooks = { state = { k = { enabled = 5 } } }",
        "hooks = { Stop = [{ hooks = [{ type = 'command', command = 'a' }] }] }",
        "allow_managed_hooks_only = true",
        "notify = 'x'",
        "notify = []",
        "profile = 'x'",
        "unknown = 1",
        "features = 'x'",
        "projects = 5",
        "plugins = 5",
        "project_root_markers = []",
        "x = \"",
    ];
    let mut world = World::new();
    world.set_hooks(STOP);
    for text in cases {
        world.set_config(text, "");
        world.same_here(text);
    }
}

#[test]
fn the_feature() {
    let mut world = World::new();
    world.set_hooks(STOP);
    world.write("repo/.codex/hooks.json", STOP);
    let mut before = "[features]\n".to_owned();
    for (text, listed) in [
        ("hooks = true", 2),
        ("hooks = false", 0),
        ("codex_hooks = false", 0),
        ("codex_hooks = true", 2),
        ("hooks = false\ncodex_hooks = true", 0),
        ("codex_hooks = false\nhooks = true", 2),
        ("hooks = 'x'", 0),
    ] {
        let after = format!("[features]\n{text}\n");
        world.replace(&before, &after);
        assert_eq!(world.same_here(text).hooks.len(), listed, "{text}");
        before = after;
    }
}

#[test]
fn both_at_once() {
    let mut world = World::new();
    world.set_hooks(STOP);
    world.set_config("", &handler("type = 'command'\ncommand = 'a'"));
    let found = world.same_here("both");
    assert_eq!((found.hooks.len(), found.warnings.len()), (2, 1));
    world.set_config("", &handler("type = 'prompt'"));
    world.set_hooks(r#"{"hooks":{"Stop":[{}]}}"#);
    assert_eq!(world.same_here("nothing to run").warnings.len(), 2);
    world.set_hooks(r#"{"hooks":{"Stop":[]}}"#);
    assert_eq!(world.same_here("no group").warnings.len(), 1);
    world.set_hooks("{");
    assert_eq!(world.same_here("one broken").warnings.len(), 2);
}

#[test]
fn trust() {
    let mut world = World::new();
    world.set_hooks(STOP);
    let found = world.same_here("untrusted");
    let (key, hash) = (found.hooks[0].key.to_string(), found.hooks[0].hash.clone());
    for (key, said, expected) in [
        (&*key, format!("trusted_hash = '{hash}'"), ("trusted", true)),
        (&*key, "trusted_hash = 'sha256:00'".to_owned(), ("modified", true)),
        (&*key, "enabled = false".to_owned(), ("untrusted", false)),
        (&*key, format!("enabled = false\ntrusted_hash = '{hash}'"), ("trusted", false)),
        (&*key, format!("enabled = true\ntrusted_hash = ''\nother = '{hash}'"), ("modified", true)),
        (&format!(" {key} "), format!("trusted_hash = '{hash}'"), ("trusted", true)),
        ("", format!("trusted_hash = '{hash}'"), ("untrusted", true)),
        (&key.replace(":0:0", ":0:1"), format!("trusted_hash = '{hash}'"), ("untrusted", true)),
    ] {
        world.set_config("", &format!("\n[hooks.state.\"{key}\"]\n{said}\n"));
        let found = world.same_here(&said);
        assert_eq!((found.hooks[0].trust.name(), found.hooks[0].enabled), expected, "{key}: {said}");
    }
}
