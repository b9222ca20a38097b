//! Rows that differ by a number.

use std::time::Duration;

use history::row::{Applied, Decision, Event, Output, Request, Run, RunFrom};
use model::{
    Agent, Answer, EventId, HandlerKind, HookEvent, HookKey, HookRun, Mode, Reported, RequestId, RunId, RunStatus,
    SessionId, Source, SourceKind, Timestamp,
};

pub(crate) fn event(number: u64) -> Event {
    Event {
        id: EventId::new(format!("e{number}")),
        at: Timestamp(number as i64),
        reported: Reported::Live,
        request: None,
        event: model::Event::bare(
            Agent::Codex,
            HookEvent::Stop,
            format!("{{\"x\":\"{}\"}}", "y".repeat(number as usize % 9_000)),
        ),
    }
}

pub(crate) fn request(number: u64) -> Request {
    Request {
        id: RequestId::new(format!("q{number}")),
        at: Timestamp(number as i64),
        agent: Agent::Codex,
        session: SessionId::new("s"),
        turn: None,
        project: None,
        runs_in: "/".into(),
        tool: "Bash".to_owned(),
        summary: "make".to_owned(),
        shown: "{}".to_owned(),
        digest: "d".to_owned(),
    }
}

pub(crate) fn decision(number: u64) -> Decision {
    Decision {
        request: RequestId::new(format!("q{number}")),
        at: Timestamp(number as i64),
        answer: Answer::person(model::Decision::Allow),
        rule: None,
        offered: None,
        waited: Duration::ZERO,
    }
}

pub(crate) fn run(number: u64) -> Run {
    let key = HookKey::new("hooks.json:stop:0:0");
    // Later than anything that is deleted.
    let started = Timestamp((1 << 40) + number as i64);
    let text = format!("run {number} {}", "wrote something long ".repeat(number as usize % 700));
    Run {
        id: RunId::new(number.to_string()),
        from: RunFrom::Recorded,
        reported: Reported::Live,
        event: None,
        agent: Agent::Codex,
        session: None,
        turn: None,
        tool: None,
        tool_use: None,
        project: None,
        cwd: None,
        command: "true".to_owned(),
        hook: Some(key.clone()),
        hash: None,
        took: None,
        exit_code: Some(0),
        signal: None,
        input: Output::default(),
        stdout: Output { bytes: text.len() as u64, text },
        stderr: Output::default(),
        applied: Applied::Nothing,
        masked: 0,
        told: None,
        run: HookRun {
            id: RunId::new("stop:0:hooks.json"),
            hook: key,
            event: HookEvent::Stop,
            kind: HandlerKind::Command,
            mode: Mode::Sync,
            source: Source { kind: SourceKind::User, path: "hooks.json".into(), plugin: None },
            display_order: 0,
            status_message: None,
            started,
            status: RunStatus::Completed,
            completed: None,
            duration_ms: None,
            entries: Vec::new(),
        },
    }
}
