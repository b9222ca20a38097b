use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use model::{Reviewer, TurnId};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::{ENDS, context};
use crate::Context;

const TURN: &str = r#"{"type":"turn_context","payload":{"turn_id":"t","root_turn_id":"t","cwd":"/repo","approval_policy":"on-request","approvals_reviewer":"user"}}"#;
const STARTED: &str = r#"{"type":"event_msg","payload":{"type":"task_started","turn_id":"t"}}"#;

fn prompt(turn: &str, text: &str) -> String {
    format!(
        r#"{{"type":"event_msg","payload":{{"type":"item_completed","turn_id":"{turn}","item":{{"type":"UserMessage","content":[{{"type":"text","text":"{text}"}},{{"type":"image","url":"x"}}]}}}}}}"#
    )
}

/// A line that tells nothing, of about this length.
fn padding(length: usize) -> String {
    format!(r#"{{"type":"response_item","payload":{{"text":"{}"}}}}"#, "x".repeat(length))
}

fn read(lines: &[&str]) -> Option<Context> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("transcript.jsonl");
    fs::write(&path, lines.join("\n")).unwrap();
    context(&path, &TurnId::new("t"))
}

fn of_user(asked: Option<&str>) -> Context {
    Context {
        cwd: Some(PathBuf::from("/repo")),
        approval_policy: Some("on-request".to_owned()),
        reviewer: Reviewer::User,
        prompt: asked.map(str::to_owned),
    }
}

#[test]
fn recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/codex/transcript.jsonl");
    let turn = |number: u32| context(&path, &TurnId::new(format!("00000000-0000-7000-8000-{number:012}")));
    let expected = |prompt: &str| Context { approval_policy: Some("untrusted".to_owned()), ..of_user(Some(prompt)) };
    assert_eq!(turn(3), Some(expected("the first prompt")));
    assert_eq!(turn(10), Some(expected("the second prompt")));
    assert_eq!(turn(1), None);
}

#[test]
fn lines() {
    let check = |name: &str, lines: &[&str], expected: Option<Context>| assert_eq!(read(lines), expected, "{name}");
    let later = TURN.replace("on-request", "never").replace("\"user\"", "\"auto_review\"");
    let other = TURN.replace("\"t\"", "\"u\"");
    let (first, second, of_other) = (prompt("t", "first"), prompt("t", "second"), prompt("u", "not this"));

    check("empty", &[""], None);
    check("nothing of this turn", &[&other, &of_other], None);
    check("no prompt", &[STARTED, TURN], Some(of_user(None)));
    check("a prompt before its context", &[STARTED, &first, TURN], Some(of_user(Some("first"))));
    check("the last prompt", &[STARTED, TURN, &first, &second, ""], Some(of_user(Some("second"))));
    check("turns around it", &[&other, &of_other, TURN, &first, &other, &of_other], Some(of_user(Some("first"))));
    check("nothing from before the turn", &[&first, STARTED, TURN], Some(of_user(None)));
    check("half a line at the end", &[TURN, &first, &second[..60]], Some(of_user(Some("first"))));
    check("garbage between", &["\u{0}", "[]", TURN, "{}", "}{", r#"{"type":5}"#], Some(of_user(None)));
    check("no context", &[STARTED, &first], None);
    let last =
        Context { approval_policy: Some("never".to_owned()), reviewer: Reviewer::AutoReview, ..of_user(Some("first")) };
    check("the last context", &[TURN, &first, &later], Some(last));
}

#[test]
fn a_subagents_task_is_no_prompt() {
    for root in [r#""root_turn_id":"parent""#, r#""root_turn_id":null"#] {
        let child = TURN.replace(r#""root_turn_id":"t""#, root);
        assert_eq!(read(&[&child, &prompt("t", "task")]), Some(of_user(None)), "{root}");
    }
}

#[test]
fn settings_of_another_codex() {
    let with =
        |fields: &str| read(&[&format!(r#"{{"type":"turn_context","payload":{{"turn_id":"t"{fields}}}}}"#)]).unwrap();
    let nothing = Context { cwd: None, approval_policy: None, reviewer: Reviewer::Unknown, prompt: None };
    assert_eq!(with(""), nothing);
    assert_eq!(with(r#","cwd":"repo","approvals_reviewer":null"#), nothing, "a relative folder is none");
    assert_eq!(with(r#","approvals_reviewer":"council""#).reviewer, Reviewer::Other("council".to_owned()));
    assert_eq!(with(r#","approval_policy":{"rules":true}"#).approval_policy.as_deref(), Some(r#"{"rules":true}"#));
}

#[test]
fn long_transcripts() {
    let of =
        |before: usize, after: usize| read(&[&padding(before), STARTED, TURN, &prompt("t", "asked"), &padding(after)]);
    let [small, middle, most] = ENDS.map(|end| usize::try_from(end).unwrap());
    for (before, after) in [(3 * most, 0), (0, small), (small, small), (most, middle), (most, most - 10_000)] {
        assert_eq!(of(before, after), Some(of_user(Some("asked"))), "{before} bytes before, {after} after");
    }
    assert_eq!(of(0, most), None, "out of reach");
}

#[test]
fn only_plain_files() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let found = |path: &Path| context(path, &TurnId::new("t")).is_some();
    fs::write(at("file"), TURN).unwrap();
    symlink(at("file"), at("link")).unwrap();
    mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();

    assert!(found(&at("file")));
    for name in ["link", "pipe", "missing", "file/x", ""] {
        assert!(!found(&at(name)), "{name}");
    }
    for path in ["/dev/zero", "transcript.jsonl", ""] {
        assert!(!found(Path::new(path)), "{path}");
    }
}
