//! The hooks editor: files, their text, what stands in it, what is wrong with it, and what a save would do.
//!
//! The text is the one truth. Places in it are counted in UTF-16 code units, as the editor does.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Failure, FileView, Piece, SinceTrusted};

/// A file that declares hooks, or may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookFile {
    pub path: String,
    /// The same, to be read.
    pub path_shown: Vec<Piece>,
    pub kind: HookFileKind,
    pub notation: NotationView,
    pub exists: bool,
    /// Handlers that stand in it.
    pub handlers: u32,
    /// Null: it can be edited.
    pub read_only: Option<ReadOnly>,
    /// Changes of it are kept that are not saved yet.
    pub drafted: bool,
}

/// What becomes of files that are dragged over the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum DropUpdate {
    Over,
    Left,
    /// In the order of the drop. `refused` says why the first of those was refused that are no hook files.
    Dropped {
        files: Vec<HookFile>,
        refused: Option<Failure>,
    },
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum HookFileKind {
    /// In the agent's own folder.
    User,
    /// In the folder that was asked for, or one above it.
    Project,
    /// Hookwright's own.
    Hosted,
    /// An administrator's.
    Managed,
    Plugin,
    /// Opened by a person.
    Other,
}

/// How hooks are written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NotationView {
    Json,
    Toml,
}

/// Why a file is only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ReadOnly {
    Managed,
    Plugin,
    /// It belongs to another user, or may not be written.
    NotOurs,
}

/// A file as it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenHookFile {
    pub file: HookFile,
    /// Empty where there is no file.
    pub text: String,
    /// Of the bytes on disk; null where there is no file.
    pub digest: Option<String>,
    pub reading: HookReading,
    /// What was left unsaved; null where nothing was.
    pub draft: Option<DraftView>,
}

/// The text of a file as a person left it, unsaved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DraftView {
    pub text: String,
    /// What stood in the file when it was loaded; null where there was none.
    pub base: Option<String>,
    /// Of `base`.
    pub digest: Option<String>,
    /// Templates whose scripts a save will write.
    pub templates: Vec<String>,
}

/// What stands in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookReading {
    /// Null where the text cannot be parsed: then a diagnostic says where, and there is no form.
    pub groups: Option<Vec<GroupInFile>>,
    pub diagnostics: Vec<DiagnosticView>,
}

/// A matcher group, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GroupInFile {
    /// As it is written, also where the agent knows no such event.
    pub event: String,
    /// From 0, within its event.
    pub group: u32,
    pub from: u32,
    pub to: u32,
    /// As it is written; null where there is none.
    pub matcher: Option<String>,
    /// Whether the agent asks the matcher on this event.
    pub matches: bool,
    /// Tools of the agent's own that the matcher hits; null where it asks for no tools.
    pub hits: Option<Vec<String>>,
    /// Other tools that it hits, which the agent was seen to use.
    pub recorded: Vec<String>,
    pub handlers: Vec<HandlerInFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HandlerInFile {
    /// From 0, within its group.
    pub handler: u32,
    /// The agent's key of this place.
    pub key: String,
    pub from: u32,
    pub to: u32,
    /// As it is written in `type`; empty where there is none.
    pub kind: String,
    pub fields: Vec<FieldInFile>,
    /// An entry by which the agent is connected: it is only looked at here.
    pub ours: bool,
    /// Its runs are recorded: the command is wrapped. `command` below is the person's own.
    pub recorded: bool,
    /// The person's own command, without the recorder.
    pub command: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FieldInFile {
    pub name: String,
    /// JSON of its value.
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DiagnosticView {
    pub severity: SeverityView,
    /// Stable, such as `unknown-event`.
    pub code: String,
    pub from: u32,
    pub to: u32,
    /// From 1.
    pub line: u32,
    pub column: u32,
    pub message: Vec<Piece>,
    pub hint: Option<Vec<Piece>>,
    /// What mends it; null where a person has to.
    pub fix: Option<TextFix>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SeverityView {
    /// The agent leaves something out, or the hook cannot work.
    Error,
    /// It works otherwise than it looks.
    Warning,
    /// It can be better.
    Advice,
}

/// What mends a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TextFix {
    /// What it does, in words.
    pub title: String,
    pub changes: Vec<TextChange>,
}

/// One replacement. Several are all counted in the text before any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TextChange {
    pub from: u32,
    pub to: u32,
    pub insert: String,
}

/// A group, or a handler in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookPlace {
    pub event: String,
    pub group: u32,
    /// Null: the whole group.
    pub handler: Option<u32>,
}

/// What a person does in the form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum HookEdit {
    /// A group with one handler, as the last of its event, so that the others keep their trust.
    AddGroup {
        event: String,
        matcher: Option<String>,
        handler: Vec<FieldWish>,
    },
    /// The last handler of its group.
    AddHandler {
        event: String,
        group: u32,
        handler: Vec<FieldWish>,
    },
    /// Null takes it out.
    SetMatcher {
        event: String,
        group: u32,
        matcher: Option<String>,
    },
    SetField {
        place: HookPlace,
        field: FieldWish,
    },
    Remove {
        place: HookPlace,
    },
    /// `{}` stays in the place of a group, so that those behind it keep their keys.
    Vacate {
        event: String,
        group: u32,
    },
    /// To the place before which it is to stand; one past the last is the end.
    Move {
        place: HookPlace,
        to: HookPlace,
    },
    /// A handler to another group of its event, as the last there; null: to a new group with the same matcher, as the last of the
    /// event. A group that would be left without a handler goes, or leaves `{}` where others stand behind it.
    Regroup {
        place: HookPlace,
        into: Option<u32>,
    },
    Duplicate {
        place: HookPlace,
    },
    /// Wraps the command, so that its runs are recorded, or unwraps it.
    Record {
        place: HookPlace,
        on: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldWish {
    pub name: String,
    /// JSON of its value; null takes it out.
    pub value: Option<String>,
}

/// What an edit does to the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HookEdited {
    pub changes: Vec<TextChange>,
    /// What stands in the text after them.
    pub reading: HookReading,
    /// Where what was meant stands now; null where it is gone.
    pub place: Option<HookPlace>,
}

/// What a save would do, to be looked at first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SavePreview {
    /// Of everything that is shown here.
    pub digest: String,
    /// Null: nothing changes.
    pub diff: Option<FileView>,
    pub diagnostics: Vec<DiagnosticView>,
    pub trust: Vec<TrustEffect>,
    /// Places could be kept as they are by leaving `{}` behind: the text that does so.
    pub keeping: Option<String>,
}

/// What becomes of the trust in one hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrustEffect {
    /// Its key after the save.
    pub key: String,
    pub event: String,
    pub runs: Vec<Piece>,
    pub effect: TrustChange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum TrustChange {
    /// It is new, and has to be trusted.
    New,
    /// It is another than was trusted, and has to be trusted anew.
    Changed,
    /// It is the same, but stands at another place, so that its trust is lost.
    Moved,
}

/// What came of a save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "one at a time, never kept")]
pub enum SaveOutcome {
    Saved {
        opened: OpenHookFile,
    },
    /// Nothing was written: the file is not what was loaded.
    Changed,
}

/// What stands on disk now, and both changes put together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MergeView {
    pub theirs: String,
    /// Of the bytes on disk; null where there is no file any more.
    pub digest: Option<String>,
    /// How theirs differs from what was loaded.
    pub diff: Option<FileView>,
    /// With conflict marks, where `conflicts` is not 0.
    pub merged: String,
    pub conflicts: u32,
}

/// What a file was before a save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackupView {
    pub id: String,
    /// Milliseconds since the Unix epoch.
    pub at: String,
    /// `save`, `connect`, `disconnect` or `trust`.
    pub reason: String,
    pub bytes: u32,
}

/// A hook of the gallery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    /// `gallery.<id>.title` and `gallery.<id>.text` are its words in the catalogue.
    pub id: String,
    pub event: String,
    pub matcher: Option<String>,
    pub handler: Vec<FieldInFile>,
    /// The script that it runs, where it is no single command.
    pub script: Option<ScriptView>,
}

/// A script, as a person looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScriptView {
    pub path: Vec<Piece>,
    pub text: Vec<Piece>,
    /// There is more than is here.
    pub cut: bool,
}

/// What is to be trusted, as a person looks at it first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrustItem {
    pub key: String,
    pub hash: String,
    /// Of everything that is here and of all of the scripts' bytes. Trust is given to this.
    pub digest: String,
    pub event: String,
    pub matcher: Option<Vec<Piece>>,
    /// The command, or the tool and its server.
    pub runs: Vec<Piece>,
    /// What an MCP tool is called with; null where it is none, or called with nothing.
    pub input: Option<Vec<Piece>>,
    /// Files that the command names and that are there.
    pub scripts: Vec<ScriptView>,
    /// How it differs from what was trusted before; null where it does not, or was never trusted.
    pub since: Option<SinceTrusted>,
}

/// What a person looked at before it is trusted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenItem {
    pub key: String,
    /// [`TrustItem::digest`].
    pub digest: String,
}
