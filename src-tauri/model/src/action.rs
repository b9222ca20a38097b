//! What an agent wants to do, understood far enough to be shown.

use std::path::PathBuf;

/// The content of a permission request. What is not understood is [`Action::Unknown`] with its JSON, never guessed at.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Run a shell command.
    Shell { command: String },
    /// Reach a host. `command` is the command that wants to.
    Network { target: String, command: String },
    /// Change files. `text` is the patch or the input as the agent wrote it; where that was not understood, it names no file.
    Patch { files: Vec<FileChange>, text: String },
    /// Call a tool of an MCP server. Arguments in the order they came, each value as JSON (strings without quotes).
    Mcp { server: String, tool: String, arguments: Vec<(String, String)> },
    /// Type into a command that runs already.
    Stdin { chars: String, process: Option<String>, cwd: Option<PathBuf>, details: Vec<(String, String)> },
    /// More permissions for the session.
    Permissions { reason: Option<String>, permissions: String },
    /// Any other tool: its input as indented JSON.
    Unknown { input: String },
}

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub path: String,
    pub change: Change,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Add,
    Delete,
    Update,
    Move {
        to: String,
    },
    /// Its whole content, whether it is there or not.
    Write,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: LineKind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Where in the file the next lines belong.
    Hunk,
    Context,
    Added,
    Removed,
}
