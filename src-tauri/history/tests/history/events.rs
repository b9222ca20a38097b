//! The past of events: pages, filters, one event, following.

use std::path::PathBuf;

use history::{Error, EventCursor, EventPage, EventQuery, Mark, row};
use model::{
    Agent, Answer, Decision, EventId, HookEvent, Reported, RequestId, SessionId, Subagent, SubagentId, Timestamp,
    TurnId, Why,
};

use crate::support::{History, decision, event, request};

fn ids(rows: &[row::Event]) -> Vec<&str> {
    rows.iter().map(|row| row.id.as_str()).collect()
}

fn page(history: &History, query: &EventQuery) -> EventPage {
    history.reader.events(query).unwrap()
}

fn full(at: i64) -> row::Event {
    row::Event {
        id: EventId::new("full"),
        at: Timestamp(at),
        reported: Reported::WhileClosed,
        request: Some(RequestId::new("r")),
        event: model::Event {
            agent: Agent::Codex,
            event: HookEvent::Other("Newer".to_owned()),
            session: Some(SessionId::new("other")),
            turn: Some(TurnId::new("turn")),
            subagent: Some(Subagent { id: SubagentId::new("child"), role: "worker".to_owned() }),
            tool: Some("Bash".to_owned()),
            cwd: Some(PathBuf::from("/home/ada/engine")),
            prompt: None,
            payload: r#"{"tool_input":{"command":"make 100%"}}"#.to_owned(),
        },
    }
}

#[tokio::test]
async fn an_event_comes_back_as_it_went_in() {
    let history = History::new();
    let bare = row::Event {
        id: EventId::new("bare"),
        event: model::Event { session: None, cwd: None, prompt: None, ..event(1).event },
        ..event(1)
    };
    for row in [bare.clone(), event(2), full(3)] {
        history.writer.record_event_committed(row).await.unwrap();
    }
    assert_eq!(page(&history, &EventQuery::default()), EventPage { rows: vec![full(3), event(2), bare], next: None });
    assert_eq!(history.reader.event(&EventId::new("full")).unwrap(), Some(full(3)));
    assert_eq!(history.reader.event(&EventId::new("none")).unwrap(), None);
}

#[tokio::test]
async fn lists_leave_long_payloads_out_and_cut_long_prompts() {
    let history = History::new();
    let limit = 64 << 10;
    let mut fits = event(1);
    fits.event.payload = "p".repeat(limit);
    let mut long = event(2);
    // Counted in bytes: one character fewer than the one that fits.
    long.event.payload = "ü".repeat(limit - 1);
    long.event.prompt = Some("ü".repeat(limit + 1));
    history.writer.record_event_committed(fits.clone()).await.unwrap();
    history.writer.record_event_committed(long.clone()).await.unwrap();

    let mut listed = long.clone();
    listed.event.payload = String::new();
    listed.event.prompt = Some("ü".repeat(limit));
    assert!(page(&history, &EventQuery::default()).rows == [listed.clone(), fits.clone()]);
    assert!(history.reader.events_since(&mut Mark::default(), 10).unwrap() == [fits, listed]);
    assert!(history.reader.event(&long.id).unwrap() == Some(long));
}

#[tokio::test]
async fn filters_hold_together() {
    let history = History::new();
    for row in [event(1), event(2), full(3)] {
        history.writer.record_event_committed(row).await.unwrap();
    }
    let check = |query: EventQuery, expected: &[&str]| assert_eq!(ids(&page(&history, &query).rows), expected);
    let all = EventQuery::default;
    let text = |text: &str| EventQuery { text: text.to_owned(), ..all() };
    let session = |id: &str| Some(SessionId::new(id));
    check(EventQuery { agent: Some(Agent::Codex), ..all() }, &["full", "e2", "e1"]);
    check(EventQuery { event: Some(HookEvent::UserPromptSubmit), ..all() }, &["e2", "e1"]);
    check(EventQuery { event: Some(HookEvent::Other("Newer".to_owned())), ..all() }, &["full"]);
    check(EventQuery { session: session("session"), ..all() }, &["e2", "e1"]);
    check(EventQuery { session: session("other"), event: Some(HookEvent::UserPromptSubmit), ..all() }, &[]);
    check(text("BUILD it"), &["e2", "e1"]);
    check(text("bash ENGINE make 100%"), &["full"]);
    check(text("newer"), &["full"]);
    check(text("build make"), &[]);
    check(text("'; DROP TABLE events; --"), &[]);
    check(EventQuery { text: "ada".to_owned(), session: session("session"), ..all() }, &["e2", "e1"]);
}

#[tokio::test]
async fn pages_meet_without_gap_or_repeat_also_at_equal_times() {
    for session in [None, Some(SessionId::new("session"))] {
        let history = History::new();
        let named = |number: i64, at| row::Event { id: EventId::new(format!("n{number:02}")), ..event(at) };
        for number in 0..50 {
            history.writer.record_event(named(number, number / 20)).unwrap();
        }
        history.settle().await;
        let mut query = EventQuery { limit: 7, session, ..EventQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = page(&history, &query);
            seen.extend(page.rows.iter().map(|row| row.id.to_string()));
            let Some(next) = page.next else { break };
            query.before = Some(next.to_string().parse().unwrap());
            // A newer row must not move the pages.
            history.writer.record_event_committed(named(100 + seen.len() as i64, 1_000)).await.unwrap();
        }
        assert_eq!(seen, (0..50).rev().map(|number| format!("n{number:02}")).collect::<Vec<_>>());
    }
}

#[test]
fn a_cursor_is_text_and_back() {
    for text in ["0:1", "-5:7"] {
        assert_eq!(text.parse::<EventCursor>().unwrap().to_string(), text);
    }
    for text in ["", "5", "5:", ":1", "5:x"] {
        assert!(matches!(text.parse::<EventCursor>(), Err(Error::Cursor(_))), "{text:?}");
    }
}

#[tokio::test]
async fn following_sees_each_event_once_in_the_order_of_commits() {
    let history = History::new();
    history.writer.record_event_committed(event(1_000)).await.unwrap();
    let mut mark = history.reader.mark().unwrap();
    assert_eq!(history.reader.events_since(&mut mark, 10).unwrap(), []);

    // Kept while the application was closed: older than what is known, and in no order.
    for at in [500, 900, 700, 1_001] {
        history.writer.record_event_committed(event(at)).await.unwrap();
    }
    history.writer.record_event_committed(event(500)).await.unwrap();
    let mut follow = |limit| history.reader.events_since(&mut mark, limit).unwrap();
    assert_eq!(ids(&follow(3)), ["e500", "e900", "e700"]);
    assert_eq!(ids(&follow(3)), ["e1001"]);
    assert_eq!(ids(&follow(3)), [""; 0]);
    let newest_first = page(&history, &EventQuery::default());
    assert_eq!(ids(&newest_first.rows), ["e1001", "e1000", "e900", "e700", "e500"]);
    let from_the_beginning = history.reader.events_since(&mut Mark::default(), 2).unwrap();
    assert_eq!(ids(&from_the_beginning), ["e1000", "e500"]);
}

#[tokio::test]
async fn deleting_the_newest_rows_hides_nothing_from_a_follower() {
    let history = History::new();
    history.writer.record_event_committed(event(1)).await.unwrap();
    history.writer.record_decision(decision("a", Answer::nobody(Why::Expired))).await.unwrap();
    let mut mark = history.reader.mark().unwrap();
    history.prune(100_000).await;
    history.writer.record_event_committed(event(2)).await.unwrap();
    history.writer.record_decision(decision("b", Answer::nobody(Why::Expired))).await.unwrap();
    assert_eq!(ids(&history.reader.events_since(&mut mark, 10).unwrap()), ["e2"]);
    assert_eq!(history.reader.decisions_since(&mut mark, 10).unwrap().len(), 1);
}

#[tokio::test]
async fn decisions_are_followed_and_open_requests_listed() {
    let history = History::new();
    for (id, at) in [("late", 9), ("a", 1), ("b", 2)] {
        history.writer.record_request(request(id, at)).unwrap();
    }
    history.settle().await;
    let mut mark = history.reader.mark().unwrap();
    let open = |history: &History| history.reader.open_requests().unwrap();
    assert_eq!(open(&history).iter().map(|past| past.id.as_str()).collect::<Vec<_>>(), ["a", "b", "late"]);

    let (first, second) =
        (decision("b", Answer::person(Decision::Allow)), decision("a", Answer::nobody(Why::Unattended)));
    history.writer.record_decision(first.clone()).await.unwrap();
    history.writer.record_decision(second.clone()).await.unwrap();
    assert_eq!(history.reader.decisions_since(&mut mark, 1).unwrap(), [first]);
    assert_eq!(history.reader.decisions_since(&mut mark, 9).unwrap(), std::slice::from_ref(&second));
    assert_eq!(history.reader.decisions_since(&mut mark, 9).unwrap(), []);
    assert_eq!(open(&history).iter().map(|past| past.id.as_str()).collect::<Vec<_>>(), ["late"]);

    let one = history.reader.request(&RequestId::new("a")).unwrap().unwrap();
    assert_eq!((one.summary.as_str(), one.decision), ("make a", Some(second)));
    assert_eq!(history.reader.request(&RequestId::new("z")).unwrap(), None);
}

#[tokio::test]
async fn the_last_event_and_the_sessions_seen() {
    let history = History::new();
    assert_eq!(history.reader.last_event(Agent::Codex).unwrap(), None);
    for row in [event(7), full(9), event(3)] {
        history.writer.record_event_committed(row).await.unwrap();
    }
    assert_eq!(history.reader.last_event(Agent::Codex).unwrap(), Some(Timestamp(9)));
    let sessions = ["other", "unseen", "session", "", "SESSION"].map(SessionId::new);
    let seen = history.reader.sessions_with_events(Agent::Codex, &sessions).unwrap();
    assert_eq!(seen, ["other", "session"].map(SessionId::new));
}

#[tokio::test]
async fn tools_that_were_used_lately() {
    let history = History::new();
    let used = [(1, "old"), (5, "Bash"), (6, "mcp__memory__search"), (7, "Bash"), (8, "Bash")];
    for (at, tool) in used {
        let mut row = event(at);
        (row.event.event, row.event.tool) = (HookEvent::PreToolUse, Some(tool.to_owned()));
        history.writer.record_event_committed(row).await.unwrap();
    }
    let mut asked = event(9);
    (asked.event.event, asked.event.tool) = (HookEvent::PermissionRequest, Some("apply_patch".to_owned()));
    history.writer.record_event_committed(asked).await.unwrap();
    let tools = |since, each| {
        let tools = history.reader.tools(Agent::Codex, Timestamp(since), each).unwrap();
        tools.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tools(2, 9), "Bash apply_patch mcp__memory__search");
    assert_eq!(tools(0, 9), "Bash apply_patch mcp__memory__search old");
    assert_eq!(tools(0, 2), "Bash apply_patch");
    assert_eq!(tools(10, 9), "");
}
