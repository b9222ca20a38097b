//! A desktop's notifications: takes what the application shows, presses its buttons, and can be set to *do not disturb*.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use tokio::sync::watch;
use zbus::Connection;
use zbus::object_server::{InterfaceRef, SignalEmitter};
use zbus::zvariant::OwnedValue;

use crate::wait::within;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// How the server of notifications is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// It draws markup in bodies.
    WithMarkup,
    WithoutMarkup,
    /// It takes calls and never answers.
    Hanging,
}

/// What a person sees of a notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    id: u32,
    pub summary: String,
    pub body: String,
    /// Key and label of each button.
    pub actions: Vec<(String, String)>,
    pub sound: Option<String>,
    pub urgency: Option<u8>,
}

struct Desk {
    server: Server,
    last: u32,
    quiet: bool,
    shown: watch::Sender<Vec<Notification>>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Desk {
    async fn get_capabilities(&self) -> Vec<String> {
        match self.server {
            Server::WithMarkup => vec!["actions".to_owned(), "body".to_owned(), "body-markup".to_owned()],
            Server::WithoutMarkup => vec!["actions".to_owned(), "body".to_owned()],
            Server::Hanging => std::future::pending().await,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &mut self,
        _app_name: &str,
        _replaces_id: u32,
        _app_icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        self.last += 1;
        let text = |name: &str| hints.get(name).and_then(|value| <&str>::try_from(value).ok()).map(str::to_owned);
        let notification = Notification {
            id: self.last,
            summary: summary.to_owned(),
            body: body.to_owned(),
            actions: actions.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect(),
            sound: text("sound-name"),
            urgency: hints.get("urgency").and_then(|value| u8::try_from(value).ok()),
        };
        self.shown.send_modify(|shown| shown.push(notification));
        self.last
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        self.shown.send_modify(|shown| shown.retain(|notification| notification.id != id));
        // 3: closed by the application.
        Ok(Self::notification_closed(&emitter, id, 3).await?)
    }

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;

    #[zbus(property)]
    fn inhibited(&self) -> bool {
        self.quiet
    }
}

pub struct Notifications {
    desk: InterfaceRef<Desk>,
    shown: watch::Receiver<Vec<Notification>>,
    _connection: Connection,
}

impl Notifications {
    pub(crate) async fn start(address: &str, server: Server) -> Result<Self> {
        let (sender, shown) = watch::channel(Vec::new());
        let desk = Desk { server, last: 0, quiet: false, shown: sender };
        let connection = zbus::connection::Builder::address(address)?.serve_at(PATH, desk)?.name(NAME)?.build().await?;
        let desk = connection.object_server().interface(PATH).await?;
        Ok(Self { desk, shown, _connection: connection })
    }

    /// What is on the screen now.
    pub fn shown(&self) -> Vec<Notification> {
        self.shown.borrow().clone()
    }

    /// What is on the screen as soon as so many are.
    pub async fn until(&self, count: usize) -> Result<Vec<Notification>> {
        let mut shown = self.shown.clone();
        let what = format!("{count} notifications are there");
        let waited = within(&what, async { Ok(shown.wait_for(|shown| shown.len() == count).await?.clone()) }).await;
        waited.with_context(|| format!("there are {:?}", self.shown()))
    }

    /// Presses the button with this label. The notification goes, as on most desktops.
    pub async fn press(&self, notification: &Notification, label: &str) -> Result<()> {
        let Some((action, _)) = notification.actions.iter().find(|(_, name)| name == label) else {
            bail!("no button {label:?} on {notification:?}");
        };
        let emitter = self.desk.signal_emitter();
        Desk::action_invoked(emitter, notification.id, action).await?;
        self.dismiss(notification).await
    }

    /// The person takes it away.
    pub async fn dismiss(&self, notification: &Notification) -> Result<()> {
        let id = notification.id;
        self.desk.get().await.shown.send_modify(|shown| shown.retain(|other| other.id != id));
        Ok(Desk::notification_closed(self.desk.signal_emitter(), id, 2).await?)
    }

    /// Sets the desktop to *do not disturb*, or back.
    pub async fn quiet(&self, quiet: Quiet) -> Result<()> {
        let mut desk = self.desk.get_mut().await;
        desk.quiet = quiet == Quiet::On;
        Ok(desk.inhibited_changed(self.desk.signal_emitter()).await?)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    On,
    Off,
}
