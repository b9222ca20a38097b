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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// Null: that of the system.
    pub language: Option<Language>,
    /// What is spoken now.
    pub speaks: Language,
    pub theme: Theme,
    pub popup_place: PopupPlace,
    pub waiting: Vec<WaitingView>,
    /// Days that the history is kept; null: for ever.
    pub keep_days: Option<u32>,
    /// How often hosted hooks may keep one turn from ending; null: as often as they want.
    pub continuations: Option<u32>,
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
    /// 5 to 86,000 seconds.
    Waiting {
        agent: String,
        seconds: u32,
    },
    KeepDays {
        value: Option<u32>,
    },
    /// 1 to 1,000.
    Continuations {
        value: Option<u32>,
    },
    StartAtLogin {
        value: bool,
    },
    Welcomed {
        value: bool,
    },
}
