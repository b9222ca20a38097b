//! What the windows and the command line see. Ids and 64-bit integers are strings; texts that came from outside are
//! [`Piece`]s, never bare strings, so that nothing hostile reaches a screen undrawn.
//!
//! `ui/src/ipc/dto.ts` is generated from this file; `cargo xtask gen` writes it and a test compares.

mod agents;
mod card;
mod editor;
mod events;
mod hooks;
mod past;
mod rules;
mod runs;
mod settings;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use agents::{
    AgentView, Aim, AttachState, AttachedView, ConnectionView, EntryView, Fix, OpenSession, PlanView, Problem,
    ProblemCode, ProgramView, TestOutcome, TrustView, UntrustedView,
};
pub use card::{
    ActionView, AdviceView, Card, ChangeView, FileView, HintView, LineKindView, LineView, OfferEffect, OfferView, Pair,
    ReviewerView, Shown, StepView,
};
pub use editor::{
    BackupView, DiagnosticView, DraftView, DropUpdate, FieldInFile, FieldWish, GroupInFile, HandlerInFile, HookEdit,
    HookEdited, HookFile, HookFileKind, HookPlace, HookReading, MergeView, NotationView, OpenHookFile, ReadOnly,
    SaveOutcome, SavePreview, ScriptView, SeenItem, SeverityView, TemplateView, TextChange, TextFix, TrustChange,
    TrustEffect, TrustItem,
};
pub use events::{EventDetail, EventView, LiveSnapshot, LiveUpdate, RecordedView, ReportedView};
pub use hooks::{
    ArgvView, FieldChange, GrantView, HookFileError, HookView, HooksView, HostedView, HostedWish, OutcomeView,
    RecordedPayload, RunEntry, RunStatusView, RunView, ScriptChange, SeenHook, SinceTrusted, SkippedHook, StreamView,
    TrialPayloads, TrialUpdate, TrialWish, WhyNot,
};
pub use past::{ByView, DecisionView, Outcome, Past, PastDetail, PastFilter, PastPage, ResultView, Taken};
pub use rules::{
    Lasts, RuleDraft, RulePreview, RuleRef, RuleState, RuleView, RuleWish, RulesChanged, RulesView, SaysDraft, Unfit,
    WhatDraft,
};
pub use runs::{
    Altered, AppliedView, CallStep, DayView, HookSumView, InsightsView, OutputView, PastRun, PastRunDetail,
    PastRunPage, RunAgain, RunFilter, RunFromView, ToldView,
};
pub use settings::{
    Language, Notice, Notices, PopupPlace, ProjectSettings, Review, Secrets, Setting, SettingsView, Theme, WaitingView,
};

/// A part of a text from outside, as it has to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Piece {
    /// Drawn as it is.
    Text { text: String },
    /// A character that would be invisible, misleading or active: drawn as a visible mark.
    Mark { label: String, name: String },
    /// A long run of blanks or line breaks, folded. `text` is the run itself, for the full text.
    Fold { text: String, count: u32, of: Folded },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Folded {
    Blanks,
    LineBreaks,
}

/// What a person chose on a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum Choice {
    Allow,
    /// Allow it, and everything like it for the rest of the session: what `sessionRule` of the card says.
    AllowSession,
    Deny {
        message: String,
    },
    /// Leave it to the agent.
    Leave,
    /// One of the agent's own answers, by its place in `offers` of the card. With the one that refuses and lets the turn go on, the
    /// model can be told why.
    Offered {
        place: u32,
        #[serde(default)]
        #[ts(optional)]
        message: Option<String>,
    },
}

/// Something the person should know, by message key, until it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Key of the catalogue: `note.<code>.text` and `note.<code>.hint`.
    pub code: String,
    /// Technical detail, as the system said it.
    pub detail: String,
}

/// Whether requests are passed straight back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Paused {
    /// Milliseconds since the Unix epoch; null: until resumed.
    pub until: Option<String>,
}

/// Everything a window draws, at one point of the one order. Later updates have a greater `seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    pub seq: String,
    pub version: String,
    pub waiting: Vec<Card>,
    pub paused: Option<Paused>,
    pub notes: Vec<Note>,
    /// The waiting request that a person picked last.
    pub picked: Option<String>,
    /// The request from which a person wants to make a rule in the main window.
    pub rule_asked: Option<String>,
    /// The person wants to quit while requests wait, and has not said yet what becomes of them.
    pub quit_asked: bool,
    /// How many rules allow something now.
    pub allow_rules: u32,
    pub settings: SettingsView,
}

/// One step in the one order. A gap in `seq` means: take a new snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    pub seq: String,
    pub at: String,
    pub change: ChangeOf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ChangeOf {
    RequestOpened {
        card: Box<Card>,
    },
    RequestEnded {
        id: String,
        outcome: Outcome,
    },
    ReplyTaken {
        id: String,
        taken: Taken,
    },
    /// What hosted hooks did for this event can be had.
    HooksRan {
        event: String,
    },
    PauseChanged {
        paused: Option<Paused>,
    },
    NotesChanged {
        notes: Vec<Note>,
    },
    /// Rules, or what counts of them, are others now: get them anew.
    RulesChanged {
        allow_rules: u32,
    },
    SettingsChanged {
        settings: Box<SettingsView>,
    },
    /// Arming started anew on a window: what was painted there must be counted from now.
    Rearmed {
        window: Surface,
    },
    /// A person picked this request elsewhere (the tray): show it.
    RequestPicked {
        id: String,
    },
    /// What is told of agents' servers is another now: look at agents anew.
    AttachedChanged,
    /// The person wants to make a rule from this request: the main window shows the draft.
    RuleAsked {
        id: String,
    },
    /// The person wants to quit while requests wait: ask.
    QuitAsked {
        waiting: u32,
    },
}

/// A window that can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Surface {
    Popup,
    Main,
}

/// The reply to `painted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Arming {
    /// Milliseconds until Allow is taken; 0: now.
    pub left_ms: u32,
}

/// An error as the windows get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Key of the catalogue: `error.<code>.text` and `error.<code>.hint`.
    pub code: String,
    /// Technical detail, as the system said it.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use ts_rs::Config;

    use super::*;

    fn typescript() -> String {
        let config = Config::default();
        let declarations = [
            Piece::decl(&config),
            Folded::decl(&config),
            Card::decl(&config),
            Shown::decl(&config),
            AdviceView::decl(&config),
            StepView::decl(&config),
            HintView::decl(&config),
            OfferView::decl(&config),
            OfferEffect::decl(&config),
            ReviewerView::decl(&config),
            ActionView::decl(&config),
            Pair::decl(&config),
            FileView::decl(&config),
            ChangeView::decl(&config),
            LineView::decl(&config),
            LineKindView::decl(&config),
            Choice::decl(&config),
            Outcome::decl(&config),
            DecisionView::decl(&config),
            ByView::decl(&config),
            Taken::decl(&config),
            Past::decl(&config),
            PastFilter::decl(&config),
            PastPage::decl(&config),
            PastDetail::decl(&config),
            ResultView::decl(&config),
            Note::decl(&config),
            Paused::decl(&config),
            Snapshot::decl(&config),
            Update::decl(&config),
            ChangeOf::decl(&config),
            EventView::decl(&config),
            ReportedView::decl(&config),
            LiveSnapshot::decl(&config),
            LiveUpdate::decl(&config),
            RecordedView::decl(&config),
            EventDetail::decl(&config),
            AgentView::decl(&config),
            ProgramView::decl(&config),
            AttachedView::decl(&config),
            AttachState::decl(&config),
            ConnectionView::decl(&config),
            TrustView::decl(&config),
            EntryView::decl(&config),
            OpenSession::decl(&config),
            UntrustedView::decl(&config),
            Problem::decl(&config),
            ProblemCode::decl(&config),
            Fix::decl(&config),
            Aim::decl(&config),
            PlanView::decl(&config),
            TestOutcome::decl(&config),
            HooksView::decl(&config),
            HookView::decl(&config),
            WhyNot::decl(&config),
            SinceTrusted::decl(&config),
            FieldChange::decl(&config),
            ScriptChange::decl(&config),
            HostedView::decl(&config),
            GrantView::decl(&config),
            ArgvView::decl(&config),
            SkippedHook::decl(&config),
            HookFileError::decl(&config),
            HostedWish::decl(&config),
            TrialWish::decl(&config),
            SeenHook::decl(&config),
            BackupView::decl(&config),
            DiagnosticView::decl(&config),
            DraftView::decl(&config),
            DropUpdate::decl(&config),
            FieldInFile::decl(&config),
            FieldWish::decl(&config),
            GroupInFile::decl(&config),
            HandlerInFile::decl(&config),
            HookEdit::decl(&config),
            HookEdited::decl(&config),
            HookFile::decl(&config),
            HookFileKind::decl(&config),
            HookPlace::decl(&config),
            HookReading::decl(&config),
            MergeView::decl(&config),
            NotationView::decl(&config),
            OpenHookFile::decl(&config),
            ReadOnly::decl(&config),
            SaveOutcome::decl(&config),
            SavePreview::decl(&config),
            ScriptView::decl(&config),
            SeverityView::decl(&config),
            TemplateView::decl(&config),
            TextChange::decl(&config),
            TextFix::decl(&config),
            TrustChange::decl(&config),
            TrustEffect::decl(&config),
            TrustItem::decl(&config),
            SeenItem::decl(&config),
            TrialPayloads::decl(&config),
            RecordedPayload::decl(&config),
            TrialUpdate::decl(&config),
            StreamView::decl(&config),
            RunView::decl(&config),
            RunStatusView::decl(&config),
            RunEntry::decl(&config),
            OutcomeView::decl(&config),
            RunFilter::decl(&config),
            RunFromView::decl(&config),
            PastRun::decl(&config),
            PastRunPage::decl(&config),
            PastRunDetail::decl(&config),
            ToldView::decl(&config),
            AppliedView::decl(&config),
            OutputView::decl(&config),
            CallStep::decl(&config),
            RunAgain::decl(&config),
            Altered::decl(&config),
            InsightsView::decl(&config),
            DayView::decl(&config),
            HookSumView::decl(&config),
            RulesView::decl(&config),
            RuleView::decl(&config),
            RuleState::decl(&config),
            RulesChanged::decl(&config),
            RuleDraft::decl(&config),
            WhatDraft::decl(&config),
            SaysDraft::decl(&config),
            Lasts::decl(&config),
            RulePreview::decl(&config),
            Unfit::decl(&config),
            RuleWish::decl(&config),
            RuleRef::decl(&config),
            Language::decl(&config),
            Theme::decl(&config),
            PopupPlace::decl(&config),
            Notice::decl(&config),
            Notices::decl(&config),
            SettingsView::decl(&config),
            WaitingView::decl(&config),
            ProjectSettings::decl(&config),
            Review::decl(&config),
            Secrets::decl(&config),
            Setting::decl(&config),
            Surface::decl(&config),
            Arming::decl(&config),
            Failure::decl(&config),
        ];
        let body: Vec<_> = declarations.into_iter().map(|declaration| format!("export {declaration}\n")).collect();
        format!("// Generated from src-tauri/api/src/dto.rs by `cargo xtask gen`. Do not edit.\n\n{}", body.join("\n"))
    }

    #[test]
    fn the_generated_file_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/ipc/dto.ts");
        if std::env::var_os("HOOKWRIGHT_WRITE_GENERATED").is_some() {
            fs::write(&path, typescript()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), typescript(), "run `cargo xtask gen`");
    }
}
