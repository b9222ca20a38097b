//! Runs of hosted hooks.

use history::row;
use history::row::{Applied, Output};
use model::{
    Entry, EntryKind, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, RunId, RunStatus, SessionId, Source,
    SourceKind, Timestamp, TurnId,
};

use crate::support::{History, event};

/// A run for the event of this time, as everything it can be.
fn run(at: i64, place: u32) -> row::Run {
    let path = "/home/ada/.config/hookwright/hooks.json";
    let entry = |kind, text: &str| Entry { kind, text: text.to_owned() };
    row::Run {
        event: event(at).id,
        run: HookRun {
            id: RunId::new(format!("stop:{place}:{path}")),
            hook: HookKey::new(format!("{path}:stop:{place}:0")),
            event: HookEvent::Stop,
            kind: HandlerKind::Command,
            mode: Mode::Async,
            source: Source { kind: SourceKind::Hosted, path: path.into(), plugin: None },
            display_order: place,
            status_message: Some("looking".to_owned()),
            started: Timestamp(at + 1),
            status: RunStatus::Blocked,
            completed: Some(Timestamp(at + 9)),
            duration_ms: Some(8),
            entries: vec![entry(EntryKind::Warning, "w"), entry(EntryKind::Feedback, "go \"on\"")],
        },
        hash: Some("sha256:1".to_owned()),
        exit_code: Some(2),
        stdout: Output { text: "out".to_owned(), bytes: 3 },
        stderr: Output { text: "begin".to_owned(), bytes: 1 << 40 },
        applied: Applied::HeldBack,
    }
}

#[tokio::test]
async fn a_run_is_read_back_as_it_was_recorded() {
    let history = History::new();
    let mut bare = run(1, 0);
    bare.run = HookRun { status_message: None, completed: None, duration_ms: None, entries: vec![], ..bare.run };
    (bare.exit_code, bare.hash, bare.applied) = (None, None, Applied::Nothing);
    history.writer.record_runs(vec![run(1, 1), bare.clone(), run(2, 0)]).await.unwrap();
    // The second of one event and place changes nothing.
    history.writer.record_runs(vec![run(1, 0)]).await.unwrap();
    history.writer.record_runs(vec![]).await.unwrap();
    assert_eq!(history.reader.runs(&event(1).id).unwrap(), [bare, run(1, 1)]);
    assert_eq!(history.reader.runs(&EventId::new("other")).unwrap(), []);
}

#[tokio::test]
async fn the_runs_of_a_turn_come_in_the_order_of_its_events() {
    let history = History::new();
    for (at, turn) in [(3, "t"), (1, "t"), (2, "other")] {
        let mut row = event(at);
        row.event.turn = Some(TurnId::new(turn));
        history.writer.record_event(row).unwrap();
        history.writer.record_runs(vec![run(at, 1), run(at, 0)]).await.unwrap();
    }
    history.writer.record_event_committed(event(9)).await.unwrap();
    let runs = history.reader.runs_of_turn(&SessionId::new("session"), &TurnId::new("t")).unwrap();
    assert_eq!(runs, [run(1, 0), run(1, 1), run(3, 0), run(3, 1)]);
}

#[tokio::test]
async fn old_runs_go_with_their_events() {
    let history = History::new();
    for at in 0..200 {
        history.writer.record_event(event(at)).unwrap();
        history.writer.record_runs(vec![run(at, 0)]).await.unwrap();
    }
    history.writer.record_event_committed(event(1_000)).await.unwrap();
    history.prune(150).await;
    let left: Vec<_> = (0..200).filter(|at| !history.reader.runs(&event(*at).id).unwrap().is_empty()).collect();
    // A run began a moment after its event.
    assert_eq!(left, (149..200).collect::<Vec<_>>());
}
