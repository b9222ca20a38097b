//! Pages, filters and search.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use history::{ByKind, Cursor, DecisionKind, Error, Mark, Query, row};
use model::{
    Agent, Answer, Decision, HookEvent, HookKey, Reported, RequestId, RuleId, SessionId, Timestamp, TurnId, Why,
};

use crate::support::{History, decision, event, request};

fn ids(history: &History, query: &Query) -> Vec<String> {
    history.reader.past(query).unwrap().rows.iter().map(|past| past.id.to_string()).collect()
}

/// Five requests: allowed by a person, denied by a person, denied by a rule, expired, still waiting.
async fn five() -> History {
    let history = History::new();
    let answers = [
        ("a", Some(Answer::person(Decision::Allow))),
        ("b", Some(Answer::person(Decision::Deny { message: "Use the 100% safe_way".to_owned() }))),
        ("c", Some(Answer::rule(RuleId::new("rule-7"), Decision::Deny { message: String::new() }))),
        ("d", Some(Answer::nobody(Why::Expired))),
        ("e", None),
    ];
    for (at, (id, answer)) in (1..).zip(answers) {
        let mut row = request(id, at);
        if id == "d" {
            row.project = None;
        }
        history.writer.record_request(row).unwrap();
        if let Some(answer) = answer {
            history.writer.record_decision(decision(id, answer)).await.unwrap();
        }
    }
    history.settle().await;
    history
}

#[tokio::test]
async fn a_rule_is_kept_with_its_words_and_counted() {
    let history = History::new();
    let allowed = |id: &str, rule: &str, at: i64| row::Decision {
        at: Timestamp(at),
        rule: Some(format!("words of {rule}")),
        ..decision(id, Answer::rule(RuleId::new(rule), Decision::Allow))
    };
    for (at, (id, rule)) in (1..).zip([("a", "one"), ("b", "two"), ("c", "one")]) {
        history.writer.record_request(request(id, at)).unwrap();
        history.writer.record_decision(allowed(id, rule, at * 10)).await.unwrap();
    }
    history.settle().await;
    let hits = history.reader.rule_hits().unwrap();
    let told: Vec<_> = hits.iter().map(|hits| (hits.rule.as_str(), hits.count, hits.last.0)).collect();
    assert_eq!(told, [("one", 2, 30), ("two", 1, 20)]);
    let of_one = Query { rule: Some(RuleId::new("one")), ..Query::default() };
    assert_eq!(ids(&history, &of_one), ["c", "a"]);
    let rows = history.reader.past(&of_one).unwrap().rows;
    assert_eq!(rows[0].decision, Some(allowed("c", "one", 30)));
    assert_eq!(history.reader.decisions_since(&mut Mark::default(), 1).unwrap(), [allowed("a", "one", 10)]);
}

#[tokio::test]
async fn a_request_is_found_with_its_payload_only_where_it_was_asked_live() {
    let history = History::new();
    let long = "x".repeat(70_000);
    for (at, (id, reported, payload)) in
        (1..).zip([("a", Reported::Live, "{1}"), ("b", Reported::WhileClosed, "{2}"), ("c", Reported::Live, &long)])
    {
        history.writer.record_request(request(id, at)).unwrap();
        let mut row = row::Event { reported, request: Some(RequestId::new(id)), ..event(at) };
        row.event.payload = payload.to_owned();
        history.writer.record_event(row).unwrap();
    }
    history.settle().await;
    let told = |rows: Vec<row::Asked>| -> Vec<_> {
        rows.into_iter().map(|row| (row.past.id.to_string(), row.payload)).collect()
    };
    let (a, c) = (("a".to_owned(), "{1}".to_owned()), ("c".to_owned(), String::new()));
    assert_eq!(told(history.reader.asked_since(Timestamp(1), 9).unwrap()), [c.clone(), a.clone()]);
    assert_eq!(told(history.reader.asked_since(Timestamp(2), 9).unwrap()), std::slice::from_ref(&c));
    assert_eq!(told(history.reader.asked_since(Timestamp(0), 1).unwrap()), [c]);
    let one = |id: &str| told(history.reader.asked(&RequestId::new(id)).unwrap().into_iter().collect());
    assert_eq!((one("a"), one("b"), one("z")), (vec![a], vec![], vec![]));
    let place = history.reader.place(&RequestId::new("a")).unwrap();
    assert_eq!(place, Some(("d1".to_owned(), Some(TurnId::new("turn")))));
}

#[tokio::test]
async fn the_calls_of_a_turn_come_in_their_order() {
    let history = History::new();
    let call = |at: i64, name: &HookEvent, tool: &str, turn: &str| {
        let mut row = event(at);
        row.event.event = name.clone();
        row.event.tool = Some(tool.to_owned());
        row.event.turn = Some(TurnId::new(turn));
        row
    };
    let (asked, done) = (HookEvent::PermissionRequest, HookEvent::PostToolUse);
    for (at, (name, tool, turn)) in (1..).zip([
        (&asked, "Bash", "t"),
        (&done, "Bash", "u"),
        (&HookEvent::PreToolUse, "Bash", "t"),
        (&done, "apply_patch", "t"),
        (&done, "Bash", "t"),
    ]) {
        history.writer.record_event(call(at, name, tool, turn)).unwrap();
    }
    history.settle().await;
    let found = |limit: usize| {
        let (session, turn) = (SessionId::new("session"), TurnId::new("t"));
        let rows = history.reader.calls(&session, &turn, "Bash", limit).unwrap();
        rows.into_iter().map(|row| row.at.0).collect::<Vec<_>>()
    };
    assert_eq!((found(9), found(1)), (vec![1, 3, 5], vec![1]));
}

#[tokio::test]
async fn a_request_comes_back_as_it_went_in() {
    let history = five().await;
    history.writer.record_taken(RequestId::new("c"), true).await.unwrap();
    history.settle().await;
    let rows = history.reader.past(&Query::default()).unwrap().rows;
    assert_eq!(rows.iter().map(|past| past.id.as_str()).collect::<Vec<_>>(), ["e", "d", "c", "b", "a"]);
    let expected = request("c", 3);
    let past = &rows[2];
    assert_eq!((past.at, past.agent, &past.session), (expected.at, expected.agent, &expected.session));
    assert_eq!((&past.project, &past.tool, &past.summary), (&expected.project, &expected.tool, &expected.summary));
    let by_rule = Answer::rule(RuleId::new("rule-7"), Decision::Deny { message: String::new() });
    assert_eq!(past.decision, Some(decision("c", by_rule)));
    assert_eq!(past.taken, Some(true));
    assert_eq!((&rows[0].decision, rows[0].taken), (&None, None));
    assert_eq!(history.reader.shown(&expected.id).unwrap(), Some(expected.shown));
    assert_eq!(history.reader.shown(&RequestId::new("z")).unwrap(), None);
    assert_eq!(history.reader.projects().unwrap(), ["/home/ada/engine"]);
}

#[tokio::test]
async fn a_decision_of_a_hosted_hook_names_it() {
    let history = History::new();
    let allowed = decision("h", Answer::hook(HookKey::new("hooks.json:stop:0:0"), Decision::Allow));
    history.writer.record_request(request("h", 1)).unwrap();
    history.writer.record_decision(allowed.clone()).await.unwrap();
    let by_hooks = Query { by: Some(ByKind::Hook), ..Query::default() };
    assert_eq!(history.reader.past(&by_hooks).unwrap().rows[0].decision, Some(allowed));
}

#[tokio::test]
async fn filters_hold_together() {
    let history = five().await;
    let check = |query: Query, expected: &[&str]| assert_eq!(ids(&history, &query), expected, "{query:?}");
    let all = Query::default;
    check(Query { decision: Some(DecisionKind::Allow), ..all() }, &["a"]);
    check(Query { decision: Some(DecisionKind::Deny), ..all() }, &["c", "b"]);
    check(Query { decision: Some(DecisionKind::NoDecision), ..all() }, &["d"]);
    check(Query { by: Some(ByKind::Person), ..all() }, &["b", "a"]);
    check(Query { by: Some(ByKind::Rule), ..all() }, &["c"]);
    check(Query { by: Some(ByKind::Nobody(Why::Expired)), ..all() }, &["d"]);
    check(Query { by: Some(ByKind::Nobody(Why::Quit)), ..all() }, &[]);
    check(Query { agent: Some(Agent::Codex), ..all() }, &["e", "d", "c", "b", "a"]);
    check(Query { project: Some(PathBuf::from("/home/ada/engine")), ..all() }, &["e", "c", "b", "a"]);
    check(Query { project: Some(PathBuf::from("/home/ada")), ..all() }, &[]);
    check(Query { decision: Some(DecisionKind::Deny), by: Some(ByKind::Rule), ..all() }, &["c"]);
}

#[tokio::test]
async fn every_word_must_occur_somewhere() {
    let history = five().await;
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(ids(&history, &Query { text: text.to_owned(), ..Query::default() }), expected, "{text:?}");
    };
    check("make", &["e", "d", "c", "b", "a"]);
    check("  MAKE   engine ", &["e", "c", "b", "a"]);
    check("make 100%", &["b"]);
    check("100% make ENGINE safe_way", &["b"]);
    check("safe-way", &[]);
    check("%", &["b"]);
    check("_", &["b"]);
    check("'; DROP TABLE requests; --", &[]);
    check("\"\\", &[]);
    check(&"long ".repeat(20_000), &[]);
}

#[tokio::test]
async fn pages_meet_without_gap_or_repeat_also_at_equal_times() {
    let history = History::new();
    for number in 0..50 {
        history.writer.record_request(request(&format!("r{number:02}"), i64::from(number / 20))).unwrap();
    }
    history.settle().await;
    let mut query = Query { limit: 7, ..Query::default() };
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = history.reader.past(&query).unwrap();
        assert!(page.rows.len() <= 7);
        seen.extend(page.rows.into_iter().map(|past| past.id.to_string()));
        pages += 1;
        let Some(next) = page.next else { break };
        query.before = Some(next.to_string().parse().unwrap());
        // A newer row must not move the pages.
        history.writer.record_request(request(&format!("new{pages}"), 1_000)).unwrap();
        history.settle().await;
    }
    let expected: Vec<_> = (0..50).rev().map(|number| format!("r{number:02}")).collect();
    assert_eq!((seen, pages), (expected, 8));
}

#[tokio::test]
async fn a_full_last_page_has_no_next() {
    let history = five().await;
    let page = history.reader.past(&Query { limit: 5, ..Query::default() }).unwrap();
    assert_eq!((page.rows.len(), page.next), (5, None));
}

#[test]
fn a_cursor_is_text_and_back() {
    for text in ["0:a", "-5:", "12:a:b"] {
        assert_eq!(text.parse::<Cursor>().unwrap().to_string(), text);
    }
    for text in ["", "5", ":a", "x:a"] {
        assert!(matches!(text.parse::<Cursor>(), Err(Error::Cursor(_))), "{text:?}");
    }
}

#[tokio::test]
async fn paging_stays_quick_over_many_rows() {
    let history = History::new();
    let rows = 100_000;
    let start = Instant::now();
    for number in 0..rows {
        let row = request(&format!("r{number:06}"), number);
        while let Err(Error::Full) = history.writer.record_request(row.clone()) {
            history.settle().await;
        }
    }
    history.settle().await;
    println!("{rows} rows written in {:?}", start.elapsed());

    let time = |what: &str, query: &Query| {
        let start = Instant::now();
        let page = history.reader.past(query).unwrap();
        println!("{what}: {} rows in {:?}", page.rows.len(), start.elapsed());
        page
    };
    time("first page", &Query::default());
    let deep = Query { before: Some("500:r000500".parse().unwrap()), ..Query::default() };
    assert_eq!(time("deep page", &deep).rows[0].id.as_str(), "r000499");
    let search = Query { text: "make r000123".to_owned(), ..Query::default() };
    assert_eq!(time("search through all", &search).rows.len(), 1);
    let start = Instant::now();
    assert_eq!(history.reader.projects().unwrap().len(), 1);
    println!("projects in {:?}", start.elapsed());

    let mut query = Query { limit: 1_000, ..Query::default() };
    let mut seen = BTreeSet::new();
    let start = Instant::now();
    loop {
        let page = history.reader.past(&query).unwrap();
        seen.extend(page.rows.into_iter().map(|past| past.id));
        query.before = page.next;
        if query.before.is_none() {
            break;
        }
    }
    println!("all pages in {:?}", start.elapsed());
    assert_eq!(seen.len(), 100_000);
}
