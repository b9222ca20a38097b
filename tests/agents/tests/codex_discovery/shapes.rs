//! `hooks.json` in every shape: read, read in part, rejected whole.

use crate::world::World;

/// One handler for an event.
fn handler(event: &str, handler: &str) -> String {
    format!(r#"{{"hooks":{{"{event}":[{{"hooks":[{handler}]}}]}}}}"#)
}

fn command(more: &str) -> String {
    handler("PreToolUse", &format!(r#"{{"type":"command","command":"a"{more}}}"#))
}

fn tool(event: &str, more: &str) -> String {
    handler(event, &format!(r#"{{"type":"mcp_tool","server":"s","tool":"t"{more}}}"#))
}

fn group(event: &str, matcher: &str) -> String {
    format!(r#"{{"hooks":{{"{event}":[{{"matcher":{matcher},"hooks":[{{"type":"command","command":"a"}}]}}]}}}}"#)
}

fn all_the_same(cases: impl IntoIterator<Item = String>) -> [usize; 3] {
    let mut world = World::new();
    let mut seen = [0; 3];
    for text in cases {
        world.set_hooks(&text);
        let found = world.same_here(&text);
        assert_eq!(found.errors, []);
        seen[0] += 1;
        seen[1] += usize::from(!found.hooks.is_empty());
        seen[2] += usize::from(!found.warnings.is_empty());
    }
    seen
}

#[test]
fn whole_files() {
    let texts = [
        "",
        " \n",
        "{",
        "{}",
        "null",
        "5",
        "1.5",
        "\"x\"",
        "[]",
        "[null]",
        "[1.5]",
        "[[[[",
        "{\"hooks\":{}}",
        "{\"hooks\":null}",
        "{\"hooks\":5}",
        "{\"hooks\":1.5}",
        "{\"hooks\":[]}",
        "{\"hooks\":{}} x",
        "{\"description\":null}",
        "{\"description\":\"d\"}",
        "{\"description\":5}",
        "{\"description\":1.5}",
        "{\"description\":99999999999999999999}",
        "{\"$schema\":\"x\",\"hooks\":{}}",
        "{\"PreToolUse\":[]}",
        "{\"hooks\":{},\"hooks\":{}}",
        "{\"hooks\":{},}",
        "{\"hooks\":{} // no\n}",
        "// no\n{}",
        "\u{feff}{}",
        "{\n  \"hooks\": {\n    \"Stop\": [\n      {\n        \"é\": \"日本\"\n      },\n    ]\n  }\n}",
        "{\"hooks\":{\"Stop\":[{\"é\":\"日本\",\"matcher\":1.5}]}}",
        "{\"hooks\":{\"Nope\":[1],\"stop\":5,\"pre_tool_use\":null}}",
        "{\"hooks\":{\"Nope\":1,\"Nope\":2}}",
        "{\"hooks\":{\"Stop\":[],\"Stop\":[]}}",
        "{\"hooks\":{\"Stop\":{}}}",
        "{\"hooks\":{\"Stop\":null}}",
        "{\"hooks\":{\"Stop\":5}}",
        "{\"hooks\":{\"Stop\":1.5}}",
        "{\"hooks\":{\"Stop\":[5]}}",
        "{\"hooks\":{\"Stop\":[1.5]}}",
        "{\"hooks\":{\"Stop\":[\"x\"]}}",
        "{\"hooks\":{\"Stop\":[{\"hooks\":null}]}}",
        "{\"hooks\":{\"Stop\":[{\"hooks\":1.5}]}}",
        "{\"hooks\":{\"Stop\":[{\"hooks\":{}}]}}",
        "{\"hooks\":{\"Stop\":[{}]}}",
        "{\"hooks\":{\"Stop\":[{\"type\":\"command\",\"command\":\"a\"}]}}",
        "{\"hooks\":{\"Stop\":[[\"x\",[]]]}}",
        "{\"hooks\":[[{\"hooks\":[{\"type\":\"command\",\"command\":\"first\"}]}]]}",
    ];
    let [all, listed, warned] = all_the_same(texts.map(str::to_owned));
    assert_eq!((all, listed, warned), (49, 1, 36));
}

#[test]
fn commands() {
    let more = [
        "",
        ",\"timeout\":0",
        ",\"timeout\":5",
        ",\"timeout\":null",
        ",\"timeout\":-1",
        ",\"timeout\":1.5",
        ",\"timeout\":-1.5",
        ",\"timeout\":1e3",
        ",\"timeout\":\"5\"",
        ",\"timeout\":99999999999999999999",
        ",\"timeout\":9223372036854775807",
        ",\"timeoutSec\":10",
        ",\"timeout_sec\":10",
        ",\"timeout\":7,\"timeoutSec\":10",
        ",\"once\":true,\"if\":\"x\",\"model\":5",
        ",\"async\":true",
        ",\"async\":null",
        ",\"async\":1.5",
        ",\"async\":\"yes\"",
        ",\"statusMessage\":\"s\"",
        ",\"statusMessage\":null",
        ",\"statusMessage\":1.5",
        ",\"status_message\":\"s\"",
        ",\"statusMessage\":\"é\\n\\u0001\\\"🚫/<>&\"",
        ",\"commandWindows\":\"w\"",
        ",\"command_windows\":\"w\"",
        ",\"commandWindows\":\"w\",\"command_windows\":\"w\"",
        ",\"commandWindows\":5",
        ",\"additionalContextLimit\":0",
        ",\"additionalContextLimit\":2500",
        ",\"additionalContextLimit\":4096",
        ",\"additionalContextLimit\":null",
        ",\"additionalContextLimit\":1.5",
        ",\"additionalContextLimit\":\"x\"",
        ",\"command\":\"b\"",
        ",\"type\":\"command\"",
    ];
    let handlers = [
        "5",
        "1.5",
        "\"x\"",
        "null",
        "[]",
        "[\"command\",\"true\"]",
        "{}",
        "{\"type\":5}",
        "{\"type\":1.5}",
        "{\"type\":null}",
        "{\"type\":\"http\",\"url\":\"x\"}",
        "{\"type\":\"command\"}",
        "{\"command\":\"a\"}",
        "{\"type\":\"command\",\"command\":[\"a\"]}",
        "{\"type\":\"command\",\"command\":1.5}",
        "{\"type\":\"command\",\"command\":\" \\t\"}",
        "{\"type\":\"command\",\"command\":\"\\ud800\"}",
        "{\"type\":\"command\",\"command\":\"a\\u0000b\"}",
        "{\"type\":\"command\",\"command\":\"printf '%s' \\\"é/日本\\\"\\n# two lines\\t\"}",
        "{\"type\":\"prompt\",\"prompt\":5,\"timeout\":\"x\"}",
        "{\"type\":\"agent\"}",
        "{\"type\":\"prompt\"},{\"type\":\"command\",\"command\":\"\"},{\"type\":\"command\",\"command\":\"third\"}",
        "{\"type\":\"command\",\"command\":\"same\"},{\"type\":\"command\",\"command\":\"same\"}",
    ];
    let cases = more.map(command).into_iter().chain(handlers.map(|text| handler("PreToolUse", text)));
    let [all, listed, _] = all_the_same(cases);
    assert_eq!((all, listed), (59, 25));
}

#[test]
fn every_event() {
    let events = model::HookEvent::KNOWN.iter().map(model::HookEvent::name);
    let one = |more: &str| {
        let groups = events.clone().map(|event| {
            format!(r#""{event}":[{{"matcher":"abc","hooks":[{{"type":"command","command":"a"{more}}}]}}]"#)
        });
        format!("{{\"hooks\":{{{}}}}}", groups.collect::<Vec<_>>().join(","))
    };
    let more =
        ["", ",\"timeout\":0", ",\"timeout\":2", ",\"timeout\":30", ",\"async\":true", ",\"additionalContextLimit\":9"];
    assert_eq!(all_the_same(more.map(one)), [6, 6, 3]);
}

#[test]
fn matchers() {
    let matchers = [
        "null",
        "\"\"",
        "\"*\"",
        "\"Bash\"",
        "\"Bash|Edit\"",
        "\"Bash \"",
        "\"^Bash$\"",
        "\"mcp__memory__.*\"",
        "\"(?i)bash\"",
        "\"日本\"",
        "\"(\"",
        "\"[unclosed\"",
        "\"(?!x)\"",
        "\"**\"",
        "\"a{1000000}\"",
        "\"é(\\n\"",
        "\"\\\\p{Nope}\"",
        "5",
        "1.5",
        "[]",
    ];
    let cases = ["PreToolUse", "Stop"].into_iter().flat_map(|event| matchers.map(|matcher| group(event, matcher)));
    let twice = r#"{"hooks":{"PreToolUse":[{"matcher":"(","hooks":[{"type":"command","command":"a"},{"type":"prompt"}]},{"matcher":"["},
        {"matcher":"x","hooks":[{"type":"command","command":"b"}]}]}}"#;
    assert_eq!(all_the_same(cases.chain([twice.to_owned()])), [41, 28, 14]);
}

#[test]
fn mcp_tools() {
    let more = [
        "",
        ",\"timeout\":0",
        ",\"timeout\":7,\"statusMessage\":\"s\",\"async\":true",
        ",\"timeout\":1.5",
        ",\"server\":\"x\"",
        ",\"input\":{}",
        ",\"input\":null",
        ",\"input\":[]",
        ",\"input\":{\"a\":null}",
        ",\"input\":{\"a\":{\"b\":[1,null]}}",
        ",\"input\":{\"n\":1}",
        ",\"input\":{\"n\":-5}",
        ",\"input\":{\"n\":1.50}",
        ",\"input\":{\"n\":1e3,\"m\":1E-3,\"o\":1.5E+10}",
        ",\"input\":{\"n\":-0,\"m\":-0.0}",
        ",\"input\":{\"n\":18446744073709551615}",
        ",\"input\":{\"n\":9223372036854775807}",
        ",\"input\":{\"n\":123456789012345678901234567890}",
        ",\"input\":{\"z\":1,\"a\":[1,\"x\",{\"b\":true,\"a\":[]}],\"é\":\"\\u00e9\\n\"}",
        ",\"input\":{\"a\":1,\"a\":2}",
        ",\"input\":{\"cmd\":\"${tool_input.command}\"}",
    ];
    let bare = [
        "{\"type\":\"mcp_tool\",\"server\":\"s\"}",
        "{\"type\":\"mcp_tool\",\"server\":\" \",\"tool\":\"t\"}",
        "{\"type\":\"mcp_tool\",\"server\":\"s\",\"tool\":\"\"}",
    ];
    let cases = more.map(|more| tool("PreToolUse", more)).into_iter();
    let cases = cases.chain(bare.map(|text| handler("PreToolUse", text)));
    let cases =
        cases.chain(["SessionEnd", "Interrupt", "Stop", "SessionStart"].map(|event| tool(event, ",\"timeout\":9")));
    let [all, listed, _] = all_the_same(cases);
    assert_eq!((all, listed), (28, 17));
}

#[test]
fn what_is_no_file_or_no_text() {
    let mut world = World::new();
    world.write("home/.codex/hooks.json", b"\xff{}");
    world.same_here("not UTF-8");
    let path = world.lab.codex_home().join("hooks.json");
    std::fs::remove_file(&path).unwrap();
    world.same_here("nothing");
    std::fs::create_dir(&path).unwrap();
    world.same_here("a folder");
    std::fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("nowhere", &path).unwrap();
    assert_eq!(world.same_here("a link to nothing").warnings, [""; 0]);
    world.write("home/.codex/nowhere", command(""));
    assert_eq!(world.same_here("a link").hooks.len(), 1);
}
