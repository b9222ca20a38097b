//! Tools that an agent was seen to use: matchers are held against them too, for servers bring tools that nobody can know beforehand.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use config::discover;
use history::Reader;
use model::Matcher;

use crate::dto::HookReading;
use crate::hooks::screen::AGENT;
use crate::mutex::lock;

/// Older events tell of tools that may be gone.
const AGE: Duration = Duration::from_hours(30 * 24);
/// So many events of each kind are looked at.
const EACH: usize = 1_000;

/// What the history told last. Clones are the same one.
#[derive(Clone)]
pub(super) struct Recorded {
    reader: Reader,
    tools: Arc<Mutex<Vec<String>>>,
}

impl Recorded {
    pub(super) fn of(reader: Reader) -> Self {
        Self { reader, tools: Arc::default() }
    }

    /// Asks the history. One that cannot be read tells of no tools, and is told of elsewhere.
    pub(super) fn look(&self) {
        let since = SystemTime::now().checked_sub(AGE).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut tools = self.reader.tools(AGENT, since.into(), EACH).unwrap_or_default();
        for own in Matcher::parse("").iter().flat_map(discover::tools_hit) {
            tools.remove(own);
        }
        *lock(&self.tools) = tools.into_iter().collect();
    }

    /// Adds to each group which of them it hits.
    pub(super) fn mark(&self, reading: &mut HookReading) {
        let tools = lock(&self.tools);
        for group in reading.groups.iter_mut().flatten().filter(|group| group.hits.is_some()) {
            let Ok(matcher) = Matcher::parse(group.matcher.as_deref().unwrap_or_default()) else { continue };
            group.recorded = tools.iter().filter(|tool| matcher.matches(&[tool.as_str()])).cloned().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use history::row;
    use model::{Agent, Event, EventId, HookEvent, Reported, Timestamp};

    use super::*;
    use crate::editor::reading;

    #[tokio::test]
    async fn a_matcher_is_held_against_tools_that_were_used() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, reader) = history::open(&folder.path().join("history.db"));
        let Timestamp(now) = SystemTime::now().into();
        let month = i64::try_from(AGE.as_millis()).unwrap();
        for (tool, at) in [("Bash", now), ("mcp__memory__search", now), ("mcp__memory__gone", now - month - 1_000)] {
            let event = Event::bare(Agent::Codex, HookEvent::PreToolUse, "{}".to_owned());
            let event = Event { tool: Some(tool.to_owned()), ..event };
            let (id, at) = (EventId::new(tool), Timestamp(at));
            let row = row::Event { id, at, reported: Reported::Live, event, request: None };
            writer.record_event_committed(row).await.unwrap();
        }
        let recorded = Recorded::of(reader);
        let text = r#"{"hooks":{"PreToolUse":[{"matcher":"mcp__.*"},{"matcher":"Bash"}],"Stop":[{}]}}"#;
        let marked = || {
            let mut reading = reading::read(Path::new("/hooks.json"), text, &[]).unwrap();
            recorded.mark(&mut reading);
            reading.groups.unwrap().into_iter().map(|group| group.recorded).collect::<Vec<_>>()
        };
        let nothing = Vec::<String>::new();
        assert_eq!(marked(), [nothing.clone(), nothing.clone(), nothing.clone()]);
        recorded.look();
        assert_eq!(marked(), [vec!["mcp__memory__search".to_owned()], nothing.clone(), nothing]);
    }
}
