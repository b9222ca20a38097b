//! A connection to servers that behave as no Codex should.

use futures_util::SinkExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;

use super::*;
use crate::fake::{LONG, Pair, Peer};
use crate::socket::MESSAGE_LIMIT;
use crate::{About, HookEntry, RequestId, RunStatus, ThreadStatus};

/// For what is expected not to come.
const SHORT: Duration = Duration::from_millis(200);

/// Takes what Codex 0.169 takes.
fn schema() -> Schema {
    let decision = json!({ "enum": ["accept", "acceptForSession", "decline", "cancel"] });
    let answer = json!({ "type": "object", "required": ["decision"], "properties": { "decision": decision } });
    Schema {
        version: Version::last_word("codex-cli 0.169.0").unwrap(),
        answers: vec![("item/commandExecution/requestApproval", answer)],
    }
}

fn command(id: Value, decisions: Value) -> Value {
    json!({ "id": id, "method": "item/commandExecution/requestApproval", "params": {
        "threadId": "t", "turnId": "u", "itemId": "call_1", "startedAtMs": 1, "command": "touch made.txt", "cwd": "/repo",
        "availableDecisions": decisions,
    } })
}

async fn next(events: &mut Events) -> Event {
    timeout(LONG, events.next()).await.unwrap().unwrap()
}

async fn asked(peer: &mut Peer, events: &mut Events, request: Value) -> Question {
    peer.say(request).await;
    match next(events).await {
        Event::Asked(question) => question,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_server_is_known_by_its_own_word() {
    let Pair { us, .. } = Pair::new().await;
    let server = us.server();
    assert_eq!(server.version.as_ref().unwrap().to_string(), "0.169.0");
    assert_eq!(server.home.as_deref(), Some(Path::new("/home/user/.codex")));
}

#[tokio::test]
async fn where_none_listens_it_is_said_so() {
    let home = tempfile::tempdir().unwrap();
    let error = Attachment::open(home.path()).await.unwrap_err();
    assert!(matches!(error, Error::NoServer(_)), "{error}");
    drop(crate::fake::Fake::listen(home.path()));
    let error = Attachment::open(home.path()).await.unwrap_err();
    assert!(matches!(error, Error::NoServer(_)), "{error}");
}

#[tokio::test]
async fn a_run_is_told_as_the_server_tells_it() {
    let Pair { mut peer, mut events, home: _home, us: _us } = Pair::new().await;
    let run = json!({
        "id": "permission-request:1:/h/hooks.json:call_2", "eventName": "permissionRequest", "handlerType": "command",
        "executionMode": "sync", "scope": "turn", "sourcePath": "/h/hooks.json", "source": "user", "displayOrder": 1,
        "status": "blocked", "statusMessage": null, "startedAt": 1795227085, "completedAt": 1795227085, "durationMs": 3,
        "entries": [{ "kind": "feedback", "text": "not on my watch" }], "novelty": [1],
    });
    let news = |run: &Value| json!({ "method": "hook/completed", "params": { "threadId": "t", "turnId": null, "run": run }, "emittedAtMs": 7 });
    peer.say(news(&run)).await;
    let Event::HookCompleted(told) = next(&mut events).await else { panic!("a run") };
    assert_eq!((told.thread.0.as_str(), &told.turn, told.emitted_at_ms), ("t", &None, Some(7)));
    assert_eq!(told.run.status, RunStatus::Blocked);
    assert_eq!(told.run.entries, [HookEntry { kind: "feedback".to_owned(), text: "not on my watch".to_owned() }]);
    assert_eq!((told.run.started_at, told.run.duration_ms), (1795227085, Some(3)));

    let mut newer = run.clone();
    newer["status"] = json!("postponed");
    peer.say(news(&newer)).await;
    let Event::HookCompleted(told) = next(&mut events).await else { panic!("a run") };
    assert_eq!(told.run.status, RunStatus::Other("postponed".to_owned()));

    newer["displayOrder"] = json!("first");
    let message = news(&newer);
    peer.say(message.clone()).await;
    let expected = Event::Other { method: "hook/completed".to_owned(), params: message["params"].clone() };
    assert_eq!(next(&mut events).await, expected);
}

#[tokio::test]
async fn threads_turns_and_items_are_told_apart() {
    let Pair { mut peer, mut events, home: _home, us: _us } = Pair::new().await;
    let cases = [
        (
            json!({ "method": "thread/started", "params": { "thread": { "id": "t", "parentThreadId": "p", "turns": [] } } }),
            "ThreadStarted",
        ),
        (json!({ "method": "thread/closed", "params": { "threadId": "t" } }), "ThreadClosed"),
        (
            json!({ "method": "turn/started", "params": { "threadId": "t", "turn": { "id": "u", "status": "later" } } }),
            "TurnStarted",
        ),
        (json!({ "method": "turn/completed", "params": { "threadId": "t", "turn": { "id": "u" } } }), "Other"),
        (
            json!({ "method": "item/started", "params": { "threadId": "t", "item": { "id": "i", "type": "novel" } } }),
            "ItemStarted",
        ),
        (json!({ "method": "serverRequest/resolved", "params": { "threadId": "t", "requestId": "r" } }), "Resolved"),
        (json!({ "method": "serverRequest/resolved", "params": { "threadId": "t", "requestId": [] } }), "Other"),
        (json!({ "method": "new/method" }), "Other"),
        (json!({ "id": {}, "result": 1 }), "Unreadable"),
        (json!([1]), "Unreadable"),
    ];
    for (message, expected) in cases {
        peer.say(message.clone()).await;
        let told = format!("{:?}", next(&mut events).await);
        assert!(told.starts_with(expected), "{message}: {told}");
    }
    let status =
        |status: Value| json!({ "method": "thread/status/changed", "params": { "threadId": "t", "status": status } });
    let cases = [
        (
            json!({ "type": "active", "activeFlags": ["waitingOnApproval", 3] }),
            ThreadStatus::Active(vec!["waitingOnApproval".to_owned()]),
        ),
        (json!({ "type": "idle" }), ThreadStatus::Idle),
        (json!({ "type": "asleep" }), ThreadStatus::Other(json!({ "type": "asleep" }))),
        (json!(null), ThreadStatus::Other(Value::Null)),
    ];
    for (told, expected) in cases {
        peer.say(status(told)).await;
        assert_eq!(next(&mut events).await, Event::ThreadStatus { thread: ThreadId("t".to_owned()), status: expected });
    }
}

#[tokio::test]
async fn a_question_is_answered_once_and_with_its_own_choice() {
    let Pair { mut peer, mut events, us, home: _home } = Pair::new().await;
    let question = asked(&mut peer, &mut events, command(json!(7), json!(["accept", "cancel"]))).await;
    assert_eq!(question.id, Some(RequestId::Number(7.into())));
    let About::Command { command: told, .. } = &question.about else { panic!("a command") };
    assert_eq!(told.as_deref(), Some("touch made.txt"));
    let offered: Vec<_> = question.choices.iter().map(|choice| choice.decision.clone()).collect();
    assert_eq!(offered, [Decision::Accept, Decision::Cancel]);
    peer.silent().await;

    let error = us.answer(&question, &Decision::Decline, &schema()).await.unwrap_err();
    assert!(matches!(error, Error::NotOffered(_)), "{error}");
    peer.silent().await;
    us.answer(&question, &Decision::Accept, &schema()).await.unwrap();
    assert_eq!(peer.heard().await, json!({ "id": 7, "result": { "decision": "accept" } }));
    for decision in [Decision::Accept, Decision::Cancel] {
        let error = us.answer(&question, &decision, &schema()).await.unwrap_err();
        assert!(matches!(error, Error::NotOpen), "{error}");
    }
    peer.silent().await;
}

#[tokio::test]
async fn what_is_settled_elsewhere_or_was_never_asked_here_is_not_answered() {
    let Pair { mut peer, mut events, us, home: _home } = Pair::new().await;
    let question = asked(&mut peer, &mut events, command(json!("seven"), json!(["accept"]))).await;
    peer.say(json!({ "method": "serverRequest/resolved", "params": { "threadId": "t", "requestId": "seven" } })).await;
    let resolved = Event::Resolved { thread: ThreadId("t".to_owned()), id: RequestId::Text("seven".to_owned()) };
    assert_eq!(next(&mut events).await, resolved);
    assert!(matches!(us.answer(&question, &Decision::Accept, &schema()).await, Err(Error::NotOpen)));

    let mut other = command(json!("seven"), json!(["accept"]));
    other["params"]["command"] = json!("rm -rf /");
    asked(&mut peer, &mut events, other).await;
    let answered = us.answer(&question, &Decision::Accept, &schema()).await;
    assert!(matches!(answered, Err(Error::NotOpen)), "the same id, but not what was shown");

    let elsewhere = Pair::new().await;
    assert!(matches!(elsewhere.us.answer(&question, &Decision::Accept, &schema()).await, Err(Error::NotOpen)));
    peer.silent().await;
}

#[tokio::test]
async fn what_the_schema_does_not_take_is_not_sent() {
    let Pair { mut peer, mut events, us, home: _home } = Pair::new().await;
    let amendment = json!({ "acceptWithExecpolicyAmendment": { "execpolicy_amendment": ["touch"] } });
    let question = asked(&mut peer, &mut events, command(json!(1), json!([amendment, "sometimes", "accept"]))).await;
    let [first, second, accept] = question.choices.as_slice() else { panic!("{question:?}") };
    let words = Decision::AcceptWithExecpolicyAmendment(vec!["touch".to_owned()]);
    assert_eq!((&first.decision, &second.decision), (&words, &Decision::Other(json!("sometimes"))));
    let error = us.answer(&question, &words, &schema()).await.unwrap_err();
    assert!(matches!(error, Error::NotInSchema { .. }), "{error}");
    let error = us.answer(&question, &second.decision, &schema()).await.unwrap_err();
    assert!(matches!(error, Error::NotOffered(_)), "{error}");
    let later = Schema { version: Version::last_word("0.170.0").unwrap(), ..schema() };
    let error = us.answer(&question, &accept.decision, &later).await.unwrap_err();
    assert!(matches!(error, Error::OtherVersion { .. }), "{error}");
    let none = Schema { answers: Vec::new(), ..schema() };
    let error = us.answer(&question, &accept.decision, &none).await.unwrap_err();
    assert!(matches!(error, Error::NoSchema(_)), "{error}");
    peer.silent().await;
}

#[tokio::test]
async fn calls_and_news_do_not_disturb_each_other() {
    let Pair { mut peer, mut events, us, home: _home } = Pair::new().await;
    let (answered, ()) = tokio::join!(us.loaded(), async {
        let first = peer.heard().await;
        peer.say(json!({ "method": "new/method" })).await;
        peer.say(json!({ "id": 999, "result": {} })).await;
        peer.say(command(first["id"].clone(), json!(["accept"]))).await;
        peer.say(json!({ "id": first["id"], "result": { "data": ["a"], "nextCursor": "more" } })).await;
        let params = peer.replies("thread/loaded/list", json!({ "data": ["b"], "nextCursor": null })).await;
        assert_eq!(params["cursor"], "more");
    });
    assert_eq!(answered.unwrap(), [ThreadId("a".to_owned()), ThreadId("b".to_owned())]);
    assert!(matches!(next(&mut events).await, Event::Other { .. }));
    assert!(matches!(next(&mut events).await, Event::Asked(_)));

    let thread = ThreadId("t".to_owned());
    let (refused, ()) = tokio::join!(us.follow(&thread), async {
        let call = peer.heard().await;
        peer.say(json!({ "id": call["id"], "error": { "code": -32600, "message": "no such thread" } })).await;
    });
    assert!(matches!(refused, Err(Error::Refused { code: -32600, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_connection_that_ends_says_so_to_everybody() {
    let Pair { mut peer, mut events, us, home: _home } = Pair::new().await;
    let question = asked(&mut peer, &mut events, command(json!(7), json!(["accept"]))).await;
    let (lost, ()) = tokio::join!(us.loaded(), async {
        peer.heard().await;
        drop(peer);
    });
    assert!(matches!(lost, Err(Error::Ended(_))), "{lost:?}");
    assert_eq!(next(&mut events).await, Event::Lost(Loss::Ended));
    assert_eq!(timeout(LONG, events.next()).await.unwrap(), None);
    assert!(matches!(us.loaded().await, Err(Error::Ended(_))));
    assert!(us.answer(&question, &Decision::Accept, &schema()).await.is_err());
}

#[tokio::test]
async fn no_wait_is_endless() {
    let home = tempfile::tempdir().unwrap();
    let silent = crate::fake::Fake::listen(home.path());
    let opened = Attachment::open_within(home.path(), SHORT).await;
    assert!(matches!(opened, Err(Error::TimedOut(_))), "{opened:?}");
    drop(silent);

    let Pair { peer: mut deaf, mut events, mut us, home: _home } = Pair::new().await;
    us.limit = SHORT;
    let question = asked(&mut deaf, &mut events, command(json!(1), json!(["accept"]))).await;
    let late = us.loaded().await;
    assert!(matches!(late, Err(Error::TimedOut(_))), "{late:?}");
    assert_eq!(deaf.heard().await["method"], "thread/loaded/list");
    let too_long = us.call("x", json!("x".repeat(4 * 1024 * 1024))).await;
    assert!(matches!(too_long, Err(Error::TimedOut(_))), "{too_long:?}");
    let stuck = us.answer(&question, &Decision::Accept, &schema()).await;
    assert!(matches!(stuck, Err(Error::TimedOut(_))), "{stuck:?}");
}

#[tokio::test]
async fn a_message_without_end_ends_the_connection() {
    let Pair { mut peer, mut events, home: _home, us: _us } = Pair::new().await;
    let long = json!({ "method": "x", "params": "x".repeat(MESSAGE_LIMIT - 30) });
    peer.say(long).await;
    assert!(matches!(next(&mut events).await, Event::Other { .. }), "one that is just short enough is read");
    let saying = tokio::spawn(async move {
        // The client does not take all of it.
        let _ = timeout(LONG, peer.0.send(Frame::text("x".repeat(MESSAGE_LIMIT + 1)))).await;
    });
    assert_eq!(next(&mut events).await, Event::Lost(Loss::TooLong));
    saying.await.unwrap();
}

#[tokio::test]
async fn dropping_either_half_ends_the_connection() {
    let Pair { peer, events, us, home: _home } = Pair::new().await;
    drop(events);
    peer.leaves().await;
    assert!(matches!(us.loaded().await, Err(Error::Ended(_))));
    let Pair { peer, mut events, us, home: _home } = Pair::new().await;
    drop(us);
    peer.leaves().await;
    assert_eq!(next(&mut events).await, Event::Lost(Loss::Ended));
}

/// Ten times as many as may wait: the server has to wait, and nothing is lost or out of order.
#[tokio::test]
async fn a_flood_waits_outside() {
    const COUNT: usize = 10_000;
    let Pair { mut peer, mut events, home: _home, us: _us } = Pair::new().await;
    let floods = tokio::spawn(async move {
        for number in 0..COUNT {
            peer.say(json!({ "method": "flood", "params": { "number": number, "text": "x".repeat(1000) } })).await;
        }
        peer
    });
    timeout(LONG, async {
        while events.0.len() < stream::WAITING {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .unwrap();
    assert!(!floods.is_finished(), "all of it was taken in");
    for number in 0..COUNT {
        let Event::Other { params, .. } = next(&mut events).await else { panic!("news") };
        assert_eq!(params["number"], number);
    }
    floods.await.unwrap().silent().await;
}

/// Anything that JSON can be.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop_oneof![Just("decision".to_owned()), Just("threadId".to_owned()), ".{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn method() -> impl Strategy<Value = String> {
    let known = [
        "item/commandExecution/requestApproval",
        "item/fileChange/requestApproval",
        "item/permissions/requestApproval",
        "item/tool/requestUserInput",
        "item/tool/call",
        "mcpServer/elicitation/request",
        "account/chatgptAuthTokens/refresh",
        "attestation/generate",
        "applyPatchApproval",
        "execCommandApproval",
        "hook/started",
        "thread/started",
        "serverRequest/resolved",
        "initialize",
        "ping",
    ];
    prop_oneof![prop::sample::select(known.to_vec()).prop_map(str::to_owned), ".{0,20}"]
}

/// What a newer, broken or hostile server may send.
fn message() -> impl Strategy<Value = Frame> {
    let params = prop_oneof![
        anything(),
        (anything(), anything()).prop_map(|(decisions, other)| json!({
            "threadId": "t", "turnId": "u", "itemId": "i", "availableDecisions": decisions, "permissions": other,
            "run": other, "item": other, "turn": other, "thread": other, "requestId": other,
        })),
    ];
    let fields = (prop::option::of(anything()), prop::option::of(method()), prop::option::of(params), anything());
    let object = fields.prop_map(|(id, method, params, extra)| {
        let named = [("id", id), ("method", method.map(Value::from)), ("params", params), ("extra", Some(extra))];
        let fields = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(fields.collect()).to_string()
    });
    let object = object.boxed();
    let broken = (object.clone(), 0_usize..200).prop_map(|(text, at)| text.chars().take(at).collect::<String>());
    prop_oneof![
        6 => object.prop_map(Frame::text),
        1 => broken.prop_map(Frame::text),
        1 => ".{0,40}".prop_map(Frame::text),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Frame::binary),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a server asks, nothing goes back; and nothing of it ends the connection.
    #[test]
    fn no_message_of_the_server_leads_to_one_of_ours(messages in prop::collection::vec(message(), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let Pair { mut peer, mut events, us, home: _home } = Pair::new().await;
            for message in messages {
                peer.send(message).await;
            }
            peer.silent().await;
            // Nor later: the next that the server hears is our next call.
            let (loaded, _) = tokio::join!(us.loaded(), peer.replies("thread/loaded/list", json!({ "data": [] })));
            assert_eq!(loaded.unwrap(), Vec::new());
            peer.say(json!({ "method": "the end" })).await;
            while !matches!(next(&mut events).await, Event::Other { method, .. } if method == "the end") {}
        });
    }
}
