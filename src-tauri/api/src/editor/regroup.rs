//! A handler goes to another group of its event. That takes several edits, of which the window sees one change.

use config::{Edit, Edited, Notation, Place, Refused, Replace, replace_all};

use crate::dto::HookPlace;

/// `into`: the group it goes to; `None`: a new one with the same matcher.
pub(super) fn regrouped(
    notation: Notation,
    text: &str,
    HookPlace { event, group: from, handler }: &HookPlace,
    into: Option<usize>,
) -> Result<Edited, Refused> {
    let outline = config::outline(notation, text)?;
    let groups: Vec<_> = outline.groups.iter().filter(|group| group.event == *event).collect();
    let (from, handler) = (*from as usize, handler.unwrap_or_default() as usize);
    let own = groups.iter().find(|group| group.group == from);
    let last = groups.iter().map(|group| group.group).max().unwrap_or_default();
    let at = |group: usize, handler: usize| Place::Handler { event: event.clone(), group, handler };

    let mut steps = Vec::new();
    let to = match into {
        Some(into) => {
            let there = groups.iter().find(|group| group.group == into);
            let end = there.and_then(|group| group.handlers.last()).map_or(0, |last| last.handler + 1);
            at(into, end)
        }
        None => {
            // What goes there takes the place of this, so that it stays as it is written.
            let handler = ["type", "command"].map(|name| (name.to_owned(), "command".into())).to_vec();
            let matcher = own.and_then(|own| own.matcher.clone());
            steps.push(Edit::AddGroup { event: event.clone(), matcher, handler });
            at(last + 1, 0)
        }
    };
    steps.push(Edit::Move { place: at(from, handler), to: to.clone() });
    if into.is_none() {
        steps.push(Edit::Remove(at(last + 1, 1)));
    }
    match own {
        Some(own) if own.handlers.len() > 1 => {}
        _ if from == last && into.is_some() => {
            steps.push(Edit::Remove(Place::Group { event: event.clone(), group: from }))
        }
        _ => steps.push(Edit::Vacate { event: event.clone(), group: from }),
    }

    let mut after = text.to_owned();
    for step in &steps {
        after = replace_all(&after, &config::edit(notation, &after, step)?.changes);
    }
    Ok(Edited { changes: between(text, &after).into_iter().collect(), place: Some(to) })
}

/// The one change that makes a text another; `None` where they are equal.
fn between(from: &str, to: &str) -> Option<Replace> {
    let same = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum()
    };
    let start = same(&mut from.chars().zip(to.chars()));
    let end = same(&mut from[start..].chars().rev().zip(to[start..].chars().rev()));
    let with = &to[start..to.len() - end];
    let range = start..from.len() - end;
    (!range.is_empty() || !with.is_empty()).then(|| Replace { range, with: with.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{
  "hooks": {
    "Stop": [
      {
        "matcher": "a",
        "hooks": [
          // the first
          {"type": "command",   "command": "one", "timeout": 1e1},
          {"type": "command", "command": "two"}
        ]
      },
      {"matcher": "b", "hooks": [{"type": "command", "command": "three"}]},
      {"matcher": "c", "hooks": [{"type": "command", "command": "four"}]}
    ]
  }
}
"#;
    const TOML: &str = r#"model = "m" # mine

[[hooks.Stop]]
matcher = "a"
[[hooks.Stop.hooks]]
type = "command"
command = 'one'   # kept
[[hooks.Stop.hooks]]
type = "command"
command = "two"

[[hooks.Stop]]
matcher = "b"
hooks = [{ type = "command", command = "three" }]
"#;

    /// Matchers and commands of what stands there afterwards, and the text.
    fn after(notation: Notation, text: &str, (group, handler): (u32, u32), into: Option<usize>) -> (String, String) {
        let place = HookPlace { event: "Stop".to_owned(), group, handler: Some(handler) };
        let edited = regrouped(notation, text, &place, into).unwrap();
        let after = replace_all(text, &edited.changes);
        let groups = config::outline(notation, &after).unwrap().groups;
        let commands = |group: &config::GroupAt| {
            let command = |handler: &config::HandlerAt| {
                let field = handler.fields.iter().find(|field| field.name == "command");
                field.and_then(|field| field.value.as_str()).unwrap_or_default().to_owned()
            };
            let commands: Vec<_> = group.handlers.iter().map(command).collect();
            format!("{}:{}", group.matcher.as_deref().unwrap_or("-"), commands.join("+"))
        };
        let said = groups.iter().map(commands).collect::<Vec<_>>().join(" ");
        let Some(Place::Handler { group, handler, .. }) = edited.place else { panic!("it stands nowhere") };
        let there = groups.iter().find(|one| one.group == group).unwrap();
        assert_eq!(there.handlers.len(), handler + 1, "it is the last: {after}");
        (said, after)
    }

    #[test]
    fn a_hook_goes_to_another_group_as_it_is_written() {
        let (said, text) = after(Notation::Json, JSON, (0, 0), Some(1));
        assert_eq!(said, "a:two b:three+one c:four");
        assert!(text.contains(r#"{"type": "command",   "command": "one", "timeout": 1e1}"#), "{text}");
        assert_eq!(after(Notation::Toml, TOML, (0, 1), Some(1)).0, "a:one b:three+two");
    }

    #[test]
    fn a_hook_gets_a_group_of_its_own() {
        let (said, text) = after(Notation::Json, JSON, (0, 0), None);
        assert_eq!(said, "a:two b:three c:four a:one");
        assert!(text.contains(r#"{"type": "command",   "command": "one", "timeout": 1e1}"#), "{text}");
        let (said, text) = after(Notation::Toml, TOML, (0, 0), None);
        assert_eq!(said, "a:two b:three a:one");
        assert!(text.starts_with("model = \"m\" # mine\n") && text.contains("command = 'one'"), "{text}");
    }

    #[test]
    fn the_last_of_a_group_leaves_no_empty_group_and_the_others_keep_their_places() {
        assert_eq!(after(Notation::Json, JSON, (1, 0), Some(0)).0, "a:one+two+three -: c:four");
        assert_eq!(after(Notation::Json, JSON, (2, 0), Some(0)).0, "a:one+two+four b:three");
        assert_eq!(after(Notation::Toml, TOML, (1, 0), Some(0)).0, "a:one+two+three");
    }

    #[test]
    fn what_is_not_there_goes_nowhere() {
        let nowhere = |group, handler, into| {
            let place = HookPlace { event: "Stop".to_owned(), group, handler: Some(handler) };
            regrouped(Notation::Json, JSON, &place, into).is_err()
        };
        assert!(nowhere(7, 0, Some(0)) && nowhere(0, 7, Some(1)) && nowhere(0, 0, Some(7)));
    }

    #[test]
    fn only_what_differs_is_replaced() {
        let check = |from: &str, to: &str, start: usize, end: usize, with: &str| {
            assert_eq!(between(from, to), Some(Replace { range: start..end, with: with.to_owned() }));
        };
        check("aaa", "aa", 2, 3, "");
        check("aé𐍈b", "aé日b", 3, 7, "日");
        check("", "x", 0, 0, "x");
        assert_eq!(between("same", "same"), None);
    }
}
