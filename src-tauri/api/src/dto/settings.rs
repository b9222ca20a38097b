//! What a person may set.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    SimplifiedChinese,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// Where the popup appears on the screen with the pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PopupPlace {
    /// The corner nearest the tray.
    #[default]
    Tray,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// How a person is told that an agent asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// The popup shows. Only where it cannot be seen there is a notification of the desktop.
    #[default]
    Popup,
    /// The popup shows, and there is a notification.
    Both,
    /// There is a notification; the popup shows when it is asked for.
    Notification,
}

/// How a person is told, as it stands in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Notices {
    pub by: Notice,
    /// Notifications say what is asked, not only who asks.
    pub text: bool,
    /// Notifications come with the desktop's sound.
    pub sound: bool,
    /// While the desktop is set to *do not disturb*, nothing shows by itself.
    #[serde(alias = "follow_do_not_disturb")]
    pub follow_do_not_disturb: bool,
}

impl Default for Notices {
    fn default() -> Self {
        Self { by: Notice::default(), text: false, sound: false, follow_do_not_disturb: true }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// Null: that of the system.
    pub language: Option<Language>,
    /// What is spoken now.
    pub speaks: Language,
    pub theme: Theme,
    pub popup_place: PopupPlace,
    pub notices: Notices,
    /// Brings the popup with the keyboard, such as `Ctrl+Alt+H`; null: none.
    pub shortcut: Option<String>,
    /// Only the desktop can take shortcuts here (Wayland).
    pub desktop_takes_shortcuts: bool,
    /// What a shortcut of the desktop has to run.
    pub popup_command: String,
    pub waiting: Vec<WaitingView>,
    /// What is otherwise below some folders. Of several the longest that fits says it.
    pub projects: Vec<ProjectSettings>,
    /// Days that the history is kept; null: for ever.
    pub keep_days: Option<u32>,
    /// How large the history may become; null: as large as it gets.
    pub keep_megabytes: Option<u32>,
    /// How often hosted hooks may keep one turn from ending; null: as often as they want.
    pub continuations: Option<u32>,
    /// We are a client of the servers that agents' terminals share.
    pub attach: bool,
    /// Further folders of Codex whose servers are watched, beside the one of this machine's user.
    pub codex_homes: Vec<String>,
    pub start_at_login: bool,
    /// The folder of history, spool and logs.
    pub data_folder: String,
    /// The file in which these settings stand.
    pub file: String,
    /// A person has been through the first run, or skipped it.
    pub welcomed: bool,
}

/// How long requests of an agent wait for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WaitingView {
    pub agent: String,
    pub title: String,
    pub seconds: u32,
}

/// What is otherwise in a project and below; null: as elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectSettings {
    pub folder: String,
    /// Seconds, 5 to 86,000.
    pub waiting: Option<u32>,
    pub review: Option<Review>,
    pub secrets: Option<Secrets>,
}

/// What becomes of secrets in what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Secrets {
    Masked,
    Plain,
}

/// Who decides where the agent has a reviewer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Review {
    /// The person.
    Ask,
    /// That reviewer, as everywhere unless it is said otherwise.
    Agent,
}

/// One setting, as a person wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Setting {
    Language {
        value: Option<Language>,
    },
    Theme {
        value: Theme,
    },
    PopupPlace {
        value: PopupPlace,
    },
    Notices {
        value: Notices,
    },
    /// As `Ctrl+Alt+H`.
    Shortcut {
        value: Option<String>,
    },
    /// 5 to 86,000 seconds.
    Waiting {
        agent: String,
        seconds: u32,
    },
    /// All null: nothing is otherwise there.
    Project(ProjectSettings),
    KeepDays {
        value: Option<u32>,
    },
    /// 10 or more.
    KeepMegabytes {
        value: Option<u32>,
    },
    /// 1 to 1,000.
    Continuations {
        value: Option<u32>,
    },
    Attach {
        value: bool,
    },
    /// Full paths.
    CodexHomes {
        value: Vec<String>,
    },
    StartAtLogin {
        value: bool,
    },
    Welcomed {
        value: bool,
    },
}
