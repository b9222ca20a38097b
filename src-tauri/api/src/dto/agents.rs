//! How agents and Hookwright are joined: the Agents screen and `hookwright doctor`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{FileView, Piece};

/// One agent, as the Agents screen and `hookwright doctor` tell of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AgentView {
    pub agent: String,
    pub title: String,
    /// Null: the program was not found.
    pub program: Option<ProgramView>,
    /// The agent's own folder, for Codex `CODEX_HOME`.
    pub home: Vec<Piece>,
    /// The file that has our entries, or would get them.
    pub file: Vec<Piece>,
    pub connection: ConnectionView,
    pub trust: TrustView,
    /// Where we are a client of its server: one for each of its folders that is watched.
    pub attached: Vec<AttachedView>,
    /// Every event we would have an entry for.
    pub entries: Vec<EntryView>,
    /// Open sessions that began before the entries were there and still lack them.
    pub lacking: Vec<OpenSession>,
    /// Milliseconds since the Unix epoch.
    pub last_event_at: Option<String>,
    pub problems: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProgramView {
    pub path: Vec<Piece>,
    /// Null: it did not say.
    pub version: Option<String>,
}

/// Whether we are a client of the server that the agent's terminals share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AttachedView {
    /// The agent's folder whose server it is, for Codex `CODEX_HOME`.
    pub home: Vec<Piece>,
    pub state: AttachState,
    /// Of the server, where there is one and it says so.
    pub version: Option<String>,
    /// Milliseconds since the Unix epoch: since when we are its client.
    pub since: Option<String>,
    /// The open conversations that are followed, without sub-agents'.
    pub sessions: u32,
    /// Technical detail of a failure, as the system said it.
    pub detail: Option<Vec<Piece>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum AttachState {
    /// A person switched it off.
    Off,
    /// There is no server: no terminal is open, or they run without one.
    NoServer,
    /// Runs are seen; what may be answered is being found out.
    Connecting,
    /// Runs are seen, and questions can be answered.
    Attached,
    /// Runs and questions are seen. What may be answered is not known: the server is of another version than the installed agent.
    SeesOnly,
    /// There is a server to which we cannot connect.
    Failed,
    /// The folder cannot be watched: a server that starts later is not noticed.
    Unwatched,
    /// There is the socket of a server. Only the running app is a client of it, and was not asked.
    Unasked,
}

/// Whether our entries stand in the agent's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionView {
    NotConnected,
    Connected,
    /// Some events have our entry, others not.
    Partly,
    /// The entries name a relay that is not this installation's.
    Stale,
    /// A person took them out of the file. They are not put back unless a person asks for it.
    Removed,
    /// The file cannot be read or does not parse.
    Unreadable,
}

/// Whether the agent will run our entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TrustView {
    Trusted,
    /// Never trusted.
    Untrusted,
    /// An entry is not the one that was trusted.
    Modified,
    /// A person switched an entry off.
    Disabled,
    /// The agent could not be asked.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    pub event: String,
    pub there: bool,
    /// Taken out of the file by a person while connected.
    pub removed: bool,
    pub trust: TrustView,
}

/// A session of an agent that is open now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenSession {
    pub id: String,
    pub folder: Option<Vec<Piece>>,
    /// Milliseconds since the Unix epoch.
    pub since: String,
    pub pid: u32,
}

/// Hooks that an open session skips without a word, because nobody trusted them as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UntrustedView {
    pub agent_title: String,
    pub session: String,
    pub folder: String,
    /// Of the hooks, in their order.
    pub keys: Vec<String>,
}

/// Something that keeps an agent and Hookwright apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Key of the catalogue: `problem.<code>.text` and `problem.<code>.hint`.
    pub code: ProblemCode,
    /// Technical detail: where, what.
    pub detail: Vec<Piece>,
    /// The button that mends it; null where a person has to.
    pub fix: Option<Fix>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProblemCode {
    /// The agent's program was not found.
    NoProgram,
    NotConnected,
    /// The person took the entries out.
    Removed,
    PartlyConnected,
    Untrusted,
    Modified,
    Disabled,
    /// The entries name a relay that is gone or not ours.
    StalePath,
    /// The relay's copy, or the list of programs that may answer it, is missing or old.
    RelayMissing,
    /// The agent runs no hooks at all.
    HooksOff,
    /// A file does not parse or cannot be read.
    Unreadable,
    /// Open sessions do not have our entries.
    OpenSessions,
    /// Another tool's PermissionRequest hook makes the agent wait too, and its deny wins.
    OtherHooks,
    /// The agent could not be asked about trust.
    NotAsked,
}

/// What mends a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Fix {
    Connect,
    /// Connect, putting back what the person took out.
    PutBack,
    Trust,
    /// Copy the relay again.
    Install,
}

/// What a person wants done to an agent's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Aim {
    Connect,
    /// Connect, putting back what the person took out.
    PutBack,
    Disconnect,
}

/// The change to an agent's files, to be looked at before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Names exactly this change; making it needs it.
    pub digest: String,
    /// Empty: nothing to do.
    pub files: Vec<FileView>,
}

/// What came of a test request through the real relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TestOutcome {
    Allow,
    Deny,
    /// The relay said nothing: handed back, paused, or nobody took it.
    NoDecision,
}
