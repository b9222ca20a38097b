//! Files on a real disk: what is opened, edited, saved, refused and put back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use super::drafts::{Draft, Drafts};
use super::watching::Watched;
use super::{Place, files, reading, saving};
use crate::dto::{
    DropUpdate, FieldWish, HookEdit, HookFileKind, HookPlace, OpenHookFile, SaveOutcome, SavePreview, TextChange,
    TrustChange,
};
use crate::{Error, Paths};

const TEXT: &str = "{\n  \"hooks\": {\n    \"Stop\": [\n      {\"hooks\": [{\"type\": \"command\", \"command\": \"true\"}]}\n    ]\n  }\n}\n";

struct Desk {
    folder: TempDir,
    place: Place,
    watched: Watched,
}

impl Desk {
    fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let codex = folder.path().join(".codex");
        fs::create_dir(&codex).unwrap();
        fs::write(codex.join("hooks.json"), text).unwrap();
        let place = Place { paths: Paths::below(&folder.path().join("ours")), codex };
        Self { folder, place, watched: Watched::default() }
    }

    fn hooks(&self) -> PathBuf {
        self.place.codex.join("hooks.json")
    }

    fn open(&self) -> OpenHookFile {
        files::open(&self.place, &self.hooks()).unwrap()
    }

    fn preview(&self, text: &str) -> SavePreview {
        saving::preview(&self.place.paths, &self.hooks(), text, &[]).unwrap()
    }

    /// As a person does who looked at it first.
    fn save(&self, opened: &OpenHookFile, text: &str, templates: &[&str]) -> Result<SaveOutcome, Error> {
        let templates: Vec<_> = templates.iter().map(|&id| id.to_owned()).collect();
        let seen = self.preview(text).digest;
        saving::save(&self.place, &self.watched, &self.hooks(), opened.digest.as_deref(), text, &seen, &templates)
    }

    fn edit(&self, text: &str, edit: HookEdit) -> String {
        let edited = reading::edit(&self.place.paths, &self.hooks(), text, edit, &[]).unwrap();
        applied(text, &edited.changes)
    }

    fn on_disk(&self) -> String {
        fs::read_to_string(self.hooks()).unwrap()
    }
}

/// As the window does it, in UTF-16.
fn applied(text: &str, changes: &[TextChange]) -> String {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    for TextChange { from, to, insert } in changes.iter().rev() {
        units.splice(*from as usize..*to as usize, insert.encode_utf16());
    }
    String::from_utf16(&units).unwrap()
}

fn first() -> HookPlace {
    HookPlace { event: "Stop".to_owned(), group: 0, handler: Some(0) }
}

fn set(name: &str, value: &str) -> HookEdit {
    HookEdit::SetField { place: first(), field: FieldWish { name: name.to_owned(), value: Some(value.to_owned()) } }
}

#[test]
fn an_edit_is_saved_as_it_was_seen_and_the_version_before_is_kept() {
    let desk = Desk::with(&TEXT.replace("true", "echo '日本 𐍈'"));
    let opened = desk.open();
    assert_eq!((opened.file.kind, opened.file.handlers, opened.file.read_only), (HookFileKind::User, 1, None));
    let text = desk.edit(&opened.text, set("timeout", "7"));
    assert_eq!(text, opened.text.replace("𐍈'\"", "𐍈'\", \"timeout\": 7"));

    let preview = desk.preview(&text);
    let diff = preview.diff.unwrap();
    assert_eq!((diff.added, diff.removed), (1, 1));
    let effects: Vec<_> = preview.trust.iter().map(|effect| (effect.event.as_str(), effect.effect)).collect();
    assert_eq!(effects, [("Stop", TrustChange::Changed)]);
    assert_eq!(desk.on_disk(), opened.text, "looking writes nothing");

    let SaveOutcome::Saved { opened: saved } = desk.save(&opened, &text, &[]).unwrap() else { panic!("not saved") };
    assert_eq!((desk.on_disk(), saved.text), (text.clone(), text));
    let backups = saving::backups(&desk.place.paths.backups(), &desk.hooks()).unwrap();
    assert_eq!(backups.iter().map(|backup| backup.reason.as_str()).collect::<Vec<_>>(), ["save"]);
    let before = config::Backups(&desk.place.paths.backups()).read(&desk.hooks(), &backups[0].id).unwrap();
    assert_eq!(before, opened.text);
}

#[test]
fn a_file_that_is_not_there_yet_is_empty_and_can_be_made() {
    let desk = Desk::with(TEXT);
    fs::remove_file(desk.hooks()).unwrap();
    let opened = desk.open();
    assert_eq!((opened.text.as_str(), &opened.digest, opened.file.exists), ("", &None, false));
    assert_eq!(opened.reading.diagnostics, []);
    let handler = vec![FieldWish { name: "type".to_owned(), value: Some("\"command\"".to_owned()) }];
    let text = desk.edit("", HookEdit::AddGroup { event: "Stop".to_owned(), matcher: None, handler });
    assert!(matches!(desk.save(&opened, &text, &[]).unwrap(), SaveOutcome::Saved { .. }));
    assert_eq!(desk.on_disk(), text);
    fs::write(desk.hooks(), "").unwrap();
    assert_eq!(desk.open().reading.diagnostics.len(), 1, "an empty file Codex refuses");
}

#[test]
fn what_changed_outside_is_never_overwritten() {
    let desk = Desk::with(TEXT);
    let opened = desk.open();
    let mine = opened.text.replace("\"true\"", "\"mine\"");
    let theirs = opened.text.replace("  }\n}\n", "  },\n  \"description\": \"theirs\"\n}\n");
    let seen = desk.preview(&mine).digest;
    fs::write(desk.hooks(), &theirs).unwrap();
    for seen in [&seen, &desk.preview(&mine).digest] {
        let saved = saving::save(&desk.place, &desk.watched, &desk.hooks(), opened.digest.as_deref(), &mine, seen, &[]);
        assert_eq!(saved.unwrap(), SaveOutcome::Changed);
        assert_eq!(desk.on_disk(), theirs);
    }
    let merge = saving::merge(&desk.hooks(), &opened.text, &mine).unwrap();
    assert_eq!((merge.theirs.as_str(), merge.conflicts), (theirs.as_str(), 0));
    assert_eq!(merge.merged, theirs.replace("\"true\"", "\"mine\""));
    assert_eq!(merge.digest, desk.open().digest);

    fs::remove_file(desk.hooks()).unwrap();
    assert_eq!(desk.save(&opened, &mine, &[]).unwrap(), SaveOutcome::Changed, "gone is changed, too");
    assert!(!desk.hooks().exists());
}

#[test]
fn what_was_not_seen_or_cannot_be_read_is_not_written() {
    let desk = Desk::with(TEXT);
    let opened = desk.open();
    let seen = desk.preview("{}").digest;
    let save = |text: &str, seen: &str| {
        saving::save(&desk.place, &desk.watched, &desk.hooks(), opened.digest.as_deref(), text, seen, &[])
    };
    assert!(matches!(save("{ }", &seen), Err(Error::PlanChanged)));
    let error = desk.save(&opened, "{\"hooks\": {", &[]).unwrap_err();
    assert!(matches!(error, Error::Hooks(config::Error::Refused { line: 1, .. })), "{error}");
    assert_eq!(desk.on_disk(), opened.text);

    let notes = desk.folder.path().join("notes.txt");
    fs::write(&notes, "{}").unwrap();
    assert!(matches!(files::open(&desk.place, &notes), Err(Error::NoHookFile(_))));
    assert!(matches!(saving::preview(&desk.place.paths, &notes, "{}", &[]), Err(Error::NoHookFile(_))));
    let plugin = desk.place.codex.join("plugins/p/hooks/hooks.json");
    fs::create_dir_all(plugin.parent().unwrap()).unwrap();
    fs::write(&plugin, TEXT).unwrap();
    let opened = files::open(&desk.place, &plugin).unwrap();
    let seen = saving::preview(&desk.place.paths, &plugin, "{}", &[]).unwrap().digest;
    let saved = saving::save(&desk.place, &desk.watched, &plugin, opened.digest.as_deref(), "{}", &seen, &[]);
    assert!(matches!(saved, Err(Error::ReadOnly(_))), "{saved:?}");
}

#[test]
fn a_hook_is_recorded_and_no_more_recorded_without_a_trace() {
    let desk = Desk::with(TEXT);
    let record = |text: &str, on| desk.edit(text, HookEdit::Record { place: first(), on });
    let recorded = record(TEXT, true);
    let handler = |text: &str| {
        let groups = reading::read(&desk.hooks(), text, &[]).unwrap().groups.unwrap();
        groups[0].handlers[0].clone()
    };
    assert_eq!((handler(&recorded).recorded, handler(&recorded).command.as_deref()), (true, Some("true")));
    assert_eq!(record(&recorded, true), recorded, "once is enough");
    // The form shows and edits the person's own command.
    let edited = desk.edit(&recorded, set("command", "\"it's mine\""));
    assert_eq!((handler(&edited).recorded, handler(&edited).command.as_deref()), (true, Some("it's mine")));
    assert_eq!(record(&edited, false), TEXT.replace("\"true\"", "\"it's mine\""));
    assert_eq!(record(&recorded, false), TEXT);
}

#[test]
fn a_hook_of_the_gallery_comes_with_its_script_and_never_in_the_place_of_another() {
    let desk = Desk::with(TEXT);
    let templates = saving::templates(&desk.hooks()).unwrap();
    assert!(templates.len() >= 12);
    let template = templates.iter().find(|template| template.id == "guardCommands").unwrap();
    let script = desk.place.codex.join("hooks/guard-commands.sh");
    let wish =
        |field: &crate::dto::FieldInFile| FieldWish { name: field.name.clone(), value: Some(field.value.clone()) };
    let add = HookEdit::AddGroup {
        event: template.event.clone(),
        matcher: template.matcher.clone(),
        handler: template.handler.iter().map(wish).collect(),
    };
    let opened = desk.open();
    let text = desk.edit(&opened.text, add);

    let missing = |templates: &[String]| {
        let found = saving::preview(&desk.place.paths, &desk.hooks(), &text, templates).unwrap().diagnostics;
        found.iter().filter(|found| found.code == "script-missing").count()
    };
    assert_eq!((missing(&[]), missing(&["guardCommands".to_owned()])), (1, 0), "it comes with the save");

    fs::create_dir(script.parent().unwrap()).unwrap();
    fs::write(&script, "mine").unwrap();
    let refused = desk.save(&opened, &text, &["guardCommands"]).unwrap_err();
    assert!(matches!(refused, Error::ScriptThere(_)), "{refused}");
    assert_eq!((fs::read_to_string(&script).unwrap(), desk.on_disk()), ("mine".to_owned(), TEXT.to_owned()));

    fs::remove_file(&script).unwrap();
    let outcome = desk.save(&opened, &text, &["guardCommands"]).unwrap();
    assert!(matches!(outcome, SaveOutcome::Saved { .. }));
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o700);
    // Nothing of Codex's trust in the others is lost.
    assert_eq!(desk.on_disk(), text);
    assert!(saving::preview(&desk.place.paths, &desk.hooks(), &text, &[]).unwrap().trust.is_empty());
}

/// What a person made of the file that was opened.
fn draft(desk: &Desk, opened: &OpenHookFile, text: &str) -> Draft {
    let base = opened.digest.as_ref().map(|_| opened.text.clone());
    Draft { path: desk.hooks(), text: text.to_owned(), base, templates: vec!["guardCommands".to_owned()] }
}

fn drafted(desk: &Desk) -> Vec<PathBuf> {
    Drafts(&desk.place.paths.drafts()).paths()
}

#[test]
fn what_is_not_saved_is_there_again_and_nobody_else_reads_it() {
    let desk = Desk::with(TEXT);
    let opened = desk.open();
    let mine = TEXT.replace("true", "mine");
    files::keep(&desk.place, &draft(&desk, &opened, &mine)).unwrap();
    assert_eq!(desk.on_disk(), TEXT);

    let again = desk.open();
    let left = again.draft.unwrap();
    assert_eq!((left.text, left.base.as_deref()), (mine.clone(), Some(TEXT)));
    assert_eq!((left.digest, left.templates), (opened.digest.clone(), vec!["guardCommands".to_owned()]));
    assert!(again.file.drafted && again.text == TEXT && again.digest == opened.digest);
    let folder = desk.place.paths.drafts();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let kept: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!((mode(&folder), kept.iter().map(|path| mode(path)).collect::<Vec<_>>()), (0o700, vec![0o600]));

    // What was loaded is remembered where somebody else changes the file.
    fs::write(desk.hooks(), "{}").unwrap();
    let changed = desk.open();
    assert_eq!((changed.draft.unwrap().digest, changed.text.as_str()), (opened.digest, "{}"));
    fs::remove_file(desk.hooks()).unwrap();
    assert!(desk.open().draft.is_some(), "the file went, and the work in it did not");
}

#[test]
fn nothing_is_kept_of_what_was_saved_or_says_no_more_than_the_file() {
    let desk = Desk::with(TEXT);
    let opened = desk.open();
    let mine = TEXT.replace("true", "mine");
    let keep = |text: &str| files::keep(&desk.place, &draft(&desk, &opened, text)).unwrap();
    keep(&mine);
    assert_eq!(drafted(&desk), [desk.hooks()]);
    keep(TEXT);
    assert!(drafted(&desk).is_empty(), "taken back");
    keep(&mine);
    assert!(matches!(desk.save(&opened, &mine, &[]).unwrap(), SaveOutcome::Saved { .. }));
    assert!(drafted(&desk).is_empty(), "saved");
    keep(&mine);
    assert!(drafted(&desk).is_empty(), "it says what the file says");

    // Somebody else writes the same.
    let theirs = mine.replace("mine", "both");
    keep(&theirs);
    fs::write(desk.hooks(), &theirs).unwrap();
    let again = desk.open();
    assert_eq!((again.draft, again.file.drafted), (None, false));
}

#[test]
fn only_what_may_be_edited_is_kept_and_no_more_than_may_be_opened() {
    let desk = Desk::with(TEXT);
    let opened = desk.open();
    let largest = usize::try_from(config::LARGEST).unwrap();
    let refused = files::keep(&desk.place, &draft(&desk, &opened, &"x".repeat(largest + 1))).unwrap_err();
    assert!(matches!(refused, Error::Hooks(config::Error::TooLarge(_))), "{refused}");
    // Each of these takes six bytes.
    let long = "\u{1}".repeat(largest);
    files::keep(&desk.place, &draft(&desk, &opened, &long)).unwrap();
    assert_eq!(desk.open().draft.unwrap().text.len(), largest);

    let at = |path: &str| Draft { path: desk.folder.path().join(path), ..draft(&desk, &opened, "{}") };
    assert!(matches!(files::keep(&desk.place, &at("notes.txt")), Err(Error::NoHookFile(_))));
    assert!(matches!(files::keep(&desk.place, &at(".codex/plugins/p/hooks.json")), Err(Error::ReadOnly(_))));
    // Whatever lies there holds nobody up.
    fs::write(desk.place.paths.drafts().join("torn.json"), "{").unwrap();
    assert_eq!(drafted(&desk), [desk.hooks()]);
}

#[test]
fn of_what_is_dropped_only_hook_files_are_taken_and_why_not_is_told() {
    let desk = Desk::with(TEXT);
    let at = |name: &str| desk.folder.path().join(name);
    fs::write(at("notes.txt"), "").unwrap();
    fs::create_dir(at("folder.json")).unwrap();
    fs::write(at("large.json"), "x".repeat(usize::try_from(config::LARGEST).unwrap() + 1)).unwrap();
    let check = |path: PathBuf, says: &str| {
        let DropUpdate::Dropped { files, refused } = files::dropped(&desk.place, &[path, desk.hooks()]) else {
            panic!()
        };
        assert_eq!(files.len(), 1, "the other one is taken");
        let refused = refused.unwrap();
        assert!(refused.detail.contains(says), "{refused:?}");
    };
    check(at("notes.txt"), "end in .json");
    check(at("folder.json"), "not a regular file");
    check(at("gone.json"), "No such file");
    check(at("large.json"), "larger than 4 MiB");
}
