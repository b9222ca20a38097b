//! What was exported comes in again: here, elsewhere, once.

use fixtures::payload;
use model::{Answer, Decision, HookKey, Reported, RuleId, RunStatus, Why};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Running, Said, World, ask, decision, event, request, run};

/// A history with each kind of row.
fn world() -> World {
    let world = World::new();
    world.record(async |writer| {
        let mut asked = event("e1", 1_000, "PermissionRequest", "make \u{202e}install");
        asked.request = Some(model::RequestId::new("person"));
        writer.record_event_committed(asked).await.unwrap();
        let no = Decision::Deny { message: "no\u{1b}c".to_owned() };
        for (id, answer) in [
            ("person", Answer::person(no)),
            ("rule", Answer::rule(RuleId::new("rule-1"), Decision::Allow)),
            ("hook", Answer::hook(HookKey::new("k\u{202e}"), Decision::Deny { message: String::new() })),
            ("nobody", Answer::nobody(Why::Expired)),
        ] {
            writer.record_request(request(id, 2_000, "make\u{202e} install")).unwrap();
            let rule = (id == "rule").then(|| "make\u{202e}".to_owned());
            let decided = ::history::row::Decision { rule, ..decision(id, 5_000, answer) };
            writer.record_decision(decided).await.unwrap();
        }
        writer.record_taken(model::RequestId::new("person"), true).await.unwrap();
        writer.record_request(request("waits", 3_000, "make")).unwrap();
        let whole = run("whole", 4_000, RunStatus::Blocked);
        let hosted = ::history::row::Run {
            from: ::history::row::RunFrom::Hosted,
            event: Some(model::EventId::new("e1")),
            input: ::history::row::Output::default(),
            stdout: ::history::row::Output { text: "x".repeat(100_000), bytes: 5_000_000 },
            exit_code: None,
            signal: Some(9),
            hook: None,
            ..run("hosted", 5_000, RunStatus::Failed)
        };
        let killed =
            ::history::row::Run { reported: Reported::WhileClosed, ..run("closed", 6_000, RunStatus::Stopped) };
        // In words of the agent: of a recorded run, and of one of which a newer agent told alone.
        let newer = |status: &str| ::history::row::Told {
            status: status.to_owned(),
            kind: "oracle".to_owned(),
            mode: "detached".to_owned(),
            source: "moon".to_owned(),
            took_ms: Some(207),
            entries: vec![("riddle".to_owned(), "r".to_owned())],
        };
        let both = ::history::row::Run { told: Some(newer("failed")), ..run("both", 7_000, RunStatus::Failed) };
        let told = ::history::row::Run {
            from: ::history::row::RunFrom::Told,
            told: Some(newer("revoked")),
            tool_use: None,
            ..run("told", 60_000, RunStatus::Unknown)
        };
        writer.record_runs(vec![whole, hosted, killed, both, told]).await.unwrap();
    });
    world
}

fn exported(world: &World) -> String {
    world.run(&["history", "export"]).ends(0).stdout
}

fn import(world: &World, text: &str) -> Said {
    let file = world.write("exported.jsonl", text);
    world.run(&["history", "import", &file, "--json"])
}

/// The lines of an export with what an import changes made equal.
fn lines(text: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        if line.get("reported").is_some() {
            line["reported"] = json!("imported");
        }
    }
    lines
}

#[test]
fn an_export_comes_in_whole_and_marked() {
    let (from, to) = (world(), World::new());
    let text = exported(&from);
    assert_eq!(text.lines().count(), 11);
    assert_eq!(import(&to, &text).ends(0).json(), json!({ "new": "11", "known": "0" }));
    let again = exported(&to);
    let (mut expected, found) = (lines(&text), lines(&again));
    // Nobody will decide here what waited there.
    let waits = expected.iter_mut().find(|line| line["id"] == "waits").unwrap();
    let lost = json!({
        "decision": "none", "by": "lost", "at": "3000", "waitedMs": "0", "message": null, "hook": null, "rule": null,
        "offered": null,
    });
    waits["outcome"] = lost;
    // What a hosted hook was given is kept with it: its event need not have come.
    let hosted = expected.iter_mut().find(|line| line["id"] == "hosted").unwrap();
    assert_eq!(hosted["ran"]["inputBytes"], "0");
    hosted["ran"]["inputBytes"] = hosted["payload"].as_str().unwrap().len().to_string().into();
    assert_eq!(found.len(), expected.len());
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(found, expected);
    }
    let marks: Vec<_> = again.lines().filter(|line| line.contains("\"reported\":\"live\"")).collect();
    assert!(marks.is_empty(), "{marks:?}");
    // Words of it are found.
    let said = to.run(&["history", "list", "--kind", "run", "--text", "guard", "--json"]).ends(0).json();
    assert_eq!(said.as_array().unwrap().len(), 5);
}

#[test]
fn what_is_there_stays_as_it_is() {
    let world = world();
    let text = exported(&world);
    let before = text.clone();
    let edited = text.replace("make", "rm -rf");
    assert_eq!(import(&world, &edited).ends(0).json(), json!({ "new": "0", "known": "11" }));
    assert_eq!(exported(&world), before);
    let file = world.write("exported.jsonl", &text);
    let said = world.run(&["history", "import", &file]).ends(0);
    assert_eq!(said.stdout, "Taken in: 0. There already: 11.\n");
    assert_eq!(
        world.run(&["history", "list", "--kind", "request", "--limit", "1", "--json"]).ends(0).json()[0]["outcome"],
        Value::Null
    );
}

#[test]
fn a_bad_line_is_named_and_nothing_is_taken_in() {
    let (from, to) = (world(), World::new());
    let text = exported(&from);
    let good: Vec<_> = text.lines().collect();
    let run = good.iter().find(|line| line.contains("\"id\":\"whole\"")).unwrap();
    let request = good.iter().find(|line| line.contains("\"by\":\"expired\"")).unwrap();
    for (bad, why) in [
        ("make\u{1b}[2J".to_owned(), "expected value"),
        (String::new(), "EOF"),
        ("{}".to_owned(), "kind"),
        ("{\"kind\":\"decision\"}".to_owned(), "decision"),
        (run.replace("\"status\":\"blocked\"", "\"status\":\"fine\""), "fine"),
        (run.replace("\"tookUs\":\"12345\"", "\"tookUs\":\"soon\""), "tookUs"),
        (run.replace("\"stderr\":", "\"other\":"), "stderr"),
        (request.replace("\"decision\":\"none\"", "\"decision\":\"allow\""), "nobody decided"),
        (request.replace("\"agent\":\"codex\"", "\"agent\":\"other\""), "other"),
    ] {
        assert!(!good.contains(&bad.as_str()), "{why}");
        let file = to.write("bad.jsonl", &format!("{}\n{bad}\n{}\n", good[0], good[1]));
        let said = to.run(&["history", "import", &file]).ends(3);
        let named = said.stderr.contains("bad.jsonl, line 2: ") && said.stderr.contains(why);
        assert!(named && !said.stderr.contains(['\u{1b}', '\u{202e}']), "{why}: {}", said.stderr);
        assert!(!to.path("state/history.db").exists(), "{why}");
    }
    let said = to.run(&["history", "import", "/nowhere/at-all"]).ends(3);
    assert!(said.stderr.contains("/nowhere/at-all"), "{}", said.stderr);
}

#[test]
fn it_comes_in_beside_an_app_that_runs() {
    let (from, to) = (world(), World::new());
    let serving = to.start(&["serve"]);
    Running::line(&serving.stdout);
    // It makes its history before it takes this.
    assert_eq!(ask(&to, payload::shell("make")), b"");
    let following = to.start(&["history", "follow"]);
    Running::line(&following.stderr);
    assert_eq!(import(&to, &exported(&from)).ends(0).json()["new"], "11");
    assert_eq!(ask(&to, payload::shell("make all")), b"");
    let first: Value = serde_json::from_str(&Running::line(&following.stdout)).unwrap();
    assert_eq!(first["reported"], "live", "nobody hears of what happened elsewhere: {first}");
    let said = to.run(&["requests", "--json"]).ends(0);
    assert_eq!(said.json(), json!([]), "nothing of it waits");
    let events = to.run(&["history", "list", "--kind", "event", "--json"]).ends(0).json();
    assert_eq!(events.as_array().unwrap().len(), 3, "the app goes on recording");
    assert_eq!(serving.end(Signal::TERM), Some(0));
}
