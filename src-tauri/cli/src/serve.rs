//! `serve`: Hookwright without a window, for servers and containers. Events go to the history; nobody is there to ask, so a request
//! gets no decision and its agent goes on by itself.

use api::dto::{ChangeOf, Note};
use api::text::text;
use api::{App, Attended, Lock, Options, Paths, Settings};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;
use tracing_subscriber::EnvFilter;

use crate::draw;
use crate::stop::{Stop, explained};

pub(crate) async fn run(paths: Paths, settings: Settings) -> Result<(), Stop> {
    log();
    let running = || Stop::Environment(text("cli.serve.running", &[]));
    let lock = Lock::take(&paths)?.ok_or_else(running)?;
    let socket = paths.socket()?;
    let ends = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    // Nobody shows a window here; the receiver only has to be there.
    let (app, _shown) = App::start(Options { paths, settings, lock, attended: Attended::Nobody, codex: None })?;
    let (snapshot, mut updates) = app.subscribe().await?;
    if let Some(note) = snapshot.notes.iter().find(|note| note.code == "endpoint") {
        let told = told(note);
        app.quit().await;
        return Err(Stop::Environment(told));
    }
    let mut notes = Notes::default();
    notes.tell(snapshot.notes);
    // Where nobody reads it, it is served all the same.
    let _ = draw::say(&text("cli.serve.listening", &[("path", &draw::plain(&socket.to_string_lossy()))]));
    let [interrupt, terminate, hangup] = ends;
    let (mut interrupt, mut terminate, mut hangup) = (interrupt?, terminate?, hangup?);
    loop {
        tokio::select! {
            () = any(&mut interrupt, &mut terminate, &mut hangup) => break,
            update = updates.recv() => match update {
                Ok(update) => if let ChangeOf::NotesChanged { notes: now } = update.change {
                    notes.tell(now);
                },
                Err(RecvError::Lagged(_)) => {
                    let (snapshot, later) = app.subscribe().await?;
                    notes.tell(snapshot.notes);
                    updates = later;
                }
                Err(RecvError::Closed) => break,
            }
        }
    }
    app.quit().await;
    Ok(())
}

async fn any(interrupt: &mut Signal, terminate: &mut Signal, hangup: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// What went wrong inside goes to stderr; `HOOKWRIGHT_LOG` sets how much. Never holds payloads.
fn log() {
    let filter = EnvFilter::try_from_env("HOOKWRIGHT_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr);
    log.init();
}

/// The notes that hold, each told once.
#[derive(Default)]
struct Notes(Vec<Note>);

impl Notes {
    fn tell(&mut self, now: Vec<Note>) {
        for note in now.iter().filter(|note| !self.0.contains(note)) {
            draw::warn(&told(note));
        }
        self.0 = now;
    }
}

fn told(note: &Note) -> String {
    explained(&format!("note.{}", note.code), &[], &api::pieces(&note.detail))
}
