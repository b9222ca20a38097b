//! What came of a case, on either side, in one shape; and what is known to differ.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use model::HookEvent;
use regex::{Captures, Regex};
use serde_json::{Value, json};

use super::case::{Case, shortened};

/// What hooks did, and what became of the agent's turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// `HookRunSummary` of each run as it started, without times.
    pub(crate) started: Vec<Value>,
    /// The same when it was complete.
    pub(crate) completed: Vec<Value>,
    pub(crate) effect: Effect,
}

/// What the model, the client and the repository saw of it. A field stays empty where the event has no say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Effect {
    /// Developer messages that only the hooks can have caused.
    pub(crate) contexts: Vec<String>,
    /// The turn, or the compaction, was ended before its time.
    pub(crate) stopped: bool,
    /// What the tool left in the repository.
    pub(crate) ran: String,
    pub(crate) client_asked: bool,
    /// What the model was told about its call.
    pub(crate) tool_output: String,
    /// What the model was told to go on with: run id and text.
    pub(crate) prompts: Vec<(String, String)>,
}

/// In place of what a tool that ran gives: it holds times and ids.
pub(crate) const TOOL_RAN: &str = "(the tool's own output)";

static SAVED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(Full hook output saved to: )(\S+/)([0-9a-f-]{36}\.txt)").expect("a valid expression")
});

impl Effect {
    /// A long text's file has a name by chance; instead of it stands what the file holds.
    pub(crate) fn by_content(mut self) -> Self {
        let prompts = self.prompts.iter_mut().map(|(_, text)| text);
        for text in self.contexts.iter_mut().chain(prompts).chain([&mut self.tool_output]) {
            *text = SAVED.replace(text, content).into_owned();
        }
        self
    }
}

fn content(saved: &Captures) -> String {
    let text =
        fs::read_to_string(format!("{}{}", &saved[2], &saved[3])).expect("all of a long text is kept in its file");
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{}{}{} bytes with the hash {:x}", &saved[1], &saved[2], text.len(), hasher.finish())
}

/// A run without what differs from time to time. The call in the id of a `PermissionRequest` is in no payload.
pub(crate) fn comparable(mut run: Value) -> Value {
    let fields = run.as_object_mut().expect("a run is an object");
    for field in ["startedAt", "completedAt", "durationMs"] {
        assert!(fields.remove(field).is_some(), "a run has {field}");
    }
    if fields["eventName"] == "permissionRequest" {
        let id = fields["id"].as_str().expect("a run has an id");
        let id = id.split_once(":call_").map_or(id, |(id, _)| id).to_owned();
        fields.insert("id".to_owned(), json!(id));
    }
    run
}

/// A difference that is meant to be there.
pub(crate) struct Known {
    /// As `docs/conformance.md` lists it.
    pub(crate) reason: &'static str,
    /// Makes both sides the same where it applies, and only there.
    pub(crate) settle: fn(&Case, codex: &mut Seen, ours: &mut Seen),
}

/// Every difference that is known, with its reason.
pub(crate) const KNOWN: [Known; 1] = [Known {
    reason: "Codex shortens a tool's error for the model, also where it is what a hook said; an outcome has all of it",
    settle: |case, codex, ours| {
        let refuses = matches!(case.event, HookEvent::PreToolUse | HookEvent::PermissionRequest);
        if refuses && is_shortened(&codex.effect.tool_output, &ours.effect.tool_output) {
            codex.effect.tool_output.clone_from(&ours.effect.tool_output);
        }
    },
}];

static CUT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)^(.+)…\d+ (?:chars|tokens) truncated…(.+)$").expect("a valid expression"));

/// Whether one text is both ends of the other.
fn is_shortened(short: &str, whole: &str) -> bool {
    CUT.captures(short).is_some_and(|ends| whole.starts_with(&ends[1]) && whole.ends_with(&ends[2]))
}

/// How two sides compare.
#[derive(Debug, PartialEq)]
pub(crate) enum Comparison {
    Equal,
    Known(&'static str),
    Different(String),
}

/// Compares what Codex did with what our engine says.
pub(crate) fn compare(case: &Case, codex: &Seen, ours: &Seen, known: &[Known]) -> Comparison {
    if codex == ours {
        return Comparison::Equal;
    }
    for difference in known {
        let (mut codex, mut ours) = (codex.clone(), ours.clone());
        (difference.settle)(case, &mut codex, &mut ours);
        if codex == ours {
            return Comparison::Known(difference.reason);
        }
    }
    Comparison::Different(told(codex, ours))
}

fn told(codex: &Seen, ours: &Seen) -> String {
    let mut lines = Vec::new();
    let mut say = |what: &str, codex: String, ours: String| {
        if codex != ours {
            lines.push(format!("{what}\n    Codex: {}\n    ours:  {}", shortened(&codex), shortened(&ours)));
        }
    };
    for (what, codex, ours) in [("started", &codex.started, &ours.started), ("run", &codex.completed, &ours.completed)]
    {
        say(&format!("number of {what}"), codex.len().to_string(), ours.len().to_string());
        for (codex, ours) in codex.iter().zip(ours) {
            let fields = codex.as_object().into_iter().flatten();
            for (field, value) in fields {
                say(&format!("{what}.{field}"), value.to_string(), ours[field].to_string());
            }
        }
    }
    let (theirs, ours) = (&codex.effect, &ours.effect);
    say("contexts", format!("{:?}", theirs.contexts), format!("{:?}", ours.contexts));
    say("stopped", theirs.stopped.to_string(), ours.stopped.to_string());
    say("the tool left", theirs.ran.clone(), ours.ran.clone());
    say("the client was asked", theirs.client_asked.to_string(), ours.client_asked.to_string());
    say("tool output", theirs.tool_output.clone(), ours.tool_output.clone());
    say("prompts", format!("{:?}", theirs.prompts), format!("{:?}", ours.prompts));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;

    fn seen(status: &str, context: &str) -> Seen {
        let effect = Effect { contexts: vec![context.to_owned()], ..Effect::default() };
        Seen { started: Vec::new(), completed: vec![json!({ "status": status })], effect }
    }

    #[test]
    fn every_part_counts() {
        let case = generate::case(0);
        let one = seen("blocked", "a");
        assert_eq!(compare(&case, &one, &one.clone(), &[]), Comparison::Equal);
        let tool = Effect { tool_output: "other".to_owned(), ..one.effect.clone() };
        let others = [
            seen("failed", "a"),
            seen("blocked", "b"),
            Seen { completed: Vec::new(), ..one.clone() },
            Seen { effect: tool, ..one.clone() },
        ];
        for other in others {
            let Comparison::Different(told) = compare(&case, &one, &other, &[]) else {
                panic!("{other:?} passed for {one:?}");
            };
            assert!(told.contains("Codex: ") && told.contains("ours: "), "{told}");
        }
    }

    #[test]
    fn only_both_ends_are_a_shortened_text() {
        assert!(is_shortened("aaa…4 chars truncated…zzz", "aaabbbbzzz"));
        assert!(!is_shortened("aaa…4 chars truncated…zzz", "aaabbbbzz!"));
        assert!(!is_shortened("aaa", "aaabbbbzzz"));
    }

    #[test]
    fn a_known_difference_excuses_nothing_else() {
        let known = [Known {
            reason: "contexts are told apart elsewhere",
            settle: |case, codex, ours| {
                if case.event == HookEvent::PreToolUse {
                    codex.effect.contexts.clone_from(&ours.effect.contexts);
                }
            },
        }];
        let (tool, prompt) = (generate::case(0), generate::case(2));
        let (one, other) = (seen("blocked", "a"), seen("blocked", "b"));
        assert_eq!(compare(&tool, &one, &other, &known), Comparison::Known(known[0].reason));
        assert!(matches!(compare(&prompt, &one, &other, &known), Comparison::Different(_)));
        assert!(matches!(compare(&tool, &one, &seen("failed", "b"), &known), Comparison::Different(_)));
    }
}
