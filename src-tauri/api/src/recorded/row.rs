//! A journal as the history has it.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use engine::{Captured, End, Finished, Payload};
use history::row::{self, Applied, Output, RunFrom};
use model::{
    Agent, Event, Handler, Hook, HookEvent, HookKey, HookRun, Mode, Reported, RunId, Source, SourceKind, Timestamp,
    Trust,
};
use protocol::journal::{How, Run, State, Stream};

use crate::asking;
use crate::memory::Memory;

/// What a hook was told that nobody understands, as when a person runs its line by hand.
const NO_EVENT: &str = "unknown";

/// The event for which a hook ran, by what it was given.
pub(super) fn event(agent: Agent, given: &[u8]) -> Event {
    let parsed = asking::parse(agent, given).map(|parsed| parsed.event);
    let payload = || String::from_utf8_lossy(given).into_owned();
    parsed.unwrap_or_else(|_| Event::bare(agent, HookEvent::Other(NO_EVENT.to_owned()), payload()))
}

/// `hook` is the configured one with this command.
pub(super) fn of(run: Run, event: Event, hook: Option<&Hook>, reported: Reported, memory: &Memory) -> row::Run {
    let now: Timestamp = SystemTime::now().into();
    let started = Timestamp(run.start.at).min(now);
    let (stdout, stderr) = (text(&run, Stream::Stdout), text(&run, Stream::Stderr));
    let (end, took) = ended(&run, hook, started, now);
    let made_up;
    let of = match hook {
        Some(hook) => hook,
        None => {
            made_up = unknown(&run, &event.event);
            &made_up
        }
    };
    let payload = Payload::parse(&event.payload).unwrap_or_else(|_| Payload::without_words(event.event.clone()));
    let captured = |text: &str| Captured { text: text.to_owned(), whole: None };
    let read = end.clone().map(|end| Finished { end, stdout: captured(&stdout), stderr: captured(&stderr) });
    let (summary, asks) = engine::told(of, &payload, read.as_ref());
    let summary = HookRun {
        started,
        completed: end.is_some().then(|| took.map_or(now, |took| Timestamp(started.0 + milliseconds(took)))),
        duration_ms: took.map(|took| milliseconds(took).cast_unsigned()),
        ..summary
    };
    let bytes = |kept: &str, of: fn(&protocol::journal::End) -> u64| match &run.state {
        State::Ended(end) => of(end),
        State::Running | State::Killed => kept.len() as u64,
    };
    let input = event.payload;
    row::Run {
        id: RunId::new(run.start.id.clone()),
        from: RunFrom::Recorded,
        reported,
        event: None,
        agent: event.agent,
        tool_use: payload.call().map(str::to_owned),
        project: event.session.as_ref().and_then(|session| memory.folder(session)),
        session: event.session,
        turn: event.turn,
        tool: event.tool,
        cwd: event.cwd.or_else(|| run.start.cwd.as_deref().map(PathBuf::from)),
        command: run.start.command.clone(),
        hook: hook.map(|hook| hook.key.clone()),
        hash: hook.map(|hook| hook.hash.clone()),
        took,
        exit_code: how(&run).and_then(|how| match how {
            How::Exited(code) => Some(code),
            How::Signalled(_) => None,
        }),
        signal: how(&run).and_then(|how| match how {
            How::Signalled(signal) => Some(signal),
            How::Exited(_) => None,
        }),
        input: Output { bytes: bytes(&input, |end| end.input), text: input },
        stdout: Output { bytes: bytes(&stdout, |end| end.stdout), text: stdout },
        stderr: Output { bytes: bytes(&stderr, |end| end.stderr), text: stderr },
        applied: if asks { Applied::Sent } else { Applied::Nothing },
        masked: 0,
        told: None,
        run: summary,
    }
}

fn text(run: &Run, stream: Stream) -> String {
    String::from_utf8_lossy(&run.all_of(stream)).into_owned()
}

fn milliseconds(took: Duration) -> i64 {
    i64::try_from(took.as_millis()).unwrap_or(i64::MAX)
}

fn how(run: &Run) -> Option<How> {
    match &run.state {
        State::Running | State::Killed => None,
        State::Ended(end) => Some(end.how),
    }
}

/// How it ended, as the agent saw it, and how long it took. `None`: it runs.
fn ended(run: &Run, hook: Option<&Hook>, started: Timestamp, now: Timestamp) -> (Option<End>, Option<Duration>) {
    match &run.state {
        State::Running => (None, None),
        State::Ended(end) => {
            let how = match end.how {
                How::Exited(code) => End::Exited(code),
                How::Signalled(_) => End::Signalled,
            };
            (Some(how), Some(Duration::from_micros(end.took)))
        }
        State::Killed => {
            // Codex kills what is out of time, and what is not needed any more.
            let lived = Duration::from_millis(now.0.saturating_sub(started.0).max(0).cast_unsigned());
            let limit = hook.map(|hook| Duration::from_secs(hook.timeout));
            match limit.filter(|limit| (*limit..*limit + Duration::from_secs(2)).contains(&lived)) {
                Some(limit) => (Some(End::out_of_time(limit)), Some(lived)),
                None => (Some(End::Signalled), None),
            }
        }
    }
}

/// What stands for a hook that is in no file.
fn unknown(run: &Run, event: &HookEvent) -> Hook {
    Hook {
        key: HookKey::new(""),
        event: event.clone(),
        matcher: None,
        handler: Handler::Command { command: run.start.command.clone(), environment: Vec::new(), mode: Mode::Sync },
        source: Source { kind: SourceKind::Unknown, path: PathBuf::new(), plugin: None },
        display_order: 0,
        timeout: 0,
        status_message: None,
        context_limit: None,
        hash: String::new(),
        enabled: false,
        trust: Trust::Untrusted,
        agents: None,
    }
}
