//! With a record the original bytes come back.

use std::fs;

use config::Record;

use crate::support::{Place, entries, entries_of};

const THEIRS: &str = "{ \"hooks\" : { } }";
const CONFIG: &str = "model = 'x'\r\n# no end";

/// Codex 0.169 writes the whole file anew: one kind of line end, comments at the end moved.
fn trust_as_codex_does(place: &Place, record: &mut Record) {
    let before = place.texts()[1].clone();
    let after = format!("model = 'x'\n{}\n# no end", place.trust_block());
    fs::write(place.config(), &after).unwrap();
    let before = before.as_deref().map(str::as_bytes);
    record.trust_written(&place.config(), before, after.as_bytes(), &place.backups()).unwrap();
}

/// As it is stored and read again.
fn stored(record: &Record) -> Record {
    serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap()
}

#[test]
fn both_files_come_back() {
    for config in [Some(CONFIG), None] {
        let place = Place::with(Some(THEIRS), config);
        let before = place.texts();
        let (plan, saved) = place.connect();
        let mut record = Record::default().after_connect(&plan, &saved);
        trust_as_codex_does(&place, &mut record);
        place.disconnect(Some(&stored(&record)));
        assert_eq!(place.texts(), before);
    }
}

#[test]
fn several_connects_have_one_original() {
    let place = Place::with(Some(THEIRS), Some(CONFIG));
    let before = place.texts();
    let mut record = Record::default();
    for relay in ["/first/hookwright-relay", "/second/hookwright-relay", "/third/hookwright-relay"] {
        let (plan, saved) = place.connect_with(&entries_of(relay));
        record = stored(&record.after_connect(&plan, &saved));
        trust_as_codex_does(&place, &mut record);
    }
    place.disconnect(Some(&record));
    assert_eq!(place.texts(), before);
}

#[test]
fn a_foreign_change_between_connects_stays() {
    let place = Place::with(Some(THEIRS), None);
    let (plan, saved) = place.connect_with(&entries_of("/first/hookwright-relay"));
    let record = Record::default().after_connect(&plan, &saved);
    let text = place.texts()[0].clone().unwrap();
    fs::write(place.hooks(), text.replacen('{', "{\"description\": \"new\",", 1)).unwrap();
    let (plan, saved) = place.connect();
    let record = record.after_connect(&plan, &saved);
    place.disconnect(Some(&record));
    assert_eq!(place.texts()[0].as_deref(), Some("{\"description\": \"new\" }"));
}

#[test]
fn without_its_backup_a_record_is_no_worse_than_none() {
    let place = Place::with(Some("{\"hooks\": {\"Stop\": [{}]}}"), None);
    let before = place.texts();
    let (plan, saved) = place.connect();
    let record = Record::default().after_connect(&plan, &saved);
    let backup = saved[0].backup.clone().unwrap();
    assert_eq!(fs::read_to_string(&backup).ok(), before[0]);
    let connected = place.texts()[0].clone().unwrap();
    for damage in [Some("{}"), None] {
        match damage {
            Some(text) => fs::write(&backup, text).unwrap(),
            None => fs::remove_file(&backup).unwrap(),
        }
        fs::write(place.hooks(), &connected).unwrap();
        place.disconnect(Some(&record));
        assert_eq!(place.texts(), before);
    }
}

#[test]
fn a_change_without_a_backup_is_not_taken_for_a_new_file() {
    let place = Place::with(Some("{\"description\": \"mine\"}"), None);
    let before = place.texts();
    let (plan, _) = place.connect();
    let record = Record::default().after_connect(&plan, &[]);
    assert_eq!(record, Record::default());
    place.disconnect(Some(&record));
    assert_eq!(place.texts(), before);
}

#[test]
fn a_file_that_was_made_for_us_goes_only_as_we_left_it() {
    let place = Place::new();
    let (plan, saved) = place.connect();
    let record = Record::default().after_connect(&plan, &saved);
    let text = place.texts()[0].clone().unwrap();
    fs::write(place.hooks(), text.replacen("\"hooks\"", "\"description\": \"kept\",\n  \"hooks\"", 1)).unwrap();
    place.disconnect(Some(&record));
    assert_eq!(place.texts()[0].as_deref(), Some("{\n  \"description\": \"kept\"\n}\n"));
}

#[test]
fn disconnecting_twice_changes_nothing_more() {
    let place = Place::with(Some(THEIRS), None);
    let (plan, saved) = place.connect();
    let record = Record::default().after_connect(&plan, &saved);
    place.disconnect(Some(&record));
    assert!(config::disconnect(&place.home(), Some(&record)).unwrap().is_empty());
    assert!(config::disconnect(&place.home(), None).unwrap().is_empty());
    assert_eq!(place.texts()[0].as_deref(), Some(THEIRS));
    assert!(!config::connect(&place.home(), &entries()).unwrap().is_empty());
}
