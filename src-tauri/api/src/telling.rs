//! Events that ask nothing: into the history, and what hosted hooks say about them back to the agent.

use std::time::Instant;

use bridge::Line;
use history::row::{self, Applied};

use crate::asking::{Desk, reply};
use crate::hosted::Work;
use crate::live::Message;
use crate::{dto, happened};

impl Desk {
    /// Answers an event once it is in the history. What is not is kept by the relay, which hears nothing; the same id makes it
    /// harmless that the history may have it after all.
    pub(crate) async fn store(&self, row: row::Event, line: Line) {
        let view = happened::view(&row);
        let stored = self.history.record_event_committed(row).await;
        match &stored {
            Ok(()) => {
                let _ = line.reply.send(Vec::new());
            }
            Err(error) => self.leave(line, error),
        }
        self.tell(view, &stored).await;
    }

    /// The same, with what hosted hooks say. That is heard whatever becomes of the history.
    pub(crate) async fn store_and_run(&self, row: row::Event, work: Work, mut line: Line, since: Instant) {
        let (agent, event, view) = (row.event.agent, row.event.event.clone(), happened::view(&row));
        let store = async {
            let stored = self.history.record_event_committed(row).await;
            self.tell(view, &stored).await;
            stored
        };
        let (stored, came) = tokio::join!(store, self.hosted.run(work, &mut line.gone, since));
        let said = reply(agent, &event, &came.outcome, &came.warnings);
        let applied = match (&stored, said.is_empty()) {
            (Err(error), true) => {
                self.leave(line, error);
                Applied::Nothing
            }
            (_, silent) => {
                if is_refused(&stored) {
                    // The relay will not keep it: it has its answer. An error would mean the same again.
                    let _ = self.history.record_gap(1);
                }
                if line.reply.send(said).is_ok() && !silent { Applied::Sent } else { Applied::Nothing }
            }
        };
        self.hosted.record(came.rows(|_, _| applied)).await;
    }

    /// Tells the loop of an event. Refused by the history altogether, it happens for us when it comes in from the spool.
    async fn tell(&self, view: dto::EventView, stored: &Result<(), history::Error>) {
        if !is_refused(stored) {
            let _ = self.live.send(Message::Happened(vec![view])).await;
        }
    }

    fn leave(&self, line: Line, error: &history::Error) {
        tracing::error!(%error, "an event is left to the relay to keep");
        drop(line);
        self.missed.notify_one();
    }
}

fn is_refused(stored: &Result<(), history::Error>) -> bool {
    matches!(stored, Err(history::Error::Full | history::Error::Closed))
}
