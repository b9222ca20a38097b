//! A hook: one handler as it stands in a source, with what decides whether it will run.

use std::path::PathBuf;

use crate::{Agent, HookEvent, HookKey, Matcher};

/// One handler of one event, ready to be run or explained. Everything is already normalised as the agent does it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    pub key: HookKey,
    pub event: HookEvent,
    /// `None` where none was declared, or where the event has nothing to match.
    pub matcher: Option<Matcher>,
    pub handler: Handler,
    pub source: Source,
    /// Its place among all listed hooks, from 0: the configured order.
    pub display_order: u32,
    /// Seconds, after defaults and clamps.
    pub timeout: u64,
    pub status_message: Option<String>,
    /// In approximate tokens (four bytes each); 0 is no limit, `None` the default of 2,500. Only on events that can give context.
    pub context_limit: Option<u64>,
    /// What the agent calls `currentHash`: `sha256:` and 64 hexadecimal digits.
    pub hash: String,
    pub enabled: bool,
    pub trust: Trust,
    /// Hosted hooks only: the agents it runs for; `None` is every agent.
    pub agents: Option<Vec<Agent>>,
}

impl Hook {
    /// Whether the agent runs it when its event comes.
    pub fn will_run(&self) -> bool {
        self.enabled && matches!(self.trust, Trust::Managed | Trust::Trusted | Trust::Bypassed(_))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Handler {
    Command {
        /// What the shell is given, after a plugin's own variables were put in.
        command: String,
        /// For the child only, besides what every hook gets (plugins).
        environment: Vec<(String, String)>,
        mode: Mode,
    },
    McpTool {
        server: String,
        tool: String,
        /// A JSON object; its strings may hold placeholders.
        input: serde_json::Map<String, serde_json::Value>,
    },
}

impl Handler {
    /// The agent's word for the kind.
    pub fn kind(&self) -> HandlerKind {
        match self {
            Self::Command { .. } => HandlerKind::Command,
            Self::McpTool { .. } => HandlerKind::McpTool,
        }
    }

    pub fn mode(&self) -> Mode {
        match self {
            Self::Command { mode, .. } => *mode,
            Self::McpTool { .. } => Mode::Sync,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandlerKind {
    Command,
    McpTool,
    /// Of a newer agent.
    Unknown,
}

impl HandlerKind {
    pub const ALL: [Self; 3] = [Self::Command, Self::McpTool, Self::Unknown];

    /// Codex's name in `hooks/list` and notifications; of *unknown* our own.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::McpTool => "mcpTool",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether the agent waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    Sync,
    Async,
}

impl Mode {
    /// Codex's name for the execution mode.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}

/// The file (or what stands for one) that declares a hook.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    pub kind: SourceKind,
    /// Absolute; synthetic where there is no file, such as `/<session-flags>/config.toml`.
    pub path: PathBuf,
    /// `name@marketplace`, where a plugin brought it.
    pub plugin: Option<String>,
}

macro_rules! source_kinds {
    ($($(#[$meta:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// Where a source belongs. All but `Hosted` are Codex's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum SourceKind {
            $($(#[$meta])* $name,)+
        }

        impl SourceKind {
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Codex's name in `hooks/list`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

source_kinds!(
    System = "system",
    User = "user",
    Project = "project",
    Mdm = "mdm",
    CloudManagedConfig = "cloudManagedConfig",
    SessionFlags = "sessionFlags",
    LegacyManagedConfigFile = "legacyManagedConfigFile",
    LegacyManagedConfigMdm = "legacyManagedConfigMdm",
    CloudRequirements = "cloudRequirements",
    Plugin = "plugin",
    Unknown = "unknown",
    /// Hookwright's own hooks.json.
    Hosted = "hosted",
);

impl SourceKind {
    /// Set by an administrator: always on, always trusted.
    pub fn is_managed(self) -> bool {
        matches!(
            self,
            Self::System
                | Self::Mdm
                | Self::CloudManagedConfig
                | Self::LegacyManagedConfigFile
                | Self::LegacyManagedConfigMdm
                | Self::CloudRequirements
        )
    }
}

/// Whether a person approved of what stands there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// An administrator's: nobody has to approve.
    Managed,
    Trusted,
    /// Approved once, and changed since.
    Modified,
    Untrusted,
    /// `--trust-all`: runs this once whatever it is; what it is stays told.
    Bypassed(Unapproved),
}

/// What a hook that runs without approval would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unapproved {
    Modified,
    Untrusted,
}

impl Trust {
    /// Codex's `trustStatus`, which a bypass does not change.
    pub fn name(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Trusted => "trusted",
            Self::Modified | Self::Bypassed(Unapproved::Modified) => "modified",
            Self::Untrusted | Self::Bypassed(Unapproved::Untrusted) => "untrusted",
        }
    }

    /// The same for one run without approval.
    pub fn bypassed(self) -> Self {
        match self {
            Self::Modified => Self::Bypassed(Unapproved::Modified),
            Self::Untrusted => Self::Bypassed(Unapproved::Untrusted),
            other @ (Self::Managed | Self::Trusted | Self::Bypassed(_)) => other,
        }
    }
}

/// A hook of the older argv form: a program and its arguments under a snake_case key of `[hooks]`, or `notify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgvHook {
    /// The key, such as `pre_tool_use` or `notify`.
    pub name: String,
    /// Never empty, and its first never blank.
    pub argv: Vec<String>,
    pub source: Source,
}

/// How an MCP server is started; Codex keeps these in `[mcp_servers]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpServer {
    pub command: String,
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub cwd: Option<PathBuf>,
}
