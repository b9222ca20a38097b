//! The handle to a running Hookwright: what a front may do with it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use decisions::Digest;
use model::{Decision, EventId, Hook, HookEvent, RequestId, RunId, SessionId};
use protocol::Window;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::asking::Desk;
use crate::attach::{self, Attach};
use crate::guard::Guard;
use crate::hooks::screen;
use crate::hosted::Hosted;
use crate::live::{self, Chosen, Live, Message};
use crate::memory::Memory;
use crate::recorded::{self, Recorded};
use crate::rules::Rules;
use crate::spool::Intake;
use crate::trial::{Prepared, Trial};
use crate::{
    Agents, Editor, Error, HookTrust, Lock, Paths, Settings, Switch, agents, dto, happened, past, runs, spool, text,
};

pub struct Options {
    pub paths: Paths,
    pub settings: Settings,
    /// Proof that no other Hookwright has these paths.
    pub lock: Lock,
    pub attended: Attended,
    /// The program of Codex; `None`: the one that the person's terminal finds.
    pub codex: Option<PathBuf>,
}

/// Who can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attended {
    /// A person, in a window.
    Window,
    /// Nobody: every request goes straight back to its agent.
    Nobody,
}

/// A running Hookwright. Clones are the same one.
#[derive(Clone)]
pub struct App {
    messages: mpsc::Sender<Message>,
    reader: history::Reader,
    paths: Paths,
    history: history::Writer,
    hosted: Arc<Hosted>,
    pub(crate) rules: Arc<Rules>,
    trial: Trial,
    editor: Editor,
    runtime: Handle,
    guard: Arc<Guard>,
    attach: Arc<Attach>,
    guarding: AbortHandle,
    attaching: AbortHandle,
}

impl App {
    /// Opens endpoint and history and starts the loop on the current tokio runtime. Where the endpoint cannot be opened the app
    /// runs all the same and says so in a note. The receiver tells which window a second instance wants shown.
    pub fn start(options: Options) -> Result<(Self, mpsc::Receiver<Window>), Error> {
        let Options { paths, settings, lock, attended, codex } = options;
        let mut notes = Vec::new();
        let mut note = |code: &str, error: Error| {
            tracing::error!(%error, code, "something does not work");
            notes.push(dto::Note { code: code.to_owned(), detail: format!("failed to {error}") });
        };
        paths.prepare().unwrap_or_else(|error| note("stateFolder", error));
        agents::refresh_relay(&paths).unwrap_or_else(|error| note("relayOld", error));
        let (history, reader) = history::open(&paths.history());
        let (messages, inbox) = mpsc::channel(1024);
        let (calls, incoming) = mpsc::channel(1024);
        let (show, shown) = mpsc::channel(1);
        let missed = Arc::new(Notify::new());
        let endpoint = paths
            .socket()
            .and_then(|path| Ok(bridge::Endpoint::open(&path, live::limits(&settings), calls, missed.clone())?));
        let endpoint = endpoint.map_err(|error| note("endpoint", error)).ok();
        let (hosted, unsaid) = Hosted::open(&paths, &settings, history.clone(), messages.clone());
        if let Some(error) = unsaid {
            note("hostedUnsaid", error);
        }
        let rules = Rules::open(&paths, reader.clone(), messages.clone());
        for note in notes {
            // The channel is new and empty.
            let _ = messages.try_send(Message::Note(note));
        }
        spool::make(&paths);
        let intake = Intake {
            paths: paths.clone(),
            history: history.clone(),
            rules: rules.clone(),
            live: messages.clone(),
            missed: missed.clone(),
        };
        recorded::make(&paths);
        let memory = Arc::new(Memory::default());
        let recorded = Recorded::new(&paths, memory.clone(), history.clone(), messages.clone());
        tokio::spawn(happened::begin(reader.clone(), messages.clone()));
        let attach = Attach::new(&paths, &settings);
        let desk = Desk {
            paths: paths.clone(),
            memory,
            attach: attach.clone(),
            hosted: hosted.clone(),
            rules: rules.clone(),
            history: history.clone(),
            live: messages.clone(),
            missed,
        };
        let attaching = tokio::spawn(attach::Loop::new(desk.clone(), codex).run()).abort_handle();
        let view = settings.view(&paths);
        text::speak(view.speaks);
        tokio::spawn(Live::new(settings, view, attended, desk, show).run(endpoint, incoming, inbox, intake, recorded));
        let guard = Guard::new(&paths, hosted.clone(), rules.clone(), Arc::new(lock), messages.clone());
        let guarding = tokio::spawn(guard.clone().run()).abort_handle();
        let (trial, runtime) = (Trial::default(), Handle::current());
        let editor = Editor::new(paths.clone(), hosted.clone(), reader.clone());
        let app = Self {
            messages,
            reader,
            paths,
            history,
            hosted,
            rules,
            trial,
            editor,
            runtime,
            guard,
            attach,
            guarding,
            attaching,
        };
        Ok((app, shown))
    }

    /// What is now, and everything after it.
    pub async fn subscribe(&self) -> Result<(dto::Snapshot, broadcast::Receiver<dto::Update>), Error> {
        self.ask(Message::Subscribe).await
    }

    /// A window shows this card now, all of it. Returns how long until it can be allowed there.
    pub async fn painted(&self, surface: dto::Surface, id: &str, digest: &str) -> Result<dto::Arming, Error> {
        let (id, digest) = (RequestId::new(id), Digest::claimed(digest));
        let left = self.ask(|reply| Message::Painted(surface.into(), id, digest, reply)).await??;
        // Rounded up: a window that waits this long is never too early.
        Ok(dto::Arming { left_ms: u32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u32::MAX) })
    }

    /// A person decided in a window. The only way to decide.
    pub async fn decide(
        &self,
        surface: dto::Surface,
        id: &str,
        digest: &str,
        choice: dto::Choice,
    ) -> Result<(), Error> {
        let (id, digest) = (RequestId::new(id), Digest::claimed(digest));
        let decision = match choice {
            dto::Choice::Allow => Decision::Allow,
            dto::Choice::AllowSession => return self.allow_session(surface, id, digest).await,
            dto::Choice::Deny { message } => Decision::Deny { message },
            dto::Choice::Leave => Decision::NoDecision,
            dto::Choice::Offered { place, message } => {
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                let chosen = Chosen { place, message: message.unwrap_or_default() };
                return Ok(self.ask(|reply| Message::Choose(surface.into(), id, digest, chosen, reply)).await??);
            }
        };
        Ok(self.ask(|reply| Message::Decide(surface.into(), id, digest, decision, reply)).await??)
    }

    /// Denies every open request of a session. Returns how many.
    pub async fn deny_session(&self, session: &str, message: String) -> Result<u32, Error> {
        let session = SessionId::new(session);
        self.ask(|reply| Message::DenySession(session, message, reply)).await
    }

    /// The window got the focus, moved, was resized or uncovered: arming starts anew. Whatever is asked afterwards comes after it.
    pub fn disturbed(&self, surface: dto::Surface) {
        self.post(Message::Disturbed(surface.into()));
    }

    /// The window is out of sight. Whatever is asked afterwards comes after it.
    pub fn hidden(&self, surface: dto::Surface) {
        self.post(Message::Hidden(surface.into()));
    }

    /// Passes requests straight back, for so long or until [`App::resume`]; those that wait go back now.
    pub async fn pause(&self, length: Option<Duration>) {
        self.tell(Message::Pause(length)).await;
    }

    pub async fn resume(&self) {
        self.tell(Message::Resume).await;
    }

    /// A person picked this request elsewhere: windows show it.
    pub async fn pick(&self, id: &str) {
        self.tell(Message::Pick(RequestId::new(id))).await;
    }

    /// A person wants to make a rule from this request: the main window shows the draft.
    pub async fn ask_rule(&self, id: &str) {
        self.tell(Message::AskRule(RequestId::new(id))).await;
    }

    /// Says something to the person until [`App::clear_note`]. `code` is a key of the catalogue.
    pub async fn note(&self, code: &'static str, detail: String) {
        self.tell(Message::Note(dto::Note { code: code.to_owned(), detail })).await;
    }

    pub async fn clear_note(&self, code: &'static str) {
        self.tell(Message::ClearNote(code)).await;
    }

    /// Writes a setting to the file and lets it hold from now on.
    pub async fn change(&self, setting: dto::Setting) -> Result<(), Error> {
        let (paths, guard) = (self.paths.clone(), self.guard.clone());
        let change = move || {
            let settings = guard.change_settings(|| Settings::change(&paths, &setting))?;
            Ok::<_, Error>((settings.view(&paths), settings))
        };
        let (view, settings) = tokio::task::spawn_blocking(change).await.map_err(|_| Error::Ending)??;
        text::speak(view.speaks);
        self.hosted.settle(&settings);
        self.attach.set(&settings);
        self.tell(Message::Settings(settings, Box::new(view))).await;
        Ok(())
    }

    /// What can be done about agents.
    pub fn agents(&self) -> Agents {
        Agents::with(self.paths.clone(), self.reader.clone(), self.attach.clone())
    }

    /// What there is to see of the servers that agents' terminals share.
    pub fn attached(&self) -> Vec<dto::AttachedView> {
        self.attach.views()
    }

    /// The hooks that a session in this folder has; without one, in that of the newest session.
    pub async fn hooks(&self, folder: Option<String>) -> Result<dto::HooksView, Error> {
        screen::hooks(&self.paths, &self.hosted, &self.reader, folder).await
    }

    /// Hooks that open sessions skip without a word, because nobody trusted them as they are. Of the sessions of the server of the
    /// usual home, where we are attached to it.
    pub async fn untrusted_hooks(&self) -> Result<Vec<dto::UntrustedView>, Error> {
        match self.attach.sessions() {
            Some((server, sessions)) => screen::untrusted(&server, sessions).await,
            None => Ok(Vec::new()),
        }
    }

    /// Hook files, to be looked at and edited.
    pub fn editor(&self) -> &Editor {
        &self.editor
    }

    /// Every hosted hook, and whether its *allow* counts.
    pub async fn hosted(&self) -> Result<Vec<(Hook, dto::GrantView)>, Error> {
        let hosted = self.hosted.clone();
        tokio::task::spawn_blocking(move || hosted.list()).await.map_err(|_| Error::Ending)
    }

    /// A person says something of a hosted hook, in a window that shows it with this hash.
    pub async fn wish_hosted(&self, key: &str, hash: &str, wish: dto::HostedWish) -> Result<(), Error> {
        let (hosted, key, hash) = (self.hosted.clone(), key.to_owned(), hash.to_owned());
        tokio::task::spawn_blocking(move || hosted.wish(&key, &hash, wish)).await.map_err(|_| Error::Ending)?
    }

    /// What hooks of this event can be tried with: one hook, where `key` names it.
    pub async fn trial_payloads(
        &self,
        folder: &str,
        event: &str,
        key: Option<&str>,
    ) -> Result<dto::TrialPayloads, Error> {
        screen::payloads(&self.paths, &self.hosted, &self.reader, folder.as_ref(), HookEvent::from_name(event), key)
            .await
    }

    /// Runs hooks by hand, in place of those that are tried already. They end with the app.
    pub async fn try_hooks(
        &self,
        wish: &dto::TrialWish,
        tell: impl Fn(dto::TrialUpdate) + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let prepared = Prepared::of(&self.paths, &self.history, &self.hosted, wish).await?;
        self.trial.start(prepared, tell).await;
        Ok(())
    }

    /// Returns when nothing of the trial is left.
    pub async fn stop_trial(&self) {
        self.trial.stop().await;
    }

    /// What there is to look at before these hooks of a session in this folder are trusted.
    pub async fn hook_trust_items(&self, folder: &str, keys: &[String]) -> Result<Vec<dto::TrustItem>, Error> {
        let trust = HookTrust::of(&self.paths, folder.as_ref()).await?;
        trust.items(self.attach.client(&trust.codex_home), keys).await
    }

    /// A person trusts these, as they were seen. Written by the agent itself.
    pub async fn trust_hooks(&self, folder: &str, seen: &[dto::SeenItem]) -> Result<(), Error> {
        let trust = HookTrust::of(&self.paths, folder.as_ref()).await?;
        trust.trust(self.attach.client(&trust.codex_home), seen).await
    }

    /// A person wants this hook to run, or not. Written by the agent itself.
    pub async fn enable_hook(&self, folder: &str, seen: &dto::SeenHook, to: Switch) -> Result<(), Error> {
        let trust = HookTrust::of(&self.paths, folder.as_ref()).await?;
        trust.switch(self.attach.client(&trust.codex_home), seen, to).await
    }

    /// How many requests wait. Where any do, windows ask the person before the app quits.
    pub async fn ask_to_quit(&self) -> u32 {
        self.ask(Message::AskToQuit).await.unwrap_or(0)
    }

    /// The person stays after all.
    pub async fn stay(&self) {
        self.tell(Message::Stay).await;
    }

    /// Ends a trial, hands every waiting request back, closes the endpoint and the history. Everything after it fails.
    pub async fn quit(&self) {
        self.trial.stop().await;
        self.guarding.abort();
        // What the system did not tell of, such as a change through another name of the file.
        let guard = self.guard.clone();
        let _ = tokio::task::spawn_blocking(move || guard.look()).await;
        // An error means that it ended already.
        let _ = self.ask(Message::Quit).await;
        self.attaching.abort();
    }

    /// A page of past requests, newest first. `cursor` is the `next` of the page before.
    pub async fn past(&self, filter: dto::PastFilter, cursor: Option<String>) -> Result<dto::PastPage, Error> {
        let reader = self.reader.clone();
        tokio::task::spawn_blocking(move || past::page(&reader, filter, cursor)).await.map_err(|_| Error::Ending)?
    }

    /// What was shown for a past request, as the JSON of [`dto::Shown`].
    pub async fn past_shown(&self, id: &str) -> Result<Option<String>, Error> {
        let (reader, id) = (self.reader.clone(), RequestId::new(id));
        Ok(tokio::task::spawn_blocking(move || reader.shown(&id)).await.map_err(|_| Error::Ending)??)
    }

    /// The latest events, and everything after them.
    pub async fn live(&self) -> Result<(dto::LiveSnapshot, broadcast::Receiver<dto::LiveUpdate>), Error> {
        self.ask(Message::Live).await
    }

    /// One event with everything the agent said; `None` where there is no such event.
    pub async fn event(&self, id: &str) -> Result<Option<dto::EventDetail>, Error> {
        let (reader, id) = (self.reader.clone(), EventId::new(id));
        tokio::task::spawn_blocking(move || happened::detail(&reader, &id)).await.map_err(|_| Error::Ending)?
    }

    /// What is kept of a past request besides its row and what was shown; `None` where there is no such request.
    pub async fn past_detail(&self, id: &str) -> Result<Option<dto::PastDetail>, Error> {
        let (reader, id) = (self.reader.clone(), RequestId::new(id));
        tokio::task::spawn_blocking(move || past::detail(&reader, &id)).await.map_err(|_| Error::Ending)?
    }

    /// A page of runs, newest first. `cursor` is the `next` of the page before.
    pub async fn runs(&self, filter: dto::RunFilter, cursor: Option<String>) -> Result<dto::PastRunPage, Error> {
        let reader = self.reader.clone();
        tokio::task::spawn_blocking(move || runs::page(&reader, filter, cursor)).await.map_err(|_| Error::Ending)?
    }

    /// One run with everything that is kept of it; `None` where there is no such run.
    pub async fn run(&self, id: &str) -> Result<Option<dto::PastRunDetail>, Error> {
        let (reader, id) = (self.reader.clone(), RunId::new(id));
        tokio::task::spawn_blocking(move || runs::detail(&reader, &id)).await.map_err(|_| Error::Ending)?
    }

    /// What it takes to run the hook of a run again, as it is configured now.
    pub async fn run_again(&self, id: &str) -> Result<dto::RunAgain, Error> {
        runs::again(&self.paths, &self.hosted, &self.reader, RunId::new(id)).await
    }

    /// What the runs and requests from `since` to before `until` add up to, in milliseconds since the Unix epoch. Days are those
    /// of a clock that is so many minutes ahead of UTC.
    pub async fn insights(&self, since: String, until: String, ahead: i32) -> Result<dto::InsightsView, Error> {
        let reader = self.reader.clone();
        let read = move || runs::insights(&reader, [since, until], ahead);
        tokio::task::spawn_blocking(read).await.map_err(|_| Error::Ending)?
    }

    pub(crate) async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.messages.send(message(reply)).await.map_err(|_| Error::Ending)?;
        answer.await.map_err(|_| Error::Ending)
    }

    /// Tells without waiting, from any thread. Only a full queue costs the place in the order.
    fn post(&self, message: Message) {
        if let Err(TrySendError::Full(message)) = self.messages.try_send(message) {
            let app = self.clone();
            self.runtime.spawn(async move { app.tell(message).await });
        }
    }

    pub(crate) async fn tell(&self, message: Message) {
        // After the end nobody needs to know.
        let _ = self.messages.send(message).await;
    }
}

/// Asks the Hookwright that runs with these paths to show a window.
pub fn show_running(paths: &Paths, window: Window) -> Result<(), Error> {
    Ok(protocol::client::show(&paths.socket()?, window)?)
}

/// Whether a Hookwright with these paths listens to agents.
pub fn is_listening(paths: &Paths) -> bool {
    paths.socket().is_ok_and(|socket| protocol::client::connect(&[socket]).is_ok())
}
