//! The loop that watches over all homes and hears what their servers tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use appserver::{Attachment, Event, Loss, News, Schema, Told, Watch};
use tokio::sync::{mpsc, watch};

use super::home::{Concerns, Connected, Home};
use super::runs::Runs;
use super::{Answers, Attach, Standing};
use crate::agents::{self, environment};
use crate::asking::Desk;
use crate::dto;
use crate::live::Message;

/// More is not taken before it is heard: then servers have to wait, or end their connection.
const TOLD: usize = 1024;

pub(crate) struct Loop {
    attach: Arc<Attach>,
    desk: Desk,
    /// The agent's program, where it need not be looked for.
    program: Option<PathBuf>,
    homes: BTreeMap<PathBuf, (Watch, Home)>,
    tell: mpsc::Sender<Told>,
    told: mpsc::Receiver<Told>,
}

impl Loop {
    pub(crate) fn new(desk: Desk, program: Option<PathBuf>) -> Self {
        let (tell, told) = mpsc::channel(TOLD);
        Self { attach: desk.attach.clone(), desk, program, homes: BTreeMap::new(), tell, told }
    }

    /// Until nobody listens any more.
    pub(crate) async fn run(mut self) {
        let mut wanted = self.attach.wanted.subscribe();
        wanted.mark_changed();
        loop {
            tokio::select! {
                biased;
                changed = wanted.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let homes = wanted.borrow_and_update().clone();
                    self.want(&homes).await;
                }
                Some(told) = self.told.recv() => self.hear(told).await,
                () = self.desk.live.closed() => return,
            }
        }
    }

    async fn want(&mut self, wanted: &BTreeSet<PathBuf>) {
        let gone: Vec<_> = self.homes.keys().filter(|home| !wanted.contains(*home)).cloned().collect();
        for path in gone {
            if let Some((watch, mut home)) = self.homes.remove(&path) {
                drop(watch);
                home.end().await;
                super::lock(&self.attach.places).remove(&path);
            }
        }
        for path in wanted {
            if !self.homes.contains_key(path) {
                let Desk { history, live, .. } = self.desk.clone();
                let home = Home::new(path.clone(), Runs::new(path.clone(), history, live));
                let watch = Watch::start(path.clone(), self.tell.clone());
                self.homes.insert(path.clone(), (watch, home));
            }
        }
        self.changed().await;
    }

    async fn hear(&mut self, told: Told) {
        // One that is not wanted any more may have told something before.
        let Some((_, home)) = self.homes.get_mut(&*told.home) else { return };
        let stand = |standing: Standing| {
            self.attach.place(&told.home, |place| {
                place.standing = standing;
                place.followed.clear();
            });
        };
        match told.news {
            News::Attached(attachment) => {
                let program = self.program.clone();
                let answers = answers(&told.home, &attachment, program, self.desk.live.clone());
                home.attached(Connected { attachment: attachment.clone(), answers: answers.clone() });
                stand(Standing::Attached { attachment, answers, since: SystemTime::now().into() });
            }
            News::Following(thread) => {
                home.following(thread);
                self.follow(&told.home);
            }
            News::NotFollowed { thread, error } => {
                tracing::debug!(?thread, %error, "a thread is not followed");
                return;
            }
            News::Failed(error) => stand(Standing::Failed(format!("failed to {error}"))),
            News::Unwatched(error) => stand(Standing::Unwatched(error.to_string())),
            News::Event(event) => {
                let lost = if let Event::Lost(loss) = &event { Some(loss.clone()) } else { None };
                match home.hear(event).await {
                    Concerns::Nothing => return,
                    Concerns::Question(beside) => {
                        let _ = self.desk.live.send(Message::Beside(beside)).await;
                        return;
                    }
                    Concerns::TurnOver(turn) => {
                        self.attach.carried.turn_over(&turn.thread.0, &model::TurnId::new(&*turn.id.0));
                        return;
                    }
                    Concerns::Threads => match lost {
                        Some(loss) => {
                            stand(Standing::NoServer);
                            self.note(&told.home, loss).await;
                        }
                        None => self.follow(&told.home),
                    },
                }
            }
        }
        self.changed().await;
    }

    fn follow(&self, path: &Path) {
        let Some((_, home)) = self.homes.get(path) else { return };
        let followed = home.followed().map(|(id, whose)| (id.clone(), whose.session)).collect();
        self.attach.place(path, |place| place.followed = followed);
    }

    /// Says that something was missed, where the server did not just end.
    async fn note(&self, home: &Path, loss: Loss) {
        let why = match loss {
            Loss::Ended | Loss::Replaced => return,
            Loss::TooLong => "a message of it is longer than is read".to_owned(),
            Loss::Broken(why) => why,
        };
        let detail = format!("{}: {why}", home.display());
        let _ = self.desk.live.send(Message::Note(dto::Note { code: "serverLost".to_owned(), detail })).await;
    }

    async fn changed(&self) {
        let _ = self.desk.live.send(Message::Attached).await;
    }
}

/// Lets the installed agent say what may be answered to this server.
fn answers(
    home: &Path,
    attachment: &Attachment,
    program: Option<PathBuf>,
    live: mpsc::Sender<Message>,
) -> watch::Receiver<Answers> {
    let (tell, answers) = watch::channel(Answers::Unread);
    let (home, attachment) = (home.to_owned(), attachment.clone());
    tokio::spawn(async move {
        let read = tokio::select! {
            read = read(&home, &attachment, program) => read,
            // Nobody wants to know any more.
            () = tell.closed() => return,
        };
        tell.send_replace(read);
        let _ = live.send(Message::Attached).await;
    });
    answers
}

async fn read(home: &Path, attachment: &Attachment, program: Option<PathBuf>) -> Answers {
    let installation = if program.is_some() { environment::own() } else { environment::codex().await };
    let Some(program) = program.or_else(|| installation.program.clone()) else {
        return Answers::Unknown("the agent's program was not found".to_owned());
    };
    let mut launch = agents::launch(&installation, &program);
    home.clone_into(&mut launch.cwd);
    match Schema::of(&launch).await {
        Ok(schema) => match &attachment.server().version {
            Some(version) if version == schema.version() => Answers::Known(Arc::new(schema)),
            Some(version) => Answers::Unknown(format!("installed is {}, the server is {version}", schema.version())),
            None => Answers::Unknown("the server does not tell its version".to_owned()),
        },
        Err(error) => Answers::Unknown(format!("failed to {error}")),
    }
}
