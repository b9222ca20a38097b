//! The stream of hook events: the latest of them, in an order of their own, and whoever listens to the next ones.

use std::collections::VecDeque;
use std::path::Path;

use agents::About;
use history::{EventQuery, Reader, row};
use model::{Agent, EventId, Reported};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::card::{self, line, pieces};
use crate::live::Message;
use crate::{Error, dto, hooks, runs};

/// Events kept for who comes later.
const LATEST: usize = 500;
/// How many of an earlier run are shown at the start.
const EARLIER: usize = 200;
/// The longest folder that is shown, in characters: longer ones cannot exist.
const FOLDER: usize = 4096;
/// The longest payload that is shown, in characters.
const PAYLOAD: usize = 200_000;

type Subscription = (dto::LiveSnapshot, broadcast::Receiver<dto::LiveUpdate>);

/// The latest events. Before those of earlier runs are there nobody gets a snapshot.
pub(crate) struct Stream {
    seq: u64,
    latest: VecDeque<dto::EventView>,
    /// Recorded hooks, as many as events.
    recorded: VecDeque<dto::RecordedView>,
    updates: broadcast::Sender<dto::LiveUpdate>,
    /// Who waits for the first snapshot; `None`: it can be had.
    waiting: Option<Vec<oneshot::Sender<Subscription>>>,
}

impl Default for Stream {
    fn default() -> Self {
        let (latest, recorded) = (VecDeque::new(), VecDeque::new());
        Self { seq: 0, latest, recorded, updates: broadcast::Sender::new(4096), waiting: Some(Vec::new()) }
    }
}

impl Stream {
    /// Takes the events of earlier runs, oldest first.
    pub(crate) fn begin(&mut self, earlier: Vec<dto::EventView>) {
        for event in earlier.into_iter().rev() {
            if !self.has(&event.id) {
                self.latest.push_front(event);
            }
        }
        for subscriber in self.waiting.take().unwrap_or_default() {
            self.subscribe(subscriber);
        }
    }

    /// One that was kept by a relay may have been seen live before; it stays as it was seen.
    pub(crate) fn push(&mut self, event: dto::EventView) {
        if self.has(&event.id) {
            return;
        }
        if self.latest.len() >= LATEST {
            self.latest.pop_front();
        }
        self.latest.push_back(event.clone());
        self.tell(vec![event], Vec::new());
    }

    /// A recorded hook runs or has ended.
    pub(crate) fn ran(&mut self, run: dto::RecordedView) {
        match self.recorded.iter_mut().find(|known| known.id == run.id) {
            Some(known) => known.clone_from(&run),
            None => {
                if self.recorded.len() >= LATEST {
                    self.recorded.pop_front();
                }
                self.recorded.push_back(run.clone());
            }
        }
        self.tell(Vec::new(), vec![run]);
    }

    fn tell(&mut self, events: Vec<dto::EventView>, recorded: Vec<dto::RecordedView>) {
        let first = self.seq + 1;
        self.seq += (events.len() + recorded.len()) as u64;
        // Nobody listening is fine: the next one takes a snapshot.
        let _ = self.updates.send(dto::LiveUpdate { seq: first.to_string(), events, recorded });
    }

    pub(crate) fn subscribe(&mut self, reply: oneshot::Sender<Subscription>) {
        match &mut self.waiting {
            Some(waiting) => waiting.push(reply),
            None => {
                let (events, recorded) = (self.latest.iter().cloned(), self.recorded.iter().cloned());
                let (events, recorded) = (events.collect(), recorded.collect());
                let snapshot = dto::LiveSnapshot { seq: self.seq.to_string(), events, recorded };
                // Who asked may be gone.
                let _ = reply.send((snapshot, self.updates.subscribe()));
            }
        }
    }

    fn has(&self, id: &str) -> bool {
        self.latest.iter().any(|event| event.id == id)
    }
}

/// Tells the loop of the newest events of earlier runs.
pub(crate) async fn begin(reader: Reader, live: mpsc::Sender<Message>) {
    let read = move || {
        let page = reader.events(&EventQuery { limit: EARLIER, ..EventQuery::default() })?;
        Ok::<_, history::Error>(page.rows.iter().rev().map(view).collect())
    };
    let earlier = tokio::task::spawn_blocking(read).await.unwrap_or_else(|_| Ok(Vec::new()));
    let earlier = earlier.unwrap_or_else(|error| {
        tracing::warn!(%error, "the events of earlier runs are not shown");
        Vec::new()
    });
    let _ = live.send(Message::Earlier(earlier)).await;
}

/// One event of the history with everything the agent said. Blocks.
pub(crate) fn detail(reader: &Reader, id: &EventId) -> Result<Option<dto::EventDetail>, Error> {
    let Some(row) = reader.event(id)? else { return Ok(None) };
    let payload = match row.event.agent {
        Agent::Codex => agents::codex::readable(&row.event.payload),
    };
    let end = payload.char_indices().nth(PAYLOAD).map(|(at, _)| at);
    let shown = pieces(&payload[..end.unwrap_or(payload.len())]);
    let runs = reader.runs(id)?.iter().map(ran).collect();
    Ok(Some(dto::EventDetail { event: view(&row), payload: shown, cut: end.is_some(), runs }))
}

/// A run of the past.
fn ran(row: &row::Run) -> dto::RunView {
    let ((stdout, more), (stderr, still_more)) = (output(&row.stdout), output(&row.stderr));
    dto::RunView {
        exit_code: row.exit_code,
        stdout,
        stderr,
        cut: more || still_more,
        entries: runs::entries(row),
        mode: runs::mode(row).to_owned(),
        ..hooks::view::run(&row.run, None)
    }
}

pub(crate) fn recorded(row: &row::Run) -> dto::RecordedView {
    dto::RecordedView {
        id: row.id.to_string(),
        from: runs::from_view(row.from),
        agent: row.agent.name().to_owned(),
        agent_title: row.agent.title().to_owned(),
        session: row.session.as_ref().map(|id| id.to_string()),
        turn: row.turn.as_ref().map(|id| id.to_string()),
        event: line(row.run.event.name()),
        tool: row.tool.as_deref().map(line),
        command: line(runs::what(row)),
        configured: row.hook.is_some(),
        reported: reported(row.reported),
        run: ran(row),
    }
}

pub(crate) fn reported(reported: Reported) -> dto::ReportedView {
    match reported {
        Reported::Live => dto::ReportedView::Live,
        Reported::WhileClosed => dto::ReportedView::WhileClosed,
        Reported::Imported => dto::ReportedView::Imported,
    }
}

fn output(output: &row::Output) -> (Vec<dto::Piece>, bool) {
    let (shown, cut) = hooks::view::output(&output.text);
    (shown, cut || output.bytes > output.text.len() as u64)
}

pub(crate) fn view(row: &row::Event) -> dto::EventView {
    let event = &row.event;
    let path = |path: &Path| pieces(&path.to_string_lossy().chars().take(FOLDER).collect::<String>());
    dto::EventView {
        id: row.id.to_string(),
        at: row.at.0.to_string(),
        agent: event.agent.name().to_owned(),
        agent_title: event.agent.title().to_owned(),
        event: line(event.event.name()),
        session: event.session.as_ref().map(|id| id.to_string()),
        turn: event.turn.as_ref().map(|id| id.to_string()),
        subagent: event.subagent.as_ref().map(|subagent| line(&subagent.role)),
        tool: event.tool.as_deref().map(line),
        folder: event.cwd.as_deref().map(path),
        folder_name: event.cwd.as_deref().and_then(Path::file_name).map(|name| path(Path::new(name))),
        gist: gist(event),
        reported: reported(row.reported),
        request: row.request.as_ref().map(|id| id.to_string()),
    }
}

fn gist(event: &model::Event) -> Vec<dto::Piece> {
    let about = match event.agent {
        Agent::Codex => agents::codex::about(event),
    };
    match about {
        Some(About::Action(action)) => line(&card::gist(&action, event.tool.as_deref().unwrap_or_default())),
        Some(About::Words(words)) => line(&words),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: usize) -> dto::EventView {
        let payload = r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"make\nit"}}"#;
        let parsed = agents::codex::parse(payload.as_bytes()).unwrap();
        let id = EventId::new(id.to_string());
        let at = model::Timestamp(1);
        view(&row::Event { id, at, reported: Reported::Live, event: parsed.event, request: None })
    }

    fn ids(events: &[dto::EventView]) -> Vec<usize> {
        events.iter().map(|event| event.id.parse().unwrap()).collect()
    }

    fn subscribed(stream: &mut Stream) -> oneshot::Receiver<Subscription> {
        let (reply, subscription) = oneshot::channel();
        stream.subscribe(reply);
        subscription
    }

    #[test]
    fn a_snapshot_waits_for_the_earlier_events_and_misses_none() {
        let mut stream = Stream::default();
        let mut first = subscribed(&mut stream);
        stream.push(event(3));
        assert!(first.try_recv().is_err());
        stream.begin(vec![event(1), event(2), event(3)]);
        let (snapshot, mut updates) = first.try_recv().unwrap();
        assert_eq!((snapshot.seq.as_str(), ids(&snapshot.events)), ("1", vec![1, 2, 3]));

        stream.push(event(3));
        stream.push(event(4));
        let update = updates.try_recv().unwrap();
        assert_eq!((update.seq.as_str(), ids(&update.events)), ("2", vec![4]));
        assert!(updates.try_recv().is_err(), "one that is there does not come again");
    }

    #[test]
    fn only_the_latest_are_kept() {
        let mut stream = Stream::default();
        stream.begin(Vec::new());
        (0..LATEST + 10).for_each(|id| stream.push(event(id)));
        let (snapshot, _) = subscribed(&mut stream).try_recv().unwrap();
        assert_eq!(ids(&snapshot.events), (10..LATEST + 10).collect::<Vec<_>>());
        assert_eq!(snapshot.seq, (LATEST + 10).to_string());
    }

    #[test]
    fn an_event_is_about_its_first_line() {
        let plain = |text: &str| dto::Piece::Text { text: text.to_owned() };
        assert_eq!(event(1).gist, [plain("make"), plain("…")]);
    }
}
