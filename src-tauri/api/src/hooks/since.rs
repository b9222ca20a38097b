//! What hooks were when a person trusted them here, and how they differ now.
//!
//! Codex 0.169 trusts a hash of the definition, which covers no byte of the script that a command names. So what was shown is kept
//! when it is trusted: privately, by the hook's key, for as long as backups are. Of what was trusted elsewhere nothing is known but
//! what backups of its file tell.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use config::discover::{self, Discovery};
use config::{Backups, Change, Reason};
use model::{Handler, Hook, HookKey, Matcher, Mode, SourceKind, Timestamp, Trust, Unapproved};
use serde::{Deserialize, Serialize};

use super::script::Script;
use crate::card::pieces;
use crate::dto::{FieldChange, ScriptChange, SinceTrusted};
use crate::{Error, plan};

/// Of longer scripts the digest alone is kept. In bytes.
const KEPT: usize = 64 << 10;

/// Where it is kept, and the backups of hook files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past<'a> {
    pub(crate) trusted: &'a Path,
    pub(crate) backups: &'a Path,
}

/// One hook as it was shown and trusted.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    hash: String,
    /// `None` where the agent alone knew it.
    fields: Option<Fields>,
    scripts: Vec<Seen>,
}

/// A script as it was shown.
#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    path: String,
    digest: String,
    text: Option<String>,
}

/// A definition by the names that files have for its parts. What is not said is left out.
type Fields = BTreeMap<String, String>;

impl Past<'_> {
    /// Keeps what is about to be trusted.
    pub(super) fn keep(self, key: &str, hash: &str, hook: Option<&Hook>, scripts: &[Script]) -> Result<(), Error> {
        let seen = |script: &Script| {
            let text = Some(&script.text).filter(|text| text.len() <= KEPT).cloned();
            Some(Seen { path: script.path.to_str()?.to_owned(), digest: script.digest(), text })
        };
        let scripts = scripts.iter().filter_map(seen).collect();
        let record = Record { hash: hash.to_owned(), fields: hook.map(fields), scripts };
        let bytes = serde_json::to_vec(&record).expect("texts are JSON");
        Backups(&self.folder(key)).keep(Reason::Trust, Path::new(key), &bytes)?;
        Ok(())
    }

    /// How hooks differ from what was trusted. Nothing is said of those that do not, or were never trusted.
    pub(crate) fn since(self, found: &Discovery) -> HashMap<HookKey, SinceTrusted> {
        let (mut since, mut unknown) = (HashMap::new(), Vec::new());
        for hook in &found.hooks {
            let Some(trusted) = found.trusted.get(&hook.key) else { continue };
            let modified = match hook.trust {
                Trust::Trusted => false,
                Trust::Modified | Trust::Bypassed(Unapproved::Modified) => true,
                Trust::Managed | Trust::Untrusted | Trust::Bypassed(Unapproved::Untrusted) => continue,
            };
            match self.record(&hook.key, trusted) {
                Some((Timestamp(at), record)) => {
                    let scripts = record.scripts.iter().filter_map(Seen::changed).collect::<Vec<_>>();
                    let fields = record.fields.map(|before| changes(&before, &fields(hook)));
                    if modified || !scripts.is_empty() {
                        since.insert(hook.key.clone(), SinceTrusted { at: Some(at.to_string()), fields, scripts });
                    }
                }
                None if modified => unknown.push((hook, trusted)),
                None => {}
            }
        }
        let earlier = self.earlier(&unknown);
        for (hook, _) in unknown {
            let fields = earlier.get(&hook.key).map(|before| changes(before, &fields(hook)));
            since.insert(hook.key.clone(), SinceTrusted { at: None, fields, scripts: Vec::new() });
        }
        since
    }

    /// When a trusted hook was trusted here, and which of its scripts are not what was shown then; `None` where all are.
    pub(super) fn changed(self, hook: &Hook) -> Option<(Timestamp, Vec<String>)> {
        let (at, record) = self.record(&hook.key, &hook.hash)?;
        let changed = record.scripts.into_iter().filter(|seen| seen.changed().is_some());
        let paths: Vec<_> = changed.map(|seen| seen.path).collect();
        (!paths.is_empty()).then_some((at, paths))
    }

    /// When it was trusted with this hash last, and what it was. What cannot be read is not known.
    fn record(self, key: &HookKey, hash: &str) -> Option<(Timestamp, Record)> {
        let (folder, path) = (self.folder(key.as_str()), Path::new(key.as_str()));
        let kept = Backups(&folder);
        let records = kept.of(path).unwrap_or_default();
        records.into_iter().find_map(|backup| {
            let record: Record = serde_json::from_str(&kept.read(path, &backup.id).ok()?).ok()?;
            (record.hash == hash).then_some((backup.at, record))
        })
    }

    /// What stood in earlier versions of the files under these keys with these hashes.
    fn earlier(self, wanted: &[(&Hook, &String)]) -> HashMap<HookKey, Fields> {
        let mut files: BTreeMap<&Path, Vec<(&HookKey, &String)>> = BTreeMap::new();
        for (hook, hash) in wanted {
            files.entry(&hook.source.path).or_default().push((&hook.key, hash));
        }
        let mut found = HashMap::new();
        for (file, mut wanted) in files {
            let backups = Backups(self.backups);
            for backup in backups.of(file).unwrap_or_default() {
                if wanted.is_empty() {
                    break;
                }
                let Ok(text) = backups.read(file, &backup.id) else { continue };
                for hook in discover::listed(SourceKind::User, file, &text) {
                    if wanted.contains(&(&hook.key, &hook.hash)) {
                        wanted.retain(|(key, _)| **key != hook.key);
                        found.insert(hook.key.clone(), fields(&hook));
                    }
                }
            }
        }
        found
    }

    /// One for each hook: there are many, and one of them is looked for.
    fn folder(self, key: &str) -> PathBuf {
        self.trusted.join(config::digest(key.as_bytes()))
    }
}

impl Seen {
    /// `None`: it is as it was.
    fn changed(&self) -> Option<ScriptChange> {
        let path = PathBuf::from(&self.path);
        let now = Script::read(path.clone());
        if now.as_ref().is_some_and(|now| now.digest() == self.digest) {
            return None;
        }
        let after = now.filter(|now| now.text.len() <= KEPT).map(|now| now.text.into_bytes());
        let before = self.text.clone().filter(|_| after.is_some() || !path.exists()).map(String::into_bytes);
        let diff =
            before.map(|before| plan::file(&Change { path, before: Some(before), after, mode: Change::PRIVATE }));
        Some(ScriptChange { path: pieces(&self.path), diff })
    }
}

fn fields(hook: &Hook) -> Fields {
    let Hook { matcher, handler, timeout, status_message, context_limit, .. } = hook;
    let mut fields = match handler {
        Handler::Command { command, mode, environment: _ } => {
            vec![("command", Some(command.clone())), ("async", (*mode == Mode::Async).then(|| "true".to_owned()))]
        }
        Handler::McpTool { server, tool, input } => vec![
            ("server", Some(server.clone())),
            ("tool", Some(tool.clone())),
            ("input", (!input.is_empty()).then(|| format!("{:#}", serde_json::Value::Object(input.clone())))),
        ],
    };
    fields.extend([
        ("matcher", matcher.as_ref().map(Matcher::text).map(str::to_owned)),
        ("timeout", Some(timeout.to_string())),
        ("statusMessage", status_message.clone()),
        ("additionalContextLimit", context_limit.map(|limit| limit.to_string())),
    ]);
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn changes(before: &Fields, now: &Fields) -> Vec<FieldChange> {
    let names: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let change = |name: &String| {
        let (before, now) = (before.get(name), now.get(name));
        let shown = |value: Option<&String>| value.map(|value| pieces(value));
        (before != now).then(|| FieldChange { name: name.clone(), before: shown(before), now: shown(now) })
    };
    names.into_iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use config::discover::{Flags, Places};
    use serde_json::json;
    use tempfile::TempDir;

    use super::*;
    use crate::dto::{ChangeView, Piece};
    use crate::{Hooks, Paths};

    /// A Codex home with one hook that runs a script, and what is kept of it.
    struct Desk {
        folder: TempDir,
    }

    impl Desk {
        fn new() -> Self {
            let desk = Self { folder: tempfile::tempdir().unwrap() };
            fs::create_dir(desk.path("codex")).unwrap();
            fs::write(desk.path("guard.sh"), "echo one\n").unwrap();
            desk.declare(5);
            desk
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().canonicalize().unwrap().join(name)
        }

        fn declare(&self, timeout: u32) {
            let command = format!("sh {}", self.path("guard.sh").display());
            let handler = json!({ "type": "command", "command": command, "timeout": timeout });
            let text = json!({ "hooks": { "Stop": [{ "hooks": [handler] }] } }).to_string();
            fs::write(self.path("codex/hooks.json"), text).unwrap();
        }

        fn found(&self) -> Discovery {
            let places = Places { codex: self.path("codex"), system: self.path("system") };
            discover::discover(&places, &self.path(""), &Flags::default())
        }

        fn hook(&self) -> Hook {
            self.found().hooks.remove(0)
        }

        /// As Codex writes it.
        fn trust(&self) -> Hook {
            let hook = self.hook();
            let state = format!("[hooks.state.{:?}]\ntrusted_hash = {:?}\n", hook.key.as_str(), hook.hash);
            fs::write(self.path("codex/config.toml"), state).unwrap();
            hook
        }

        fn trust_here(&self) {
            let hook = self.trust();
            let script = Script::read(self.path("guard.sh")).unwrap();
            self.past(|past| past.keep(hook.key.as_str(), &hook.hash, Some(&hook), &[script]).unwrap());
        }

        fn past<T>(&self, ask: impl FnOnce(Past<'_>) -> T) -> T {
            ask(Past { trusted: &self.path("trusted"), backups: &self.path("backups") })
        }

        fn since(&self) -> Option<SinceTrusted> {
            self.past(|past| past.since(&self.found())).remove(&self.hook().key)
        }
    }

    fn timeouts(before: &str, now: &str) -> Vec<FieldChange> {
        let shown = |text: &str| Some(vec![Piece::Text { text: text.to_owned() }]);
        vec![FieldChange { name: "timeout".to_owned(), before: shown(before), now: shown(now) }]
    }

    #[test]
    fn a_script_that_changed_is_told_of_until_it_is_as_it_was() {
        let desk = Desk::new();
        desk.trust_here();
        assert_eq!(desk.since(), None);

        fs::write(desk.path("guard.sh"), "echo two\n").unwrap();
        let since = desk.since().unwrap();
        assert!(since.at.is_some() && since.fields == Some(Vec::new()), "{since:?}");
        let [ScriptChange { diff: Some(diff), .. }] = &since.scripts[..] else { panic!("{since:?}") };
        assert_eq!((diff.change, diff.added, diff.removed), (ChangeView::Update, 1, 1));

        fs::remove_file(desk.path("guard.sh")).unwrap();
        let since = desk.since().unwrap();
        assert_eq!(since.scripts[0].diff.as_ref().map(|diff| diff.change), Some(ChangeView::Delete));

        for unshown in ["\0".to_owned(), "x".repeat(KEPT + 1)] {
            fs::write(desk.path("guard.sh"), unshown).unwrap();
            assert_eq!(desk.since().unwrap().scripts[0].diff, None);
        }
        fs::write(desk.path("guard.sh"), "echo one\n").unwrap();
        assert_eq!(desk.since(), None);
    }

    #[test]
    fn a_check_of_its_file_tells_of_it() {
        let desk = Desk::new();
        let paths = Paths::below(&desk.path(""));
        let hook = desk.trust();
        let script = Script::read(desk.path("guard.sh")).unwrap();
        let past = Past { trusted: &paths.trusted(), backups: &paths.backups() };
        past.keep(hook.key.as_str(), &hook.hash, Some(&hook), &[script]).unwrap();
        let check = || Hooks::of(&paths).check(&desk.path("codex/hooks.json")).unwrap();
        let told = || check().into_iter().find(|found| found.code == "script-changed");
        assert_eq!(told(), None);
        fs::write(desk.path("guard.sh"), "echo two\n").unwrap();
        let found = told().unwrap();
        assert!(found.message.contains("guard.sh changed since you trusted this hook on 2"), "{found:?}");
        let text = fs::read_to_string(desk.path("codex/hooks.json")).unwrap();
        assert_eq!((&text[found.range.start..=found.range.start], found.line), ("{", 1));
        assert_eq!(found.column, found.range.start + 1);
        desk.declare(9);
        assert_eq!(told(), None, "Codex itself says that it was modified");
    }

    #[test]
    fn a_long_script_is_known_by_its_digest() {
        let desk = Desk::new();
        fs::write(desk.path("guard.sh"), "x".repeat(KEPT + 1)).unwrap();
        desk.trust_here();
        assert_eq!(desk.since(), None);
        fs::write(desk.path("guard.sh"), "short").unwrap();
        assert_eq!(desk.since().unwrap().scripts[0].diff, None);
    }

    #[test]
    fn of_another_definition_it_is_told_what_is_other() {
        let desk = Desk::new();
        desk.trust_here();
        desk.declare(9);
        let since = desk.since().unwrap();
        assert!(since.at.is_some() && since.scripts.is_empty(), "{since:?}");
        assert_eq!(since.fields, Some(timeouts("5", "9")));
        // Trusted anew, the older record says nothing any more.
        desk.trust_here();
        assert_eq!(desk.since(), None);
    }

    #[test]
    fn of_what_was_trusted_elsewhere_only_backups_tell() {
        let desk = Desk::new();
        desk.trust();
        fs::write(desk.path("guard.sh"), "echo two\n").unwrap();
        assert_eq!(desk.since(), None, "who knows what it was");

        let file = desk.path("codex/hooks.json");
        let before = fs::read(&file).unwrap();
        desk.declare(9);
        let unknown = SinceTrusted { at: None, fields: None, scripts: Vec::new() };
        assert_eq!(desk.since(), Some(unknown));
        Backups(&desk.path("backups")).keep(Reason::Save, &file, b"{ broken").unwrap();
        Backups(&desk.path("backups")).keep(Reason::Save, &file, &before).unwrap();
        let since = desk.since().unwrap();
        assert_eq!((since.at, since.fields), (None, Some(timeouts("5", "9"))));
    }

    #[test]
    fn nobody_else_reads_what_is_kept() {
        let desk = Desk::new();
        desk.trust_here();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = fs::read_dir(desk.path("trusted")).unwrap().next().unwrap().unwrap().path();
        let record = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        assert_eq!((mode(&folder), mode(&record)), (0o700, 0o600));
        // Where it cannot be read nothing is known, and nothing else fails.
        fs::write(record, "{").unwrap();
        fs::write(desk.path("guard.sh"), "echo two\n").unwrap();
        assert_eq!(desk.since(), None);
    }
}
