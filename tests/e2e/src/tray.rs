//! A desktop's tray: takes the application's StatusNotifierItem and reads and clicks its dbusmenu.
//!
//! Like a real tray it looks again only when the application says that something changed.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use tokio::sync::watch;
use zbus::fdo::DBusProxy;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, MatchRule, MessageStream, Proxy};

use crate::wait::within;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// One level of a dbusmenu: id, properties, children.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// What a person sees of the tray icon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub title: String,
    pub status: String,
    pub icon_name: String,
    /// Width, height and ARGB bytes of each size.
    pub icon: Vec<(i32, i32, Vec<u8>)>,
    /// Title and text of the tooltip.
    pub tooltip: String,
    pub menu: Vec<Entry>,
}

/// One line of the menu; those of a submenu follow their parent one level deeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    id: i32,
    /// Empty for a separator.
    pub label: String,
    pub level: usize,
    pub enabled: bool,
}

impl Seen {
    /// The lines of the menu, separators left out.
    pub fn labels(&self) -> Vec<&str> {
        self.menu.iter().map(|entry| entry.label.as_str()).filter(|label| !label.is_empty()).collect()
    }
}

/// Where items register, by bus name and path.
struct Watcher {
    items: watch::Sender<Option<(String, String)>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: zbus::message::Header<'_>) {
        // An item names its bus name (KDE) or its path (Ayatana).
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let item = match service.strip_prefix('/') {
            Some(_) => (sender, service.to_owned()),
            None => (service.to_owned(), "/StatusNotifierItem".to_owned()),
        };
        self.items.send_replace(Some(item));
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.borrow().iter().map(|(name, path)| format!("{name}{path}")).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &zbus::object_server::SignalEmitter<'_>) -> zbus::Result<()>;
}

pub struct Tray {
    connection: Connection,
    items: watch::Receiver<Option<(String, String)>>,
}

impl Tray {
    pub(crate) async fn start(address: &str) -> Result<Self> {
        let (sender, items) = watch::channel(None);
        let connection = zbus::connection::Builder::address(address)?
            .serve_at("/StatusNotifierWatcher", Watcher { items: sender.clone() })?
            .name(WATCHER)?
            .build()
            .await?;
        let mut owners = DBusProxy::new(&connection).await?.receive_name_owner_changed().await?;
        tokio::spawn(async move {
            while let Some(changed) = owners.next().await {
                let Ok(changed) = changed.args() else { continue };
                if changed.new_owner().is_none() {
                    let gone = changed.name().as_str();
                    sender.send_if_modified(|item| item.take_if(|(name, _)| name == gone).is_some());
                }
            }
        });
        Ok(Self { connection, items })
    }

    /// Waits until no item is registered: the one of an application that ended goes with it.
    pub(crate) async fn gone(&self) -> Result<()> {
        within("the tray's item goes", async {
            self.items.clone().wait_for(Option::is_none).await?;
            Ok(())
        })
        .await
    }

    /// What stands in the tray as soon as `expected` holds. Looks again at each signal of the item.
    pub async fn until(&self, what: &str, expected: impl Fn(&Seen) -> bool) -> Result<Seen> {
        let (name, _) = self.item().await?;
        let rule = MatchRule::builder().msg_type(zbus::message::Type::Signal).sender(name)?.build();
        let mut signals = MessageStream::for_match_rule(rule, &self.connection, Some(256)).await?;
        let mut last = Seen::default();
        let waited = within(what, async {
            loop {
                last = self.look().await?;
                if expected(&last) {
                    return Ok(());
                }
                // The item's own signals only, not the bus's.
                signals.next().await.context("the bus is there")??;
            }
        })
        .await;
        waited.with_context(|| format!("the tray shows {last:?}"))?;
        Ok(last)
    }

    /// Clicks the first line of the menu whose label contains `label`.
    pub async fn click(&self, label: &str) -> Result<()> {
        let menu = self.menu().await?;
        let entries = self.entries(&menu).await?;
        let Some(entry) = entries.iter().find(|entry| entry.label.contains(label)) else {
            bail!("no line {label:?} in {entries:?}");
        };
        menu.call_method("Event", &(entry.id, "clicked", Value::from(0), 0_u32)).await?;
        Ok(())
    }

    /// What stands in the tray now.
    pub async fn look(&self) -> Result<Seen> {
        let (name, path) = self.item().await?;
        // Without the cache: what the item says now.
        let item = zbus::proxy::Builder::<Proxy>::new(&self.connection)
            .destination(name)?
            .path(path)?
            .interface(ITEM)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        type Icons = Vec<(i32, i32, Vec<u8>)>;
        let (_, _, title, text): (String, Icons, String, String) = item.get_property("ToolTip").await?;
        Ok(Seen {
            title: item.get_property("Title").await?,
            status: item.get_property("Status").await?,
            icon_name: item.get_property("IconName").await?,
            icon: item.get_property("IconPixmap").await?,
            tooltip: [title, text].join(" ").trim().to_owned(),
            menu: self.entries(&self.menu().await?).await?,
        })
    }

    async fn item(&self) -> Result<(String, String)> {
        let mut items = self.items.clone();
        within("an item registers with the tray", async {
            let item = items.wait_for(Option::is_some).await?;
            item.clone().context("an item is registered")
        })
        .await
    }

    async fn menu(&self) -> Result<Proxy<'static>> {
        let (name, path) = self.item().await?;
        let item = Proxy::new(&self.connection, name.clone(), path, ITEM).await?;
        let menu: OwnedObjectPath = item.get_property("Menu").await?;
        Ok(Proxy::new(&self.connection, name, menu, MENU).await?)
    }

    async fn entries(&self, menu: &Proxy<'_>) -> Result<Vec<Entry>> {
        menu.call_method("AboutToShow", &0_i32).await?;
        let none: &[&str] = &[];
        let (_, root): (u32, Layout) = menu.call("GetLayout", &(0_i32, -1_i32, none)).await?;
        let mut entries = Vec::new();
        flatten(root, 0, &mut entries)?;
        Ok(entries)
    }
}

fn flatten((_, _, children): Layout, level: usize, entries: &mut Vec<Entry>) -> Result<()> {
    for child in children {
        let child = Layout::try_from(child)?;
        let label = child.1.get("label").and_then(|label| <&str>::try_from(label).ok()).unwrap_or_default();
        // An underscore marks the access key; a doubled one is drawn.
        let label = label.replace("__", "\0").replace('_', "").replace('\0', "_");
        let enabled = child.1.get("enabled").and_then(|enabled| bool::try_from(enabled).ok()).unwrap_or(true);
        let visible = child.1.get("visible").and_then(|visible| bool::try_from(visible).ok()).unwrap_or(true);
        if visible {
            entries.push(Entry { id: child.0, label, level, enabled });
            flatten(child, level + 1, entries)?;
        }
    }
    Ok(())
}
