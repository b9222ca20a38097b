//! What Codex 0.169 reads of a hook file, by types of the same shape, so that what it refuses is refused in the same words.

use std::fmt;
use std::sync::LazyLock;

use agents::codex::install::EVENTS;
use model::HookEvent;
use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::view::Runs;

/// A `hooks.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HooksFile {
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    pub(crate) hooks: Events,
}

/// Each event once, in the order of the file. Those that Codex does not know are left out.
#[derive(Default)]
pub(crate) struct Events(pub(crate) Vec<(HookEvent, Vec<MatcherGroup>)>);

#[derive(Deserialize)]
pub(crate) struct MatcherGroup {
    #[serde(default)]
    pub(crate) matcher: Option<String>,
    #[serde(default)]
    pub(crate) hooks: Vec<Runs>,
}

impl Events {
    /// Whether no event has a group.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|(_, groups)| groups.is_empty())
    }

    /// As Codex goes through them, whatever the order of the file.
    pub(crate) fn in_order(mut self) -> impl Iterator<Item = (HookEvent, Vec<MatcherGroup>)> {
        self.0.sort_by_key(|(event, _)| EVENTS.iter().position(|known| known == event));
        self.0.into_iter()
    }
}

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| HookEvent::KNOWN.iter().map(HookEvent::name).collect());

        deserializer.deserialize_struct("HookEventsToml", &NAMES, Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Events;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("struct HookEventsToml")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Events, A::Error> {
        let mut events = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let event = HookEvent::from_name(&name);
            if matches!(event, HookEvent::Other(_)) {
                map.next_value::<IgnoredAny>()?;
            } else if events.iter().any(|(known, _)| *known == event) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            } else {
                events.push((event, map.next_value()?));
            }
        }
        Ok(Events(events))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Events, A::Error> {
        let mut events = Vec::new();
        for event in EVENTS {
            let Some(groups) = seq.next_element()? else { break };
            events.push((event, groups));
        }
        Ok(Events(events))
    }
}
