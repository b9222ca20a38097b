//! What several events are given.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Codex 0.169 only ever writes the first and the last.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum PermissionMode {
    Default,
    AcceptEdits,
    Plan,
    DontAsk,
    BypassPermissions,
}

/// Why the context is compacted.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Trigger {
    Manual,
    Auto,
}
