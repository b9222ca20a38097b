//! Risk hints: what in a request deserves a second look, and which words say so. They inform and lengthen arming; they
//! never decide.

mod files;
mod programs;
mod shell;

use std::path::Path;

use model::Action;

use crate::command::{self, Line};

/// Something to look at twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub risk: Risk,
    /// The words that say so, as they stand in the text.
    pub words: String,
    /// The place of the step in [`Line::steps`]; `None`: the whole request.
    pub step: Option<usize>,
}

/// What may come of it. Each has one plain sentence in the catalogue, `risk.<name>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Risk {
    Deletes,
    Overwrites,
    Privilege,
    NetworkOut,
    Publishes,
    RewritesHistory,
    ReadsSecrets,
    WritesOutside,
    EncodedPayload,
    PipesIntoShell,
    /// A shell or another program that takes commands later, which nobody is asked about.
    OpensShell,
    /// Text that we cannot read, so hints may be missing.
    Unreadable,
}

impl Risk {
    pub const ALL: [Self; 12] = [
        Self::Deletes,
        Self::Overwrites,
        Self::Privilege,
        Self::NetworkOut,
        Self::Publishes,
        Self::RewritesHistory,
        Self::ReadsSecrets,
        Self::WritesOutside,
        Self::EncodedPayload,
        Self::PipesIntoShell,
        Self::OpensShell,
        Self::Unreadable,
    ];

    /// The last part of its key in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deletes => "deletes",
            Self::Overwrites => "overwrites",
            Self::Privilege => "privilege",
            Self::NetworkOut => "networkOut",
            Self::Publishes => "publishes",
            Self::RewritesHistory => "rewritesHistory",
            Self::ReadsSecrets => "readsSecrets",
            Self::WritesOutside => "writesOutside",
            Self::EncodedPayload => "encodedPayload",
            Self::PipesIntoShell => "pipesIntoShell",
            Self::OpensShell => "opensShell",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether it takes longer before *Allow* can be pressed.
    pub fn is_high(self) -> bool {
        match self {
            Self::Deletes
            | Self::Privilege
            | Self::Publishes
            | Self::RewritesHistory
            | Self::ReadsSecrets
            | Self::WritesOutside
            | Self::EncodedPayload
            | Self::PipesIntoShell
            | Self::OpensShell => true,
            Self::Overwrites | Self::NetworkOut | Self::Unreadable => false,
        }
    }
}

/// More hints of one risk say nothing new.
const ALIKE: usize = 20;

/// The hints of a request, those of one step together. `project` is the session's own folder.
pub fn hints(action: &Action, line: Option<&Line>, runs_in: &Path, project: Option<&Path>) -> Vec<Hint> {
    let place = Place { runs_in, project };
    let mut found = Vec::new();
    match action {
        Action::Shell { command } => shell::line(&mut found, command, line, place),
        Action::Network { target, command } => {
            found.push(Hint { risk: Risk::NetworkOut, words: target.clone(), step: None });
            shell::line(&mut found, command, line, place);
        }
        Action::Patch { files, text } => files::patch(&mut found, files, text, place),
        // What is typed may be commands; the step would be one of a line that is not there.
        Action::Stdin { chars, .. } => {
            shell::line(&mut found, chars, Some(&command::read(chars)), place);
            found.iter_mut().for_each(|hint| hint.step = None);
        }
        Action::Mcp { .. } | Action::Permissions { .. } | Action::Unknown { .. } => {}
    }
    let mut kept: Vec<Hint> = Vec::new();
    for hint in found {
        let alike = kept.iter().filter(|other| other.risk == hint.risk).count();
        if alike < ALIKE && !kept.contains(&hint) {
            kept.push(hint);
        }
    }
    kept
}

/// Where the agent acts.
#[derive(Clone, Copy)]
struct Place<'a> {
    runs_in: &'a Path,
    project: Option<&'a Path>,
}
