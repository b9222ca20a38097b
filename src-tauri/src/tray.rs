//! The tray icon: what waits, in words and as a number. It never decides.
//!
//! A StatusNotifierItem of our own (ksni): the toolkit's has neither tooltip nor clicks on Linux.

use std::sync::atomic::{AtomicBool, Ordering};

use api::App;
use api::dto::{Card, Language, Snapshot};
use api::text::{counted, text};
use ksni::menu::{MenuItem, StandardItem, SubMenu};
use ksni::{Icon, OfflineReason, ToolTip, TrayMethods};
use tauri::image::Image;
use tauri::{AppHandle, Manager, include_image};
use tokio::sync::watch;

use crate::plain::plain;
use crate::{events, windows};

/// Minutes for which a pause is offered.
const PAUSES: [u32; 2] = [15, 60];

/// The longest command in the menu, in characters.
const SHORT: usize = 48;

/// How many requests are in the menu, oldest first. The popup has them all.
const LISTED: usize = 20;

static IDLE: Image<'static> = include_image!("icons/tray/idle.png");
static PAUSED: Image<'static> = include_image!("icons/tray/paused.png");
static PROBLEM: Image<'static> = include_image!("icons/tray/problem.png");
static ASKING: [Image<'static>; 10] = [
    include_image!("icons/tray/asking-1.png"),
    include_image!("icons/tray/asking-2.png"),
    include_image!("icons/tray/asking-3.png"),
    include_image!("icons/tray/asking-4.png"),
    include_image!("icons/tray/asking-5.png"),
    include_image!("icons/tray/asking-6.png"),
    include_image!("icons/tray/asking-7.png"),
    include_image!("icons/tray/asking-8.png"),
    include_image!("icons/tray/asking-9.png"),
    include_image!("icons/tray/asking-more.png"),
];

/// Whether a tray shows our icon.
#[derive(Default)]
pub(crate) struct Presence(AtomicBool);

impl Presence {
    pub(crate) fn there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Puts the icon into the tray and keeps it up to date. Without a tray the person gets a note, and the icon comes when a tray does.
pub(crate) async fn run(handle: AppHandle, mut views: watch::Receiver<View>) {
    // The tray tells only when it is absent, and when it comes back.
    handle.state::<Presence>().0.store(true, Ordering::Relaxed);
    let item = Item { handle: handle.clone(), view: View::default() };
    let tray = match item.disable_dbus_name(true).assume_sni_available(true).spawn().await {
        Ok(tray) => tray,
        Err(error) => {
            handle.state::<Presence>().0.store(false, Ordering::Relaxed);
            handle.state::<App>().note("noTray", error.to_string()).await;
            return;
        }
    };
    while views.changed().await.is_ok() {
        let view = views.borrow_and_update().clone();
        // None: the tray is closed, and so is the app.
        let _ = tray.update(|item| item.view = view).await;
    }
}

/// What the tray tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    state: State,
    /// How many requests wait, and the first of them.
    waiting: usize,
    listed: Vec<Entry>,
    /// How many rules allow something without asking.
    allow_rules: usize,
    /// What the words are in: with another language the tray is drawn anew.
    speaks: Language,
}

impl View {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let state = if snapshot.paused.is_some() {
            State::Paused
        } else if !snapshot.waiting.is_empty() {
            State::Asking
        } else if snapshot.notes.iter().any(|note| note.code != "noTray") {
            State::Problem
        } else {
            State::Idle
        };
        Self {
            state,
            waiting: snapshot.waiting.len(),
            listed: snapshot.waiting.iter().take(LISTED).map(Entry::of).collect(),
            allow_rules: usize::try_from(snapshot.allow_rules).unwrap_or(usize::MAX),
            speaks: snapshot.settings.speaks,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Asking,
    Paused,
    Problem,
}

/// A waiting request in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: String,
    label: String,
}

impl Entry {
    fn of(card: &Card) -> Self {
        let mut words = vec![card.shown.agent_title.clone()];
        words.extend(card.shown.project_name.as_deref().map(|name| plain(name, SHORT)));
        words.push(plain(card.shown.action.gist(), SHORT));
        Self { id: card.id.clone(), label: words.join(" · ") }
    }
}

struct Item {
    handle: AppHandle,
    view: View,
}

impl Item {
    fn words(&self) -> String {
        match self.view.state {
            State::Idle if self.view.allow_rules > 0 => {
                [text("tray.idle", &[]), counted("tray.allowRules", self.view.allow_rules)].join(" ")
            }
            State::Idle => text("tray.idle", &[]),
            State::Asking => counted("tray.waiting", self.view.waiting),
            State::Paused => text("tray.paused", &[]),
            State::Problem => text("tray.problem", &[]),
        }
    }

    fn image(&self) -> &'static Image<'static> {
        match self.view.state {
            State::Idle => &IDLE,
            State::Paused => &PAUSED,
            State::Problem => &PROBLEM,
            State::Asking => &ASKING[self.view.waiting.clamp(1, ASKING.len()) - 1],
        }
    }

    fn pause(minutes: Option<u32>) -> MenuItem<Self> {
        let label = match minutes {
            None => text("tray.pause.untilResumed", &[]),
            Some(minutes) => text(&format!("tray.pause.{minutes}"), &[]),
        };
        entry(&label, move |app| async move {
            app.pause(minutes.map(|minutes| std::time::Duration::from_secs(60 * u64::from(minutes)))).await;
        })
    }
}

/// A menu entry that does something with the app.
fn entry<F>(label: &str, act: impl Fn(App) -> F + Send + 'static) -> MenuItem<Item>
where
    F: Future<Output = ()> + Send + 'static,
{
    let activate = move |item: &mut Item| {
        let app = item.handle.state::<App>().inner().clone();
        tauri::async_runtime::spawn(act(app));
    };
    // An underscore marks the key of a menu entry and would vanish.
    StandardItem { label: label.replace('_', "__"), activate: Box::new(activate), ..StandardItem::default() }.into()
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "hookwright".to_owned()
    }

    fn title(&self) -> String {
        text("window.main", &[])
    }

    fn status(&self) -> ksni::Status {
        match self.view.state {
            State::Asking | State::Problem => ksni::Status::NeedsAttention,
            State::Idle | State::Paused => ksni::Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        let image = self.image();
        let (Ok(width), Ok(height)) = (i32::try_from(image.width()), i32::try_from(image.height())) else {
            return Vec::new();
        };
        // RGBA to ARGB.
        let mut data = image.rgba().to_vec();
        data.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
        vec![Icon { width, height, data }]
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        self.icon_pixmap()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: text("window.main", &[]), description: self.words(), ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        if self.view.waiting == 0 {
            windows::show_main(&self.handle);
        } else {
            windows::show_popup(&self.handle);
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let mut menu: Vec<MenuItem<Self>> = self
            .view
            .listed
            .iter()
            .map(|waiting| {
                let id = waiting.id.clone();
                entry(&waiting.label, move |app| {
                    let id = id.clone();
                    async move { app.pick(&id).await }
                })
            })
            .collect();
        if self.view.waiting > self.view.listed.len() {
            let open = |item: &mut Self| windows::show_popup(&item.handle);
            let label = counted("tray.more", self.view.waiting - self.view.listed.len());
            menu.push(StandardItem { label, activate: Box::new(open), ..Default::default() }.into());
        }
        if !menu.is_empty() {
            menu.push(MenuItem::Separator);
        }
        if self.view.state == State::Paused {
            menu.push(entry(&text("tray.resume", &[]), |app| async move { app.resume().await }));
        } else {
            let choices = PAUSES.map(Some).into_iter().chain([None]);
            menu.push(
                SubMenu {
                    label: text("tray.pause", &[]),
                    submenu: choices.map(Self::pause).collect(),
                    ..SubMenu::default()
                }
                .into(),
            );
        }
        let open = |item: &mut Self| windows::show_main(&item.handle);
        menu.push(
            StandardItem { label: text("tray.open", &[]), activate: Box::new(open), ..Default::default() }.into(),
        );
        let quit = |item: &mut Self| {
            tauri::async_runtime::spawn(events::ask_to_quit(item.handle.clone()));
        };
        menu.push(
            StandardItem { label: text("tray.quit", &[]), activate: Box::new(quit), ..Default::default() }.into(),
        );
        menu
    }

    fn watcher_online(&self) {
        self.handle.state::<Presence>().0.store(true, Ordering::Relaxed);
        let app = self.handle.state::<App>().inner().clone();
        tauri::async_runtime::spawn(async move { app.clear_note("noTray").await });
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        self.handle.state::<Presence>().0.store(false, Ordering::Relaxed);
        let app = self.handle.state::<App>().inner().clone();
        let detail = match reason {
            OfflineReason::Error(error) => error.to_string(),
            _ => String::new(),
        };
        tauri::async_runtime::spawn(async move { app.note("noTray", detail).await });
        // Wait for a tray to come.
        true
    }
}
