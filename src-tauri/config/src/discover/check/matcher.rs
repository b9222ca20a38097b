//! Matchers that never fire, or not where it looks as if they did. Codex 0.169 says nothing of them.

use std::collections::{HashMap, HashSet};

use agents::codex::install;
use model::{HookEvent, Matcher};

use super::tree::{Entry, Node};
use super::{Checked, Finding, Words, handlers, keys, words};
use crate::Replace;

/// Tools of Codex 0.169 with their other names. MCP servers and newer versions add more.
const TOOLS: [&[&str]; 8] = [
    &["Bash"],
    &["apply_patch", "Write", "Edit"],
    &["collaborationspawn_agent"],
    &["spawn_agent", "Agent"],
    &["update_plan"],
    &["view_image"],
    &["write_stdin"],
    &["request_permissions"],
];

/// Names of Codex's own tools that this matcher hits, by the first of their names.
pub fn tools_hit(matcher: &Matcher) -> Vec<&'static str> {
    TOOLS.iter().filter(|names| matcher.matches(names)).filter_map(|names| names.first().copied()).collect()
}

/// Names that no tool of Codex 0.169 has, because another agent or an older Codex has them; and what comes nearest.
const ELSEWHERE: [(&str, &str); 28] = [
    ("shell", "Bash"),
    ("local_shell", "Bash"),
    ("exec_command", "Bash"),
    ("unified_exec", "Bash"),
    ("run_shell_command", "Bash"),
    ("MultiEdit", "Edit"),
    ("NotebookEdit", ""),
    ("NotebookRead", ""),
    ("Read", ""),
    ("Grep", ""),
    ("Glob", ""),
    ("LS", ""),
    ("WebFetch", ""),
    ("WebSearch", ""),
    ("web_search", ""),
    ("Task", "collaborationspawn_agent"),
    ("TaskCreate", ""),
    ("TaskUpdate", ""),
    ("TodoRead", ""),
    ("TodoWrite", "update_plan"),
    ("Skill", ""),
    ("SlashCommand", ""),
    ("ExitPlanMode", ""),
    ("AskUserQuestion", ""),
    ("BashOutput", ""),
    ("KillShell", ""),
    ("KillBash", ""),
    ("read_file", ""),
];

/// What a word of a matcher is.
enum Word {
    Known,
    /// Nothing has this name; perhaps another was meant.
    Dead(Option<&'static str>),
    /// It may be a tool of a server, or of a newer version.
    Untold,
}

impl Checked<'_> {
    pub(super) fn matcher(&self, event: &HookEvent, group: &Node) -> Vec<Finding> {
        let Some(entry) = group.get("matcher") else {
            return Vec::new();
        };
        if !install::has_matcher(event) {
            let message = words!("ignoring the matcher: {event} has nothing to match", event = event.name());
            let finding =
                Finding::warning("unused-matcher", entry.key.clone(), message).hint(words!("take the matcher out"));
            return vec![finding.fix(words!("take the matcher out"), self.text.without(group, entry))];
        }
        let Some(matcher) = entry.value.text().and_then(|text| Matcher::parse(text).ok()) else {
            return Vec::new();
        };
        if matcher.matches::<&str>(&[]) {
            return Vec::new();
        }
        let found = match subjects(event) {
            Some(subjects) => self.among(event, entry, &matcher, subjects),
            None if is_about_tools(event) => self.tools(entry, &matcher),
            None => None,
        };
        found.into_iter().collect()
    }

    /// Codex found the expression invalid.
    pub(super) fn mend_matcher(&self, finding: Finding, matcher: &Node) -> Finding {
        match matcher.text().and_then(permission_rule) {
            Some(tools) => self.tools_instead(finding, matcher, &tools),
            None => finding,
        }
    }

    fn tools_instead(&self, finding: Finding, matcher: &Node, tools: &str) -> Finding {
        finding
            .hint(words!("a matcher sees the name of the tool and nothing else: write `{tools}`, and let the command look at its input", tools))
            .fix(words!("write `{it}`", it = tools), [self.with_matcher(matcher, tools)])
    }

    fn with_matcher(&self, matcher: &Node, text: &str) -> Replace {
        Replace { range: matcher.at.clone(), with: self.text.string(text) }
    }

    fn tools(&self, entry: &Entry, matcher: &Matcher) -> Option<Finding> {
        let (text, at) = (matcher.text(), entry.value.at.clone());
        let hit = TOOLS.iter().any(|names| matcher.matches(names));
        if matcher.is_pattern() {
            if hit || text.contains("mcp") {
                return None;
            }
            if let Some(tools) = permission_rule(text) {
                let message = words!(
                    "the matcher {text} never fires: it is an expression, and no tool's name is like it",
                    text = format!("{text:?}")
                );
                return Some(self.tools_instead(Finding::error("permission-rule", at, message), &entry.value, &tools));
            }
        }
        let words: Vec<_> = words(text).collect();
        let read: Vec<_> = words.iter().map(|word| (*word, tool(word))).collect();
        let older = read.iter().any(|(name, _)| matches!(*name, "Agent" | "spawn_agent"));
        if !matcher.is_pattern() && older && !words.contains(&"collaborationspawn_agent") {
            let both = format!("{text}|collaborationspawn_agent");
            let message = words!(
                "current models start subagents with the tool `collaborationspawn_agent`, which this does not match"
            );
            let finding = Finding::warning("older-tool", at, message).hint(words!("write `{it}`", it = both));
            return Some(finding.fix(words!("write `{it}`", it = both), [self.with_matcher(&entry.value, &both)]));
        }
        self.dead(entry, matcher, &read, &words!("tool of Codex"))
    }

    /// Of an event that is about one of a few things.
    fn among(&self, event: &HookEvent, entry: &Entry, matcher: &Matcher, subjects: &'static [&str]) -> Option<Finding> {
        let known = |word: &str| match subjects.contains(&word) {
            true => Word::Known,
            false => Word::Dead(keys::alike(word, subjects.iter().copied())),
        };
        let (text, hits) = (matcher.text(), |subject: &str| matcher.matches(&[subject]));
        if !matcher.is_pattern() || !subjects.iter().any(|subject| hits(subject)) {
            let read: Vec<_> = words(text).map(|word| (word, known(word))).collect();
            let what = words!("`{event}` of Codex", event = event.name());
            if let Some(finding) = self.dead(entry, matcher, &read, &what) {
                return Some(finding.hint(words!("it can be {names}", names = subjects.join(", "))));
            }
        }
        if *event != HookEvent::SessionStart
            || matcher.is_pattern()
            || hits("compact")
            || !(hits("startup") || hits("resume"))
        {
            return None;
        }
        let more = format!("{text}|compact");
        let message =
            words!("after the conversation was compacted this does not run, and what it told the model is gone");
        let finding = Finding::advice("not-after-compact", entry.value.at.clone(), message);
        let finding = finding.hint(words!("write `{more}`, if it gives context", more));
        Some(finding.fix(words!("write `{it}`", it = more), [self.with_matcher(&entry.value, &more)]))
    }

    /// Words that nothing has for a name. A pattern that hits nothing may be a list that is written otherwise.
    fn dead(&self, entry: &Entry, matcher: &Matcher, words: &[(&str, Word)], of: &Words) -> Option<Finding> {
        let dead: Vec<_> =
            words.iter().filter(|(_, word)| matches!(word, Word::Dead(_))).map(|(name, _)| *name).collect();
        let untold = words.iter().any(|(_, word)| matches!(word, Word::Untold));
        if words.is_empty() || (matcher.is_pattern() && untold) || (!matcher.is_pattern() && dead.is_empty()) {
            return None;
        }
        let mut meant: Vec<&str> = Vec::new();
        for (name, word) in words {
            let name = match word {
                Word::Known | Word::Untold => Some(*name),
                Word::Dead(other) => *other,
            };
            meant.extend(name.filter(|name| !meant.contains(name)));
        }
        let (text, at) = (matcher.text(), entry.value.at.clone());
        let never = matcher.is_pattern() || dead.len() == words.len();
        let finding = if never {
            let message =
                words!("the matcher {text} never fires: no {of} has such a name", text = format!("{text:?}"), of);
            Finding::error("never-matches", at, message)
                .hint(words!("matchers are case-sensitive whole names, parted by | alone"))
        } else {
            let message =
                words!("no {of} is named {names}: for it the matcher never fires", of, names = dead.join(", "));
            Finding::warning("unknown-name", at, message).hint(words!("take the name out, or write one that there is"))
        };
        let server = dead.iter().find(|name| is_server(name));
        let joined = match (server, words.len()) {
            (Some(server), 1) => format!("{server}__.*"),
            (Some(_), _) => String::new(),
            (None, _) => meant.join("|"),
        };
        let change = (!joined.is_empty() && joined != text).then(|| self.with_matcher(&entry.value, &joined));
        Some(finding.fix(words!("write `{it}`", it = joined), change))
    }

    /// Commands that one call runs twice, for both groups are for it.
    pub(super) fn twice(&self, event: &HookEvent, groups: &[Node]) -> Vec<Finding> {
        if !is_about_tools(event) {
            return Vec::new();
        }
        let mut before: HashMap<&str, HashSet<&str>> = HashMap::new();
        let mut found = Vec::new();
        for group in groups {
            let matcher = group.get("matcher").map_or(Some(""), |entry| entry.value.text());
            let tools = matcher.and_then(|text| Matcher::parse(text).ok()).map_or_else(Vec::new, |it| tools_hit(&it));
            let commands = handlers(group).iter().filter_map(|handler| handler.get("command"));
            let commands: Vec<_> = commands.filter_map(|entry| Some((entry.value.text()?, &entry.value.at))).collect();
            for (command, at) in &commands {
                let known = before.get(command);
                found.extend(tools.iter().find(|tool| known.is_some_and(|known| known.contains(**tool))).map(|tool| {
                    let message =
                        words!("one call of {tool} runs this command twice: a group before has it as well", tool);
                    let finding = Finding::warning("runs-twice", (*at).clone(), message);
                    finding.hint(words!("put both matchers into one group, parted by |"))
                }));
            }
            commands.iter().for_each(|(command, _)| before.entry(command).or_default().extend(&tools));
        }
        found
    }
}

fn is_about_tools(event: &HookEvent) -> bool {
    use HookEvent::{PermissionRequest, PostToolUse, PreToolUse};
    matches!(event, PreToolUse | PermissionRequest | PostToolUse)
}

/// All that an event can be about, where that is known.
fn subjects(event: &HookEvent) -> Option<&'static [&'static str]> {
    let all: [(&[HookEvent], &'static [&'static str]); 3] = [
        (&[HookEvent::SessionStart], &["startup", "resume", "clear", "compact", "fork"]),
        (&[HookEvent::PreCompact, HookEvent::PostCompact], &["manual", "auto"]),
        (&[HookEvent::SessionEnd], &["other"]),
    ];
    all.iter().find(|(events, _)| events.contains(event)).map(|(_, subjects)| *subjects)
}

/// The names in a list, however it is written; none where it is something else.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let list = text.trim_matches(['^', '$', '(', ')']);
    let plain = list.chars().all(|c| c.is_ascii_alphanumeric() || "_|, ".contains(c));
    let words = list.split(['|', ',', ' ']).filter(|word| !word.is_empty());
    words.filter(move |_| plain)
}

fn tool(name: &str) -> Word {
    let known = || TOOLS.iter().flat_map(|names| names.iter().copied());
    if known().any(|known| known == name) {
        return Word::Known;
    }
    if let Some((_, meant)) = ELSEWHERE.iter().find(|(known, _)| *known == name) {
        return Word::Dead(Some(*meant).filter(|meant| !meant.is_empty()));
    }
    // A list names whole tools; patterns with servers in them are not looked at.
    if is_server(name) {
        return Word::Dead(None);
    }
    match known().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(meant) => Word::Dead(Some(meant)),
        None => Word::Untold,
    }
}

/// An MCP server without a tool.
fn is_server(name: &str) -> bool {
    name.strip_prefix("mcp__").is_some_and(|server| !server.contains("__"))
}

/// The tools of `Bash(git push*)`, which is how others write permissions.
fn permission_rule(text: &str) -> Option<String> {
    let mut tools: Vec<&str> = Vec::new();
    for rule in text.split_inclusive(')') {
        let (name, inside) = rule.trim_start_matches(['|', ',', ' ']).split_once('(')?;
        let named = !inside.is_empty() && inside.ends_with(')') && !matches!(tool(name), Word::Untold);
        let name = match tool(name) {
            Word::Dead(meant) => meant?,
            Word::Known | Word::Untold => name,
        };
        if !named {
            return None;
        }
        if !tools.contains(&name) {
            tools.push(name);
        }
    }
    (!tools.is_empty()).then(|| tools.join("|"))
}
