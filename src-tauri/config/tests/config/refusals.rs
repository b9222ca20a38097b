//! What is refused, and stays as it is.

use std::fs;
use std::os::unix::fs::{chown, symlink};

use config::Error;
use rustix::process::geteuid;

use crate::support::{Place, entries};

/// Every way in says the same, and nothing is touched.
fn refused(place: &Place) -> Error {
    let before = place.texts();
    let errors = [
        config::inspect(&place.home()).unwrap_err(),
        config::connect(&place.home(), &entries()).unwrap_err(),
        config::disconnect(&place.home(), None).unwrap_err(),
    ];
    assert_eq!(place.texts(), before);
    assert!(!place.backups().exists());
    let [first, rest @ ..] = errors;
    for error in rest {
        assert_eq!(error.to_string(), first.to_string());
    }
    first
}

fn check_hooks(text: &str, at: (usize, usize), reason: &str) {
    let place = Place::with(Some(text), None);
    check(&place, text, &place.hooks(), at, reason);
}

fn check_config(text: &str, at: (usize, usize), reason: &str) {
    let place = Place::with(None, Some(text));
    check(&place, text, &place.config(), at, reason);
}

fn check(place: &Place, text: &str, file: &std::path::Path, at: (usize, usize), expected: &str) {
    let error = refused(place);
    let Error::Refused { path, line, column, reason } = &error else { panic!("{text}: {error}") };
    assert_eq!((path.as_path(), (*line, *column)), (file, at), "{text}: {error}");
    assert!(reason.contains(expected), "{text}: {error}");
}

/// Reasons are those of Codex 0.169, which rejects these files whole.
#[test]
fn hooks_json_that_codex_refuses() {
    check_hooks("{\"hooks\": {}, \"foo\": 1}", (1, 19), "unknown field `foo`, expected `description` or `hooks`");
    check_hooks("{\"Stop\": []}", (1, 7), "unknown field `Stop`");
    check_hooks("\u{feff}{}", (1, 1), "expected value");
    check_hooks("{} x", (1, 4), "trailing characters");
    check_hooks("{\"hooks\": {} // no\n}", (1, 14), "expected `,` or `}`");
    check_hooks("{\n  \"hooks\": {},\n}", (3, 1), "trailing comma");
    check_hooks("{\"hooks\": {\"Stop\": [{},]}}", (1, 24), "trailing comma");
    check_hooks("{\"hooks\": {\"Stop\": [], \"Stop\": []}}", (1, 29), "duplicate field `Stop`");
    check_hooks("{\"hooks\": {}, \"hooks\": {}}", (1, 21), "duplicate field `hooks`");
    check_hooks("{\"hooks\": null}", (1, 14), "invalid type: null");
    check_hooks("{\"hooks\": {\"Stop\": {}}}", (1, 19), "invalid type: map, expected a sequence");
    check_hooks("{\"hooks\": {\"é\": 1, \"Stop\": null}}", (1, 31), "invalid type: null");
    check_hooks("{\"hooks\": {\"Stop\": [{\"matcher\": []}]}}", (1, 32), "invalid type: sequence, expected a string");
    check_hooks("{\"hooks\"", (1, 8), "EOF while parsing");
    check_hooks("[]", (1, 1), "");
    check_hooks("{\"description\": 1}", (1, 17), "invalid type: integer `1`, expected a string");
    for (handler, reason) in [
        ("{}", "missing field `type`"),
        ("{\"type\": \"http\"}", "unknown variant `http`"),
        ("{\"type\": \"command\"}", "missing field `command`"),
        ("{\"type\": \"command\", \"command\": [\"a\"]}", "invalid type: sequence"),
        ("{\"type\": \"command\", \"command\": \"a\", \"timeout\": -1}", "invalid value: integer `-1`"),
        ("{\"type\": \"command\", \"command\": \"a\", \"timeout\": 1.5}", "expected u64"),
        ("{\"type\": \"command\", \"command\": \"a\", \"timeout\": \"5\"}", "expected u64"),
        ("{\"type\": \"command\", \"command\": \"a\", \"async\": null}", "expected a boolean"),
        ("{\"type\": \"mcp_tool\", \"server\": \"s\"}", "missing field `tool`"),
    ] {
        let text = format!("{{\"hooks\": {{\n\"Stop\": [{{\"hooks\": [{handler}]}}]}}}}");
        let place = Place::with(Some(&text), None);
        let error = refused(&place);
        let Error::Refused { line: 2, reason: said, .. } = &error else { panic!("{text}: {error}") };
        assert!(said.contains(reason), "{text}: {error}");
    }
}

#[test]
fn hooks_json_that_codex_reads() {
    for text in [
        "{}",
        "{\"description\": null}",
        "{\"hooks\": {\"Notification\": {\"x\": [1]}, \"stop\": 5}}",
        "{\"hooks\": {\"Stop\": [{\"matcher\": null, \"foo\": 1, \"hooks\": [{\"type\": \"command\", \"command\": \" \", \"once\": true, \"timeout\": null}]}]}}",
    ] {
        assert!(config::connect(&Place::with(Some(text), None).home(), &entries()).is_ok(), "{text}");
    }
}

/// Codex reads an array where a struct is expected. Nobody writes that, and we do not edit it.
#[test]
fn groups_written_as_arrays() {
    check_hooks("{\"hooks\": {\"Stop\": [[null, []]]}}", (1, 21), "not written as Hookwright can edit it");
}

#[test]
fn config_toml_that_codex_refuses() {
    check_config("model = \n", (1, 9), "");
    check_config("a = 1\na = 2\n", (2, 1), "duplicate key");
    check_config("é = 1\n", (1, 1), "");
    check_config("x = 1\nhooks = \"mine\"\n", (2, 9), "`hooks` is not a table");
    check_config("[hooks]\nStop = { hooks = [] }\n", (2, 8), "`Stop` is no list of tables");
    check_config("[hooks.Stop]\n", (1, 1), "`Stop` is no list of tables");
    check_config("[[hooks.Stop]]\nhooks = 1\n", (2, 9), "`hooks` is no list of tables");
    check_config("[[hooks.Stop]]\nmatcher = 1\n", (2, 11), "`matcher` is no text");
    check_config("[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\ncommand = 'x'\n", (3, 1), "missing field `type`");
    check_config("[[hooks.Stop]]\nhooks = [{ type = 'command' }]\n", (2, 10), "missing field `command`");
    check_config("[[hooks.Stop]]\nhooks = [{ type = 'http' }]\n", (2, 10), "unknown variant `http`");
    for timeout in ["-1", "1.5", "\"5\""] {
        let text = format!("[[hooks.Stop]]\nhooks = [{{ type = 'command', command = 'x', timeout = {timeout} }}]\n");
        check_config(&text, (2, 10), "expected u64");
    }
    let twice =
        "[[hooks.Stop]]\nhooks = [{ type = 'command', command = 'x', commandWindows = 'y', command_windows = 'z' }]\n";
    check_config(twice, (2, 10), "duplicate field `commandWindows`");
}

#[test]
fn what_is_no_file() {
    let place = Place::new();
    fs::create_dir(place.hooks()).unwrap();
    assert!(matches!(refused(&place), Error::NotAFile(_)));

    let place = Place::new();
    rustix::fs::mkfifoat(rustix::fs::CWD, place.config(), 0o600.into()).unwrap();
    // Not through `refused`: reading the pipe to compare would block.
    let error = config::connect(&place.home(), &entries()).unwrap_err();
    assert!(matches!(error, Error::NotAFile(path) if path == place.config()));
}

#[test]
fn links_that_lead_nowhere() {
    let place = Place::new();
    symlink("nowhere", place.hooks()).unwrap();
    assert!(matches!(refused(&place), Error::Dangling(path) if path == place.hooks()));

    let place = Place::new();
    symlink("config.toml", place.config()).unwrap();
    assert!(matches!(refused(&place), Error::Read { .. }), "a link to itself");
}

#[test]
fn what_belongs_to_another_user() {
    let place = Place::new();
    if geteuid().is_root() {
        fs::write(place.path("theirs"), "{}").unwrap();
        chown(place.path("theirs"), Some(12_345), None).unwrap();
        symlink(place.path("theirs"), place.hooks()).unwrap();
    } else {
        symlink("/etc/passwd", place.hooks()).unwrap();
    }
    assert!(matches!(refused(&place), Error::NotOurs(path) if path == place.hooks()));
}

#[test]
fn what_is_too_large_or_no_text() {
    let place = Place::new();
    fs::write(place.hooks(), vec![b' '; (4 << 20) + 1]).unwrap();
    assert!(matches!(refused(&place), Error::TooLarge(_)));
    fs::write(place.hooks(), vec![b' '; 4 << 20]).unwrap();
    assert!(config::connect(&place.home(), &entries()).is_ok());

    let place = Place::new();
    fs::write(place.config(), b"a = '\xff'\n").unwrap();
    assert!(matches!(refused(&place), Error::NotUtf8(_)));
    assert_eq!(fs::read(place.config()).unwrap(), b"a = '\xff'\n");
}
