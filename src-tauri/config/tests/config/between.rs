//! What others do between connecting and disconnecting stays, byte for byte, and keeps its place.

use std::fs;

use config::{Error, Record};
use model::HookEvent;

use crate::support::{Place, assert_connected, entries, entries_of};

/// The text of our group in a hooks.json of one line.
fn ours() -> String {
    let command = &entries()[0].command;
    format!(
        r#"{{"hooks":[{{"type":"command","command":"{command}","timeout":86400,"statusMessage":"Waiting for Hookwright"}}]}}"#
    )
}

const THEIRS: &str = r#"{"hooks":[{"type":"command","command":"theirs"}]}"#;

/// Disconnects where this stands, without a record.
fn check(before: &str, after: &str) {
    let place = Place::with(Some(before), None);
    place.disconnect(None);
    assert_eq!(place.texts()[0].as_deref(), Some(after), "{before}");
}

#[test]
fn our_place_is_kept_for_what_follows() {
    let ours = ours();
    let stop = |groups: &str| format!("{{\"hooks\":{{\"Stop\":[{groups}]}}}}");
    check(&stop(&format!("{ours},{THEIRS}")), &stop(&format!("{{}},{THEIRS}")));
    check(&stop(&format!("{THEIRS} , {ours}\n,{THEIRS}")), &stop(&format!("{THEIRS} , {{}}\n,{THEIRS}")));
    check(&stop(&format!("{THEIRS} , {ours} ")), &stop(&format!("{THEIRS} ")));
    check(&stop(&format!("{THEIRS},{{}},{ours}")), &stop(&format!("{THEIRS},{{}}")));
    check(&stop(&format!("{ours},{THEIRS},{ours}")), &stop(&format!("{{}},{THEIRS}")));
    check(&stop(&format!("{THEIRS},{ours},{ours}")), &stop(THEIRS));
}

#[test]
fn in_a_group_with_others() {
    let handler = ours()[10..ours().len() - 2].to_owned();
    let theirs = r#"{"type":"command","command":"theirs"}"#;
    let group = |handlers: &str| format!("{{\"hooks\":{{\"Stop\":[{{\"hooks\":[ {handlers} ]}}]}}}}");
    check(&group(&format!("{theirs} , {handler}")), &group(theirs));
    check(&group(&format!("{theirs},{handler},{handler}")), &group(theirs));

    let before = format!("\n{}", group(&format!("{handler},{theirs}")));
    let place = Place::with(Some(&before), None);
    let error = config::disconnect(&place.home(), None).unwrap_err();
    let Error::Entangled { path, line, column } = &error else { panic!("{error}") };
    assert_eq!((path, *line, *column), (&place.hooks(), 2, before.find("{\"type").unwrap()));
    assert_eq!(place.texts()[0].as_deref(), Some(before.as_str()));
}

#[test]
fn events_added_around_ours() {
    let ours = ours();
    check(&format!("{{\"hooks\":{{\"Stop\":[{ours}], \"Foreign\": 1}}}}"), r#"{"hooks":{"Foreign": 1}}"#);
    check(
        &format!("{{\"hooks\":{{\"Interrupt\": [] , \"Stop\":[{ours}]\n, \"Foreign\": 1}}}}"),
        "{\"hooks\":{\"Interrupt\": []\n, \"Foreign\": 1}}",
    );
    check(&format!("{{\"hooks\":{{\"Stop\":[{ours}]}}, \"description\":null}}"), "{\"description\":null}");
}

#[test]
fn a_matcher_given_to_our_group_does_not_make_it_theirs() {
    let ours = ours().replacen('{', "{\"matcher\":\"Bash\",", 1);
    check(
        &format!("{{\"hooks\":{{\"PreToolUse\":[{THEIRS},{ours}]}}}}"),
        &format!("{{\"hooks\":{{\"PreToolUse\":[{THEIRS}]}}}}"),
    );
}

#[test]
fn a_changed_command_is_theirs() {
    let changed = ours().replace("codex; fi", "codex; fi # mine");
    let text = format!("{{\"hooks\":{{\"Stop\":[{changed}]}}}}");
    check(&text, &text);
}

#[test]
fn with_a_record_the_original_decides_what_stays() {
    let original = "{\n  \"hooks\": {\n    \"Stop\": [],\n    \"Interrupt\": [\n      {}\n    ]\n  }\n}\n";
    let place = Place::with(Some(original), None);
    let (plan, saved) = place.connect();
    let record = Record::default().after_connect(&plan, &saved);
    // Something foreign changes, so the original bytes cannot come back.
    fs::write(place.hooks(), place.texts()[0].clone().unwrap() + "\n").unwrap();
    place.disconnect(Some(&record));
    assert_eq!(place.texts()[0].as_deref(), Some(format!("{original}\n").as_str()));

    let place = Place::new();
    let (plan, saved) = place.connect();
    let record = Record::default().after_connect(&plan, &saved);
    fs::write(place.hooks(), place.texts()[0].clone().unwrap() + "\n").unwrap();
    place.disconnect(Some(&record));
    assert_eq!(place.texts()[0], None, "there was no file, and nothing is left in it");
}

#[test]
fn a_place_of_ours_goes_once_nothing_follows() {
    let place = Place::with(Some("{\"hooks\":{\"Stop\":[{\"matcher\":\"x\"}]}}"), None);
    let (plan, saved) = place.connect_with(&entries_of("/old/hookwright-relay"));
    let record = Record::default().after_connect(&plan, &saved);
    let connected = place.texts()[0].clone().unwrap();
    let appended = connected.replacen("}]}]", &format!("}}]}},{THEIRS}]"), 1);
    assert_ne!(appended, connected);
    fs::write(place.hooks(), &appended).unwrap();
    let (plan, saved) = place.connect();
    let record = record.after_connect(&plan, &saved);
    let repaired = place.texts()[0].clone().unwrap();
    assert!(repaired.contains(&format!("{{}},{THEIRS},")), "the old entry left its place: {repaired}");
    fs::write(place.hooks(), repaired.replacen(&format!(",{THEIRS}"), "", 1)).unwrap();
    place.disconnect(Some(&record));
    assert_eq!(place.texts()[0].as_deref(), Some("{\"hooks\":{\"Stop\":[{\"matcher\":\"x\"}]}}"));
}

#[test]
fn repair_takes_stale_entries_out_and_keeps_good_ones() {
    let place = Place::with(Some("{\"hooks\": {\"Stop\": [{\"matcher\": \"theirs\"}]}}"), None);
    place.connect_with(&entries_of("/old/hookwright-relay"));
    let stale = place.texts()[0].clone().unwrap();
    let (plan, _) = place.connect();
    assert_eq!(plan.changes.len(), 1);
    assert_connected(&place, &place.hooks());
    assert_eq!(place.texts()[0].as_deref().unwrap(), stale.replace("/old/", "/opt/hookwright/"));

    // One of ours changed by hand, one gone, one there twice.
    let text = place.texts()[0].clone().unwrap().replacen("86400", "5", 1);
    fs::write(place.hooks(), text.replacen("\"Interrupt\"", "\"Foreign\"", 1)).unwrap();
    place.connect();
    assert_connected(&place, &place.hooks());
}

#[test]
fn an_entry_that_is_wanted_no_more_goes() {
    for config in [None, Some("hooks = { Stop = [{}] }\n"), Some("[[hooks.Stop]]\n")] {
        let place = Place::with(None, config);
        place.connect_with(&entries()[1..]);
        let expected = place.texts();
        place.disconnect(None);
        place.connect_with(&[&entries()[1..], &entries()[..1]].concat());
        assert_ne!(place.texts(), expected);
        place.connect_with(&entries()[1..]);
        assert_eq!(place.texts(), expected);
    }
}

#[test]
fn entries_stay_in_the_file_where_they_are() {
    let place = Place::with(None, Some("[[hooks.Stop]]\n"));
    place.connect();
    fs::write(place.hooks(), "{\"hooks\": {\"Stop\": [{}]}}").unwrap();
    assert!(config::connect(&place.home(), &entries()).unwrap().is_empty());
    assert_connected(&place, &place.config());
    place.connect_with(&entries_of("/new/hookwright-relay"));
    assert!(place.found().ours.iter().all(|entry| entry.file == place.config()));
}

#[test]
fn entries_in_both_files_come_together() {
    let place = Place::with(None, Some("[[hooks.Stop]]\n"));
    place.connect();
    fs::write(place.hooks(), format!("{{\"hooks\":{{\"Stop\":[{}]}}}}", ours())).unwrap();
    place.connect();
    assert_connected(&place, &place.hooks());
    assert_eq!(place.texts()[1].as_deref(), Some("[[hooks.Stop]]\n"));
}

#[test]
fn tables_with_comments_and_neighbours() {
    let place = Place::with(None, Some("[[hooks.Stop]]\n# first\n"));
    place.connect();
    let text = place.texts()[1].clone().unwrap();
    let (head, tail) = text.split_once("\n[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\n").unwrap();
    let (ours, tail) = tail.split_once("\n\n").unwrap();
    let edited = format!(
        "{head}# above ours\n[[hooks.Stop]]\n# within\n[[hooks.Stop.hooks]]\n{ours} # goes with its line\n# below\n[other]\nx = 1\n[[hooks.Stop]]\nmatcher = 'later'\n\n{tail}"
    );
    fs::write(place.config(), edited).unwrap();
    place.disconnect(None);
    assert_eq!(
        place.texts()[1].as_deref().unwrap(),
        "[[hooks.Stop]]\n# first\n# above ours\n[[hooks.Stop]]\n# within\n# below\n[other]\nx = 1\n[[hooks.Stop]]\nmatcher = 'later'\n"
    );
}

#[test]
fn values_with_comments_and_neighbours() {
    let command = &entries()[0].command;
    let ours = format!("{{ hooks = [{{ type = \"command\", command = \"{command}\" }}] }}");
    for (before, after) in [
        ("Stop = [\n  {}, # theirs\n  OURS, # ours\n]\n", "Stop = [\n  {}, # theirs\n   # ours\n]\n"),
        ("Stop = [\n  {}, # theirs\n  OURS\n]\n", "Stop = [\n  {} # theirs\n]\n"),
        ("Stop = [OURS, { matcher = 'x' }]\n", "Stop = [{}, { matcher = 'x' }]\n"),
        ("Stop = [{ matcher = 'x' }, OURS,]\n", "Stop = [{ matcher = 'x' },]\n"),
        ("Stop = [ # none\n OURS ]\n", "Stop = [ # none\n  ]\n"),
        ("a = 1\nStop = [OURS] # goes\nb = 1\n", "a = 1\nb = 1\n"),
    ] {
        let place = Place::with(None, Some(&format!("[hooks]\n{}", before.replace("OURS", &ours))));
        place.disconnect(None);
        assert_eq!(place.texts()[1].as_deref(), Some(format!("[hooks]\n{after}").as_str()));
    }
    let handlers = format!("[[hooks.Stop]]\nhooks = [{{ type = 'prompt' }}, {}]\n", &ours[11..ours.len() - 3]);
    let place = Place::with(None, Some(&handlers));
    place.disconnect(None);
    assert_eq!(place.texts()[1].as_deref(), Some("[[hooks.Stop]]\nhooks = [{ type = 'prompt' }]\n"));
}

#[test]
fn trust_goes_with_the_entry_in_every_shape() {
    let theirs = "'/f:stop:0:0'";
    for (before, after) in [
        (
            "[hooks.state]\n\n[hooks.state.OURS]\nenabled = true\n# mine\ntrusted_hash = 'x'\n\n[hooks.state.THEIRS]\n",
            "[hooks.state]\n# mine\n\n[hooks.state.THEIRS]\n",
        ),
        ("a = 1\n\n[hooks.state]\n\n[hooks.state.OURS]\ntrusted_hash = 'x'\n", "a = 1\n"),
        ("[hooks.state]\n\n[hooks.state.OURS]\n[z]\n", "[z]\n"),
        ("[hooks]\n[hooks.state]\n[hooks.state.OURS]\n[z]\n", "[hooks]\n[z]\n"),
        (
            "[hooks.state]\nOURS.enabled = true\nTHEIRS.enabled = true\nOURS.trusted_hash = 'x'\n",
            "[hooks.state]\nTHEIRS.enabled = true\n",
        ),
        (
            "[hooks.state]\nOURS = { enabled = true } # goes\nTHEIRS = {} # stays\n",
            "[hooks.state]\nTHEIRS = {} # stays\n",
        ),
        ("hooks.state.OURS.enabled = true\nhooks.state.THEIRS = {}\n", "hooks.state.THEIRS = {}\n"),
        ("[hooks]\nstate.OURS = {}\nx = 1", "[hooks]\nx = 1"),
        ("[hooks]\nx = 1\nstate.OURS = {}", "[hooks]\nx = 1"),
        (
            "[hooks]\nstate = { OURS = {}, THEIRS = { enabled = true } }\n",
            "[hooks]\nstate = { THEIRS = { enabled = true } }\n",
        ),
        ("[hooks]\nstate = { THEIRS = {}, OURS = {} }\n", "[hooks]\nstate = { THEIRS = {} }\n"),
        (
            "hooks = { state = { OURS.enabled = true, THEIRS.enabled = true, OURS.trusted_hash = 'x' } }\n",
            "hooks = { state = { THEIRS.enabled = true } }\n",
        ),
        ("hooks = { state.OURS.enabled = true, state.THEIRS = {}, x = 1 }\n", "hooks = { state.THEIRS = {}, x = 1 }\n"),
    ] {
        let place = Place::new();
        place.connect();
        let stop = place.found().ours.into_iter().find(|ours| ours.event == HookEvent::Stop).unwrap();
        let text = |text: &str| text.replace("OURS", &format!("{:?}", stop.key)).replace("THEIRS", theirs);
        fs::write(place.config(), text(before)).unwrap();
        place.disconnect(None);
        assert_eq!(place.texts(), [None, Some(text(after))], "{before}");
    }
}

#[test]
fn a_config_toml_that_codex_made_for_our_trust_goes() {
    let place = Place::new();
    place.connect();
    fs::write(place.config(), place.trust_block().trim_start()).unwrap();
    place.disconnect(None);
    assert_eq!(place.texts(), [None, None]);
}

#[test]
fn trust_of_entries_that_stay_stays() {
    let place = Place::new();
    place.connect();
    let config = format!("model = 'x'\n{}", place.trust_block());
    fs::write(place.config(), &config).unwrap();
    assert!(config::connect(&place.home(), &entries()).unwrap().is_empty());
    // Stale entries that make room for new ones at the same place leave what a person said there.
    place.connect_with(&entries_of("/new/hookwright-relay"));
    assert_eq!(place.texts()[1].as_deref(), Some(config.as_str()));
    place.disconnect(None);
    assert_eq!(place.texts(), [None, Some("model = 'x'\n".to_owned())]);
}
