//! What the server tells without being asked. Nothing of it is lost: what is not understood is handed on as it came.

use serde::Deserialize;
use serde_json::Value;

use crate::rpc::{Notification, RequestId};
use crate::{Item, ItemId, Loss, Question, Thread, ThreadId, ThreadStatus, Turn, TurnId, TurnStatus};

/// In the order of the server. Only [`Event::Lost`] is our own, and always the last.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    HookStarted(HookNews),
    /// Codex 0.169: runs for one event are told together, after the slowest; a run that was interrupted never.
    HookCompleted(HookNews),
    ItemStarted(Item),
    ItemCompleted(Item),
    TurnStarted(Turn),
    TurnCompleted(Turn),
    ThreadStarted(Thread),
    ThreadStatus {
        thread: ThreadId,
        status: ThreadStatus,
    },
    ThreadClosed(ThreadId),
    /// The server asks its clients. Nothing is sent unless [`Attachment::answer`](crate::Attachment::answer) is called.
    Asked(Question),
    /// A question is settled: answered by whichever client was first, by us too, or taken back.
    Resolved {
        thread: ThreadId,
        id: RequestId,
    },
    /// Any other news, or one whose parts are not as we know them.
    Other {
        method: String,
        params: Value,
    },
    /// A message that is none; the text says why.
    Unreadable(String),
    /// The connection is over.
    Lost(Loss),
}

/// News of a run of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookNews {
    /// A sub-agent's own, where it is a sub-agent's.
    pub thread: ThreadId,
    pub turn: Option<TurnId>,
    pub run: HookRun,
    /// When the server said so, in milliseconds since 1970. The times of the run are whole seconds.
    pub emitted_at_ms: Option<i64>,
}

/// A run of a hook in the words of Codex 0.169.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HookRun {
    /// `<event>:<display order>:<source path>[:<call>]`. Not unique: the next run of the same hook has it again.
    pub id: String,
    /// `permissionRequest` and so on.
    pub event_name: String,
    pub handler_type: String,
    pub execution_mode: String,
    pub scope: String,
    pub source_path: String,
    #[serde(default)]
    pub source: String,
    pub display_order: i64,
    pub status: RunStatus,
    pub status_message: Option<String>,
    /// Seconds since 1970.
    pub started_at: i64,
    pub completed_at: Option<i64>,
    pub duration_ms: Option<i64>,
    #[serde(default)]
    pub entries: Vec<HookEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum RunStatus {
    Running,
    Completed,
    Failed,
    Blocked,
    Stopped,
    Other(String),
}

impl From<String> for RunStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "running" => Self::Running,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "blocked" => Self::Blocked,
            "stopped" => Self::Stopped,
            _ => Self::Other(text),
        }
    }
}

/// What a run left. Its kind is `warning`, `stop`, `feedback`, `context` or `error`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HookEntry {
    pub kind: String,
    pub text: String,
}

impl Event {
    pub(crate) fn read(news: Notification) -> Self {
        Self::known(&news).unwrap_or(Self::Other { method: news.method, params: news.params })
    }

    fn known(news: &Notification) -> Option<Self> {
        let params = &news.params;
        Some(match news.method.as_str() {
            "hook/started" => Self::HookStarted(HookNews::read(news)?),
            "hook/completed" => Self::HookCompleted(HookNews::read(news)?),
            "item/started" => Self::ItemStarted(Item::read(params)?),
            "item/completed" => Self::ItemCompleted(Item::read(params)?),
            "turn/started" => Self::TurnStarted(Turn::read(params)?),
            "turn/completed" => Self::TurnCompleted(Turn::read(params)?),
            "thread/started" => Self::ThreadStarted(part(&params["thread"])?),
            "thread/status/changed" => {
                Self::ThreadStatus { thread: part(&params["threadId"])?, status: params["status"].clone().into() }
            }
            "thread/closed" => Self::ThreadClosed(part(&params["threadId"])?),
            "serverRequest/resolved" => {
                Self::Resolved { thread: part(&params["threadId"])?, id: RequestId::read(&params["requestId"])? }
            }
            _ => return None,
        })
    }
}

impl HookNews {
    fn read(news: &Notification) -> Option<Self> {
        let Notification { params, emitted_at_ms, .. } = news;
        Some(Self {
            thread: part(&params["threadId"])?,
            turn: part(&params["turnId"])?,
            run: part(&params["run"])?,
            emitted_at_ms: *emitted_at_ms,
        })
    }
}

impl Turn {
    fn read(params: &Value) -> Option<Self> {
        let turn = &params["turn"];
        let status = TurnStatus::from(turn["status"].as_str()?);
        Some(Self { thread: part(&params["threadId"])?, id: part(&turn["id"])?, status, raw: turn.clone() })
    }
}

impl Item {
    fn read(params: &Value) -> Option<Self> {
        let item = &params["item"];
        let id: ItemId = part(&item["id"])?;
        let text = |name: &str| item[name].as_str().map(str::to_owned);
        Some(Self {
            thread: part(&params["threadId"])?,
            turn: part(&params["turnId"])?,
            id,
            kind: text("type")?,
            status: text("status"),
            raw: item.clone(),
        })
    }
}

/// A part of a message, if it is as we know it.
pub(crate) fn part<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}
