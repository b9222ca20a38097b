//! Runs of hooks.

use std::time::Duration;

use history::row;
use history::row::{Applied, Output, RunFrom};
use model::{
    Agent, Entry, EntryKind, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, Reported, RunId, RunStatus,
    SessionId, Source, SourceKind, Timestamp, TurnId,
};

use crate::support::{History, event};

/// A run for the event of this time, as everything it can be.
pub(crate) fn run(at: i64, place: u32) -> row::Run {
    let path = "/home/ada/.config/hookwright/hooks.json";
    let entry = |kind, text: &str| Entry { kind, text: text.to_owned() };
    let hook = HookKey::new(format!("{path}:stop:{place}:0"));
    row::Run {
        id: RunId::new(format!("r{at}.{place}")),
        from: RunFrom::Recorded,
        reported: Reported::WhileClosed,
        event: Some(event(at).id),
        agent: Agent::Codex,
        session: Some(SessionId::new("session")),
        turn: Some(TurnId::new("turn")),
        tool: Some("Bash".to_owned()),
        tool_use: Some("call_1".to_owned()),
        project: Some("/home/ada/engine".into()),
        cwd: Some("/home/ada/engine/src".into()),
        command: "python3 guard.py".to_owned(),
        hook: Some(hook.clone()),
        hash: Some("sha256:1".to_owned()),
        run: HookRun {
            id: RunId::new(format!("stop:{place}:{path}")),
            hook,
            event: HookEvent::Stop,
            kind: HandlerKind::Command,
            mode: Mode::Async,
            source: Source { kind: SourceKind::Plugin, path: path.into(), plugin: Some("guard@market".to_owned()) },
            display_order: place,
            status_message: Some("looking".to_owned()),
            started: Timestamp(at + 1),
            status: RunStatus::Blocked,
            completed: Some(Timestamp(at + 9)),
            duration_ms: Some(8),
            entries: vec![entry(EntryKind::Warning, "w"), entry(EntryKind::Feedback, "go \"on\"")],
        },
        took: Some(Duration::from_micros(8_250)),
        exit_code: Some(2),
        signal: Some(9),
        input: Output { text: "{}".to_owned(), bytes: 2 },
        stdout: Output { text: "out".to_owned(), bytes: 3 },
        stderr: Output { text: "begin".to_owned(), bytes: 1 << 40 },
        applied: Applied::HeldBack,
        masked: 0,
        told: None,
    }
}

/// A run of which little is known.
fn bare(at: i64) -> row::Run {
    let run = run(at, 0);
    let (text, output) = (None, Output::default);
    row::Run {
        from: RunFrom::Told,
        event: None,
        session: None,
        turn: None,
        tool: text.clone(),
        tool_use: text.clone(),
        project: None,
        cwd: None,
        command: String::new(),
        hook: None,
        hash: text.clone(),
        took: None,
        exit_code: None,
        signal: None,
        input: output(),
        stdout: output(),
        stderr: output(),
        applied: Applied::Nothing,
        run: HookRun {
            hook: HookKey::new(""),
            status_message: text,
            completed: None,
            duration_ms: None,
            entries: vec![],
            ..run.run
        },
        ..run
    }
}

#[tokio::test]
async fn a_run_is_read_back_as_it_was_recorded() {
    let history = History::new();
    let all = [run(1, 1), run(1, 0), run(2, 0), bare(3)];
    history.writer.record_runs(all.to_vec()).await.unwrap();
    // The second of one id changes nothing.
    history.writer.record_runs(vec![row::Run { command: "other".to_owned(), ..run(1, 0) }]).await.unwrap();
    history.writer.record_runs(vec![]).await.unwrap();
    assert_eq!(history.reader.runs(&event(1).id).unwrap(), [run(1, 0), run(1, 1)]);
    assert_eq!(history.reader.runs(&EventId::new("other")).unwrap(), []);
    for row in all {
        assert_eq!(history.reader.run(&row.id).unwrap(), Some(row));
    }
    assert_eq!(history.reader.run(&RunId::new("other")).unwrap(), None);
}

#[tokio::test]
async fn what_a_run_does_not_tell_its_event_does() {
    let history = History::new();
    let mut of = event(1);
    (of.event.turn, of.event.tool) = (Some(TurnId::new("t")), Some("Bash".to_owned()));
    history.writer.record_event(of.clone()).unwrap();
    let untold = row::Run { event: Some(of.id.clone()), ..bare(1) };
    let told = row::Run { id: RunId::new("told"), session: Some(SessionId::new("own")), ..untold.clone() };
    history.writer.record_runs(vec![untold.clone(), told.clone()]).await.unwrap();
    let filled = |row: row::Run| row::Run {
        turn: of.event.turn.clone(),
        tool: of.event.tool.clone(),
        cwd: of.event.cwd.clone(),
        ..row
    };
    let expected = [filled(row::Run { session: of.event.session.clone(), ..untold }), filled(told)];
    assert_eq!(history.reader.runs(&of.id).unwrap(), expected);
}

#[tokio::test]
async fn the_runs_of_a_turn_come_in_the_order_of_its_events() {
    let history = History::new();
    for (at, turn) in [(3, "t"), (1, "t"), (2, "other")] {
        let mut row = event(at);
        row.event.turn = Some(TurnId::new(turn));
        history.writer.record_event(row).unwrap();
        let of = |place| row::Run { turn: Some(TurnId::new(turn)), ..run(at, place) };
        history.writer.record_runs(vec![of(1), of(0)]).await.unwrap();
    }
    history.writer.record_event_committed(event(9)).await.unwrap();
    let runs = history.reader.runs_of_turn(&SessionId::new("session"), &TurnId::new("t")).unwrap();
    let ids: Vec<_> = runs.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["r1.0", "r1.1", "r3.0", "r3.1"]);
    let session = |turn| history.reader.session_of_turn(&TurnId::new(turn)).unwrap();
    assert_eq!((session("t"), session("none")), (Some(SessionId::new("session")), None));
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

#[test]
fn a_run_is_a_line_of_a_table() {
    let expected = "r1.0,recorded,closed,2,codex,Stop,session,turn,Bash,/home/ada/engine,\
        /home/ada/.config/hookwright/hooks.json:stop:0:0,python3 guard.py,blocked,2,9,8250,2,3,1099511627776,0,\
        \"warning: w\nfeedback: go \"\"on\"\"\"\r\n";
    assert_eq!(history::csv::run(&run(1, 0)), expected);
}
