//! Identifiers, one type each, so that none can stand for another.

use std::fmt;

macro_rules! string_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_id! {
    /// One permission request. Ours: agents give none. Unguessable, so that a decision cannot be aimed at a request unseen.
    RequestId
}
string_id! {
    /// An agent's session; for Codex the root thread, also inside subagents.
    SessionId
}
string_id! {
    /// One turn of a session.
    TurnId
}
string_id! {
    /// A subagent within a session; for Codex the child thread.
    SubagentId
}
string_id! {
    /// A rule a person made.
    RuleId
}
string_id! {
    /// One hook event, as the relay that carried it named it. Makes storing it twice harmless.
    EventId
}
string_id! {
    /// A handler by its position, as Codex names it: `<path>:<event>:<group>:<handler>`.
    HookKey
}
string_id! {
    /// A run as Codex names it: `<event>:<display order>:<path>`, for tool events with the call. Not unique over time.
    RunId
}
