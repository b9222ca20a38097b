//! What is around the popup: whether something covers it, and whether the desktop is set to *do not disturb*.
//!
//! The latter is read where a desktop tells it, each in its own way: the server of notifications (KDE, as `Inhibited`), GNOME's
//! settings, Xfce's settings. Where none tells, nobody asked not to be disturbed.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use gtk::gio;
use gtk::gio::prelude::*;
use tauri::{AppHandle, Manager};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::fdo::{DBusProxy, PropertiesProxy};
use zbus::names::InterfaceName;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, Message};

/// How long the bus may take for one question.
const WITHIN: Duration = Duration::from_secs(2);

const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const GNOME: &str = "org.gnome.desktop.notifications";
const SHOW_BANNERS: &str = "show-banners";
const XFCONF: &str = "org.xfce.Xfconf";
/// Channel and property.
const XFCE: (&str, &str) = ("xfce4-notifyd", "/do-not-disturb");

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) covered: bool,
    quiet: HashSet<Source>,
}

/// Who says that the person is not to be disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Notifications,
    Gnome,
    Xfce,
}

impl View {
    pub(crate) fn quiet(&self) -> bool {
        !self.quiet.is_empty()
    }
}

#[derive(Default)]
pub(crate) struct Surroundings(watch::Sender<View>);

impl Surroundings {
    pub(crate) fn watch(&self) -> watch::Receiver<View> {
        self.0.subscribe()
    }

    /// Whether something covers all of the popup.
    pub(crate) fn covered(&self, covered: bool) {
        self.0.send_if_modified(|view| std::mem::replace(&mut view.covered, covered) != covered);
    }

    fn quiet(&self, source: Source, quiet: bool) {
        self.0.send_if_modified(|view| if quiet { view.quiet.insert(source) } else { view.quiet.remove(&source) });
    }
}

/// Follows what the desktop says. On the main thread.
pub(crate) fn follow(handle: &AppHandle) {
    let desktops = std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    let is = |name: &str| desktops.split(':').any(|desktop| desktop.eq_ignore_ascii_case(name));
    if is("GNOME") {
        follow_gnome(handle);
    }
    let xfce = is("XFCE");
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move {
        let Ok(Ok(connection)) = timeout(WITHIN, Connection::session()).await else { return };
        let follow_xfce = async {
            if xfce && let Err(error) = self::follow_xfce(&handle, &connection).await {
                tracing::info!(%error, "Xfce does not say whether to disturb");
            }
        };
        let (followed, ()) = tokio::join!(follow_notifications(&handle, &connection), follow_xfce);
        if let Err(error) = followed {
            tracing::info!(%error, "the server of notifications does not say whether to disturb");
        }
    });
}

/// GNOME: banners are off. Read only where the schema is, as GLib ends the program otherwise.
fn follow_gnome(handle: &AppHandle) {
    let schema = gio::SettingsSchemaSource::default().and_then(|source| source.lookup(GNOME, true));
    if !schema.is_some_and(|schema| schema.has_key(SHOW_BANNERS)) {
        return;
    }
    let settings = gio::Settings::new(GNOME);
    let tell = |handle: &AppHandle, settings: &gio::Settings| {
        handle.state::<Surroundings>().quiet(Source::Gnome, !settings.boolean(SHOW_BANNERS));
    };
    tell(handle, &settings);
    let there = handle.clone();
    settings.connect_changed(Some(SHOW_BANNERS), move |settings, _| tell(&there, settings));
    // GLib tells as long as somebody holds them, and the program never stops wanting to know.
    std::mem::forget(settings);
}

/// KDE and others: the server says that something inhibits notifications. Asked only while it runs, never started for this.
async fn follow_notifications(handle: &AppHandle, connection: &Connection) -> zbus::Result<()> {
    let bus = DBusProxy::new(connection).await?;
    let mut owners = bus.receive_name_owner_changed_with_args(&[(0, NOTIFICATIONS)]).await?;
    let properties = PropertiesProxy::builder(connection)
        .destination(NOTIFICATIONS)?
        .path("/org/freedesktop/Notifications")?
        .build()
        .await?;
    let mut changes = properties.receive_properties_changed().await?;
    let interface = InterfaceName::from_static_str(NOTIFICATIONS)?;
    loop {
        let inhibited = async {
            let there = bus.name_has_owner(NOTIFICATIONS.try_into().ok()?).await.ok()?;
            let value = if there { properties.get(interface.clone(), "Inhibited").await.ok()? } else { return None };
            bool::try_from(value).ok()
        };
        let inhibited = timeout(WITHIN, inhibited).await.ok().flatten().unwrap_or(false);
        handle.state::<Surroundings>().quiet(Source::Notifications, inhibited);
        tokio::select! {
            Some(_) = owners.next() => {}
            Some(_) = changes.next() => {}
            else => return Ok(()),
        }
    }
}

async fn follow_xfce(handle: &AppHandle, connection: &Connection) -> zbus::Result<()> {
    let proxy = zbus::Proxy::new(connection, XFCONF, "/org/xfce/Xfconf", XFCONF).await?;
    let mut changes = proxy.receive_signal_with_args("PropertyChanged", &[(0, XFCE.0), (1, XFCE.1)]).await?;
    let now: Result<OwnedValue, _> = match timeout(WITHIN, proxy.call("GetProperty", &XFCE)).await {
        Ok(now) => now,
        Err(_) => return Ok(()),
    };
    // Never set: an error.
    let mut quiet = now.ok().and_then(|value| bool::try_from(value).ok()).unwrap_or(false);
    loop {
        handle.state::<Surroundings>().quiet(Source::Xfce, quiet);
        let Some(change) = changes.next().await else { return Ok(()) };
        quiet = changed_to(&change).unwrap_or(false);
    }
}

fn changed_to(change: &Message) -> Option<bool> {
    let (_channel, _property, value): (String, String, OwnedValue) = change.body().deserialize().ok()?;
    bool::try_from(value).ok()
}
