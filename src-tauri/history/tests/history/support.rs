//! Rows to record and a history in its own folder.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use history::{Error, Health, Reader, Writer, row};
use model::{Agent, Answer, EventId, HookEvent, Reported, RequestId, SessionId, Timestamp, TurnId};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::watch;

pub(crate) struct History {
    pub(crate) folder: TempDir,
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
}

impl History {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) = history::open(&folder.path().join("state/history.db"));
        Self { folder, writer, reader }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("state/history.db")
    }

    /// Returns when everything recorded so far is on disk; of events no more than one transaction holds.
    pub(crate) async fn settle(&self) {
        let settled = || self.writer.record_decision(decision("settled", Answer::person(model::Decision::Allow)));
        loop {
            match settled().await {
                Ok(()) => return,
                // Nobody is asked here, so there is time.
                Err(Error::Slow(_)) => {}
                Err(error) => panic!("failed to {error}"),
            }
        }
    }

    /// Deletes what is older and returns when no such row is left.
    pub(crate) async fn prune(&self, before: i64) {
        self.writer.prune(Timestamp(before)).unwrap();
        let other = Connection::open(self.path()).unwrap();
        let sql = "SELECT (SELECT count(*) FROM events WHERE at < ?1) + (SELECT count(*) FROM decisions WHERE at < ?1)
            + (SELECT count(*) FROM runs WHERE started < ?1) + (SELECT count(*) FROM gaps WHERE at < ?1)";
        let deadline = Instant::now() + Duration::from_secs(20);
        while other.query_row(sql, [before], |row| row.get::<_, i64>(0)).unwrap() > 0 {
            assert!(Instant::now() < deadline, "old rows are deleted in time");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) fn request(id: &str, at: i64) -> row::Request {
    row::Request {
        id: RequestId::new(id),
        at: Timestamp(at),
        agent: Agent::Codex,
        session: SessionId::new("session"),
        turn: Some(TurnId::new("turn")),
        project: Some(PathBuf::from("/home/ada/engine")),
        runs_in: PathBuf::from("/home/ada/engine/src"),
        tool: "shell".to_owned(),
        summary: format!("make {id}"),
        shown: format!(r#"{{"id":"{id}"}}"#),
        digest: "d1".to_owned(),
    }
}

pub(crate) fn decision(id: &str, answer: Answer) -> row::Decision {
    row::Decision {
        request: RequestId::new(id),
        at: Timestamp(5_000),
        answer,
        rule: None,
        offered: None,
        waited: Duration::from_millis(1_234),
    }
}

/// An event named after its time.
pub(crate) fn event(at: i64) -> row::Event {
    row::Event {
        id: EventId::new(format!("e{at}")),
        at: Timestamp(at),
        reported: Reported::Live,
        request: None,
        event: model::Event {
            agent: Agent::Codex,
            event: HookEvent::UserPromptSubmit,
            session: Some(SessionId::new("session")),
            turn: None,
            subagent: None,
            tool: None,
            cwd: Some(PathBuf::from("/home/ada")),
            prompt: Some("build it".to_owned()),
            payload: "{}".to_owned(),
        },
    }
}

pub(crate) async fn health_until(mut health: watch::Receiver<Health>, is: impl FnMut(&Health) -> bool) -> Health {
    let wait = health.wait_for(is);
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("health changes in time").unwrap().clone()
}
