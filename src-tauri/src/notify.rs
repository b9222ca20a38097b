//! Notifications of the desktop: who asks, and a way to the card. They open or deny; they never allow.
//!
//! A task of its own: a bus that hangs or is missing holds up nothing but the notifications.

use std::collections::HashMap;
use std::time::Duration;

use api::App;
use api::dto::{Card, Choice, Notices, OfferView, Surface};
use api::text::text;
use futures_util::StreamExt;
use tauri::{AppHandle, Manager};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::names::MemberName;
use zbus::proxy::SignalStream;
use zbus::zvariant::Value;

use crate::plain::plain;

/// How many stand on the screen at once. The tray counts the rest, which have their turn as these end.
const AT_ONCE: usize = 5;

/// How long the bus and whoever draws notifications may take for one thing.
const WITHIN: Duration = Duration::from_secs(2);

/// The longest command in a notification, in characters.
const COMMAND: usize = 200;

const OPEN: &str = "open";
const DENY: &str = "deny";

/// The notifications that should be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    notices: Vec<Notice>,
    sound: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Notice {
    id: String,
    digest: String,
    summary: String,
    /// Plain text.
    body: String,
    /// The answer that denies and lets the agent go on, where it takes one.
    deny: Option<Choice>,
}

impl View {
    pub(crate) fn of(waiting: &[Card], settings: &Notices) -> Self {
        let notices = waiting.iter().take(AT_ONCE).map(|card| Notice::of(card, settings)).collect();
        Self { notices, sound: settings.sound }
    }
}

impl Notice {
    fn of(card: &Card, settings: &Notices) -> Self {
        let shown = &card.shown;
        let mut lines = Vec::new();
        lines.extend(
            shown
                .project_name
                .as_deref()
                .map(|name| text("notification.project", &[("project", &plain(name, COMMAND))])),
        );
        lines.push(if settings.text { plain(shown.action.gist(), COMMAND) } else { text("notification.hint", &[]) });
        Self {
            id: card.id.clone(),
            digest: card.digest.clone(),
            summary: text("notification.asks", &[("agent", &shown.agent_title)]),
            body: lines.join("\n"),
            deny: denial(shown.offers.as_deref()),
        }
    }
}

fn denial(offers: Option<&[OfferView]>) -> Option<Choice> {
    let Some(offers) = offers else { return Some(Choice::Deny { message: String::new() }) };
    let place = offers.iter().position(|offer| offer.code == "decline")?;
    u32::try_from(place).ok().map(|place| Choice::Offered { place, message: None })
}

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications",
    gen_blocking = false
)]
trait Notifications {
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[expect(clippy::too_many_arguments, reason = "the specification's")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;
}

/// Who draws notifications. Connected only while some are there.
struct Desktop {
    proxy: NotificationsProxy<'static>,
    /// In their order: a button closes its notification too.
    signals: SignalStream<'static>,
    /// It reads the body as markup.
    markup: bool,
}

/// What a person did with a notification.
enum Event {
    Invoked(u32, String),
    Closed(u32),
    /// The bus is gone.
    Lost,
}

impl Desktop {
    async fn connect() -> zbus::Result<Self> {
        let connection = zbus::Connection::session().await?;
        let proxy = NotificationsProxy::new(&connection).await?;
        let signals = proxy.inner().receive_all_signals().await?;
        let markup = proxy.get_capabilities().await?.iter().any(|capability| capability == "body-markup");
        Ok(Self { proxy, signals, markup })
    }

    async fn notify(&self, notice: &Notice, sound: bool) -> zbus::Result<u32> {
        let (open, deny) = (text("notification.open", &[]), text("notification.deny", &[]));
        let mut hints = HashMap::from([("urgency", Value::from(1_u8))]);
        if sound {
            hints.insert("sound-name", "message-new-instant".into());
        } else {
            hints.insert("suppress-sound", true.into());
        }
        let body = if self.markup { escaped(&notice.body) } else { notice.body.clone() };
        let (name, mut actions) = (text("window.main", &[]), vec![OPEN, &open]);
        if notice.deny.is_some() {
            actions.extend([DENY, deny.as_str()]);
        }
        // It stays until the request ends or the person takes it away.
        self.proxy.notify(&name, 0, "dialog-question", &notice.summary, &body, &actions, hints, 0).await
    }

    async fn event(&mut self) -> Event {
        loop {
            let Some(signal) = self.signals.next().await else { return Event::Lost };
            let (header, body) = (signal.header(), signal.body());
            match header.member().map(MemberName::as_str) {
                Some("ActionInvoked") => {
                    if let Ok((number, action)) = body.deserialize() {
                        return Event::Invoked(number, action);
                    }
                }
                Some("NotificationClosed") => {
                    if let Ok((number, _reason)) = body.deserialize::<(u32, u32)>() {
                        return Event::Closed(number);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The notifications that were made.
#[derive(Default)]
struct Standing {
    desktop: Option<Desktop>,
    /// By request: the number of its notification. `None` where it is gone already, or could not be made.
    made: HashMap<String, Option<u32>>,
}

impl Standing {
    /// Makes what is missing and takes away what is over.
    async fn follow(&mut self, view: &View) {
        let over: Vec<_> =
            self.made.keys().filter(|id| !view.notices.iter().any(|notice| notice.id == **id)).cloned().collect();
        for id in over {
            if let Some(Some(number)) = self.made.remove(&id)
                && let Some(desktop) = &self.desktop
            {
                // One that is gone already cannot be closed, and need not be.
                let _ = timeout(WITHIN, desktop.proxy.close_notification(number)).await;
            }
        }
        for notice in &view.notices {
            if !self.made.contains_key(&notice.id) {
                let number = self.make(notice, view.sound).await;
                self.made.insert(notice.id.clone(), number);
            }
        }
        if self.made.values().all(Option::is_none) {
            self.desktop = None;
        }
    }

    async fn make(&mut self, notice: &Notice, sound: bool) -> Option<u32> {
        let making = async {
            if self.desktop.is_none() {
                self.desktop = Some(Desktop::connect().await?);
            }
            match &self.desktop {
                Some(desktop) => desktop.notify(notice, sound).await.map(Some),
                None => Ok(None),
            }
        };
        match timeout(WITHIN, making).await {
            Ok(Ok(number)) => number,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the desktop shows no notification");
                None
            }
            Err(_) => {
                tracing::warn!("the desktop does not answer about a notification");
                self.desktop = None;
                None
            }
        }
    }

    /// The request of a notification that is there.
    fn request(&self, number: u32) -> Option<&str> {
        self.made.iter().find(|(_, made)| **made == Some(number)).map(|(id, _)| id.as_str())
    }

    fn gone(&mut self, number: u32) {
        if let Some(made) = self.made.values_mut().find(|made| **made == Some(number)) {
            *made = None;
        }
    }

    async fn event(&mut self) -> Event {
        match &mut self.desktop {
            Some(desktop) => desktop.event().await,
            None => std::future::pending().await,
        }
    }
}

/// Keeps the notifications as they should be; takes them away at the end.
pub(crate) async fn run(handle: AppHandle, mut views: watch::Receiver<View>) {
    let app = handle.state::<App>().inner().clone();
    let mut standing = Standing::default();
    loop {
        tokio::select! {
            changed = views.changed() => match changed {
                Ok(()) => {
                    let view = views.borrow_and_update().clone();
                    standing.follow(&view).await;
                }
                Err(_) => break,
            },
            event = standing.event() => match event {
                Event::Invoked(number, action) => {
                    let view = views.borrow().clone();
                    if let Some(id) = standing.request(number) {
                        invoked(&app, &view, id, &action).await;
                    }
                }
                Event::Closed(number) => standing.gone(number),
                Event::Lost => standing.desktop = None,
            },
        }
    }
    standing.follow(&View::default()).await;
}

async fn invoked(app: &App, view: &View, id: &str, action: &str) {
    let Some(notice) = view.notices.iter().find(|notice| notice.id == id) else { return };
    match action {
        OPEN => app.pick(id).await,
        DENY => {
            let Some(deny) = notice.deny.clone() else { return };
            // It may have ended meanwhile.
            if let Err(error) = app.decide(Surface::Popup, id, &notice.digest, deny).await {
                tracing::info!(%error, "a notification denied nothing");
            }
        }
        _ => {}
    }
}

/// Text that stands for itself in the markup of a notification's body.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use api::dto::OfferEffect;

    use super::*;

    #[test]
    fn a_terminals_question_is_denied_only_where_the_agent_then_goes_on() {
        let offers = |codes: &[&str]| -> Vec<OfferView> {
            let offer = |code: &&str| OfferView { code: (*code).to_owned(), about: None, effect: OfferEffect::Refuses };
            codes.iter().map(offer).collect()
        };
        assert_eq!(denial(None), Some(Choice::Deny { message: String::new() }));
        assert_eq!(
            denial(Some(&offers(&["accept", "decline", "cancel"]))),
            Some(Choice::Offered { place: 1, message: None })
        );
        assert_eq!(denial(Some(&offers(&["accept", "cancel"]))), None);
        assert_eq!(denial(Some(&[])), None);
    }

    #[test]
    fn markup_stands_for_itself() {
        assert_eq!(escaped("<b>a</b> & &lt;"), "&lt;b&gt;a&lt;/b&gt; &amp; &amp;lt;");
    }
}
