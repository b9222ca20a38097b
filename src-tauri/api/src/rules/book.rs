//! `rules.toml`: rules as text, and the other way round. Comments and order of what is there stay.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat};
use decisions::rules::{pattern, pattern_text};
use model::{RequestId, Rule, RuleId, RuleSays, Scope, SessionId, Timestamp, What};
use serde::Deserialize;
use toml_edit::{ArrayOfTables, Datetime, DocumentMut, Item, Table, value};

use crate::settings::set;
use crate::whole;

/// Rules with the text they were read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Book {
    pub(super) text: String,
    pub(super) rules: Vec<Rule>,
}

/// Why a text is no rules. Reads after "failed to".
pub(super) type Unread = String;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct File {
    rules: Vec<Entry>,
}

/// One rule. Exactly one of `command`, `files`, `mcp`, `host` and `tool` says what it is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    made: Datetime,
    from: Option<String>,
    enabled: Option<bool>,
    says: Says,
    /// Of a deny.
    message: Option<String>,
    agent: Option<String>,
    project: Option<PathBuf>,
    session: Option<String>,
    command: Option<String>,
    files: Option<String>,
    mcp: Option<String>,
    mcp_tool: Option<String>,
    host: Option<String>,
    tool: Option<String>,
    until: Option<Datetime>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Says {
    Allow,
    Ask,
    Deny,
}

impl Book {
    /// An empty one, where there is no file.
    pub(super) fn read(path: &Path) -> Result<Self, Unread> {
        match whole::read(path) {
            Ok(text) => Self::parse(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(format!("read it: {error}")),
        }
    }

    pub(super) fn parse(text: String) -> Result<Self, Unread> {
        let file: File = toml::from_str(&text).map_err(|error| format!("read it: {error}"))?;
        let (mut rules, mut ids) = (Vec::new(), BTreeSet::new());
        for entry in file.rules {
            let id = entry.id.clone();
            if !ids.insert(id.clone()) {
                return Err(format!("read it: there are two rules {id:?}"));
            }
            rules.push(rule(entry).map_err(|why| format!("read rule {id:?}: {why}"))?);
        }
        Ok(Self { text, rules })
    }

    /// With this rule in the place of that with its id, or behind all others.
    pub(super) fn with(&self, rule: &Rule) -> Result<Self, Unread> {
        self.edit(|tables| {
            let place = tables.iter().position(|table| is(table, &rule.id));
            let place = place.unwrap_or_else(|| {
                tables.push(Table::new());
                tables.len() - 1
            });
            if let Some(table) = tables.get_mut(place) {
                entry(rule).into_iter().for_each(|(key, item)| set(table, key, item));
            }
        })
    }

    pub(super) fn without(&self, id: &RuleId) -> Result<Self, Unread> {
        self.edit(|tables| tables.retain(|table| !is(table, id)))
    }

    fn edit(&self, change: impl FnOnce(&mut ArrayOfTables)) -> Result<Self, Unread> {
        let mut document: DocumentMut = self.text.parse().map_err(|error| format!("read it: {error}"))?;
        let place = document.entry("rules").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let found = std::mem::take(place);
        let mut tables = found.into_array_of_tables().map_err(|_| "read it: rules is no list of tables".to_owned())?;
        change(&mut tables);
        *place = Item::ArrayOfTables(tables);
        Self::parse(document.to_string())
    }
}

fn is(table: &Table, id: &RuleId) -> bool {
    table.get("id").and_then(Item::as_str) == Some(id.as_str())
}

fn rule(entry: Entry) -> Result<Rule, String> {
    let says = match (entry.says, entry.message) {
        (Says::Deny, message) => RuleSays::Deny { message: message.unwrap_or_default() },
        (Says::Allow | Says::Ask, Some(_)) => return Err("only a deny has a message".to_owned()),
        (Says::Allow, None) => RuleSays::Allow,
        (Says::Ask, None) => RuleSays::Ask,
    };
    let what = match (entry.command, entry.files, entry.mcp, entry.host, entry.tool) {
        (Some(command), None, None, None, None) => {
            What::Command { pattern: pattern(&command).map_err(|unfit| unfit.to_string())? }
        }
        (None, Some(pattern), None, None, None) => What::Files { pattern },
        (None, None, Some(server), None, None) => What::Mcp { server, tool: entry.mcp_tool.clone() },
        (None, None, None, Some(host), None) => What::Network { host },
        (None, None, None, None, Some(name)) => What::Tool { name },
        _ => return Err("it needs one of command, files, mcp, host and tool".to_owned()),
    };
    if entry.mcp_tool.is_some() && !matches!(what, What::Mcp { .. }) {
        return Err("mcp_tool needs mcp".to_owned());
    }
    let agent = entry.agent.map(|name| name.parse().map_err(|_| format!("{name:?} is no agent"))).transpose()?;
    Ok(Rule {
        id: RuleId::new(entry.id),
        made: moment(entry.made)?,
        from: entry.from.map(RequestId::new),
        enabled: entry.enabled.unwrap_or(true),
        scope: Scope { agent, project: entry.project, session: entry.session.map(SessionId::new), what },
        says,
        until: entry.until.map(moment).transpose()?,
    })
}

/// Every key that a rule can have, with its value.
fn entry(rule: &Rule) -> Vec<(&'static str, Option<Item>)> {
    let Rule { id, made, from, enabled, scope, says, until } = rule;
    let text = |text: &str| Some(value(text));
    let (word, message) = match says {
        RuleSays::Allow => ("allow", None),
        RuleSays::Ask => ("ask", None),
        RuleSays::Deny { message } => ("deny", Some(message.as_str()).filter(|message| !message.is_empty())),
    };
    let (mut command, mut files, mut mcp, mut mcp_tool, mut host, mut tool) = (None, None, None, None, None, None);
    match &scope.what {
        What::Command { pattern } => command = Some(value(pattern_text(pattern))),
        What::Files { pattern } => files = text(pattern),
        What::Mcp { server, tool } => (mcp, mcp_tool) = (text(server), tool.as_deref().map(value)),
        What::Network { host: name } => host = text(name),
        What::Tool { name } => tool = text(name),
    }
    vec![
        ("id", text(id.as_str())),
        ("made", date(*made).map(value)),
        ("from", from.as_ref().map(|id| value(id.as_str()))),
        ("enabled", (!enabled).then(|| value(false))),
        ("says", text(word)),
        ("message", message.map(value)),
        ("agent", scope.agent.map(|agent| value(agent.name()))),
        ("project", scope.project.as_ref().map(|path| value(path.to_string_lossy().as_ref()))),
        ("session", scope.session.as_ref().map(|id| value(id.as_str()))),
        ("command", command),
        ("files", files),
        ("mcp", mcp),
        ("mcp_tool", mcp_tool),
        ("host", host),
        ("tool", tool),
        ("until", until.and_then(date).map(value)),
    ]
}

/// `None` for a time that has no date.
fn date(at: Timestamp) -> Option<Datetime> {
    let text = DateTime::from_timestamp_millis(at.0)?.to_rfc3339_opts(SecondsFormat::Millis, true);
    Datetime::from_str(&text).ok()
}

fn moment(date: Datetime) -> Result<Timestamp, String> {
    let at = DateTime::parse_from_rfc3339(&date.to_string()).map_err(|_| format!("{date} is no moment in UTC"))?;
    Ok(Timestamp(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use model::Agent;

    use super::*;

    fn rule(id: &str, says: RuleSays, what: What) -> Rule {
        Rule {
            id: RuleId::new(id),
            made: Timestamp(1_763_740_800_123),
            from: Some(RequestId::new("r")),
            enabled: true,
            scope: Scope { agent: Some(Agent::Codex), project: Some("/src/site".into()), session: None, what },
            says,
            until: None,
        }
    }

    fn tool(name: &str) -> What {
        What::Tool { name: name.to_owned() }
    }

    #[test]
    fn every_rule_is_read_as_it_was_written() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let whats = [
            What::Command { pattern: words(&["cargo", "test", "**"]) },
            What::Files { pattern: "/src/site/docs/**".to_owned() },
            What::Mcp { server: "lab".to_owned(), tool: None },
            What::Mcp { server: "lab".to_owned(), tool: Some("echo".to_owned()) },
            What::Network { host: "*.example.org".to_owned() },
            tool("view \"image\"\n"),
        ];
        let says = [RuleSays::Allow, RuleSays::Ask, RuleSays::Deny { message: "not \"here\"".to_owned() }];
        let mut book = Book::default();
        let mut rules = Vec::new();
        for (at, what) in whats.into_iter().enumerate() {
            let mut rule = rule(&at.to_string(), says[at % says.len()].clone(), what);
            rule.enabled = at % 2 == 0;
            rule.until = (at % 3 == 0).then_some(Timestamp(1_763_740_900_000));
            rule.scope.session = (at == 1).then(|| SessionId::new("s"));
            book = book.with(&rule).unwrap();
            rules.push(rule);
        }
        assert_eq!(book.rules, rules);
        assert_eq!(Book::parse(book.text.clone()).unwrap(), book);
    }

    #[test]
    fn a_change_keeps_comments_and_the_rest() {
        let first = Book::default().with(&rule("a", RuleSays::Allow, tool("x"))).unwrap();
        let both = first.with(&rule("b", RuleSays::Ask, tool("y"))).unwrap();
        let text = format!("# mine\n{}", both.text.replace("says = \"allow\"", "says = \"allow\" # often"));
        let book = Book::parse(text.clone()).unwrap();
        let changed = book.with(&rule("a", RuleSays::Allow, tool("z"))).unwrap();
        assert_eq!(changed.text, text.replace("tool = \"x\"", "tool = \"z\""));
        let gone = changed.without(&RuleId::new("b")).unwrap();
        assert!(gone.text.starts_with("# mine\n") && gone.text.contains("# often"), "{}", gone.text);
        assert_eq!(gone.rules.len(), 1);
    }

    #[test]
    fn what_is_no_rule_is_refused_with_its_name() {
        let good = "[[rules]]\nid = \"a\"\nmade = 2026-11-21T16:00:00Z\nsays = \"allow\"\ntool = \"x\"\n";
        assert_eq!(Book::parse(good.to_owned()).unwrap().rules.len(), 1);
        for (name, text) in [
            ("two of one id", format!("{good}{good}")),
            ("an unknown key", format!("{good}until_when = 1\n")),
            ("an unknown word", good.replace("allow", "permit")),
            ("two things", format!("{good}host = \"example.org\"\n")),
            ("nothing", good.replace("tool = \"x\"\n", "")),
            ("no time zone", good.replace("00Z", "00")),
            ("another agent", format!("{good}agent = \"nobody\"\n")),
            ("a message of an allow", format!("{good}message = \"x\"\n")),
            ("a tool of nothing", format!("{good}mcp_tool = \"x\"\n")),
            ("no TOML", "[[rules".to_owned()),
        ] {
            assert!(Book::parse(text).is_err(), "{name}");
        }
    }
}
