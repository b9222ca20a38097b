//! Nothing of a known secret reaches the disk.

use std::fs;
use std::path::PathBuf;

use history::row::{Output, Run};
use history::{EventQuery, Query, RunQuery, Secrets};
use model::{Entry, EntryKind, HookRun, RequestId};

use crate::runs::run;
use crate::support::{History, event, request};

const SECRET: &str = "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";

fn text(what: &str) -> String {
    format!("{what} {SECRET} end")
}

/// A row of each kind, with the secret wherever a text can be.
fn record(history: &History, project: &str) {
    let mut happened = event(1);
    (happened.event.payload, happened.event.prompt) =
        (format!("{{\"c\":\"{}\"}}", text("payload")), Some(text("prompt")));
    happened.event.cwd = Some(PathBuf::from(project).join("src"));
    happened.request = Some(RequestId::new("r"));
    history.writer.record_event(happened).unwrap();
    let mut asked = request("r", 1);
    (asked.summary, asked.shown, asked.project) =
        (text("summary"), format!("{{\"c\":\"{}\"}}", text("shown")), Some(project.into()));
    history.writer.record_request(asked).unwrap();
}

fn leaky(project: &str) -> Run {
    let whole = run(1, 0);
    let output = |what: &str| Output { text: text(what), bytes: 7 };
    let entries = vec![Entry { kind: EntryKind::Feedback, text: text("entry") }];
    Run {
        project: Some(project.into()),
        command: text("command"),
        input: output("input"),
        // Long enough to be deflated.
        stdout: Output { text: format!("{}{}", "line\n".repeat(2_000), text("stdout")), bytes: 9 },
        stderr: output("stderr"),
        run: HookRun { entries, status_message: Some(text("message")), ..whole.run.clone() },
        ..whole
    }
}

/// Whether any file of the history, as it lies there now, holds these bytes.
fn on_disk(history: &History, bytes: &[u8]) -> bool {
    let folder = history.path().parent().unwrap().to_owned();
    fs::read_dir(folder).unwrap().any(|file| {
        let file = fs::read(file.unwrap().path()).unwrap();
        file.windows(bytes.len()).any(|window| window == bytes)
    })
}

#[tokio::test]
async fn secrets_are_masked_before_they_are_stored() {
    let history = History::new();
    record(&history, "/home/ada/engine");
    history.writer.record_runs(vec![leaky("/home/ada/engine")]).await.unwrap();
    history.settle().await;
    // The index holds words in lower case.
    for part in [SECRET, &SECRET[4..20], &SECRET[4..].to_lowercase()] {
        assert!(!on_disk(&history, part.as_bytes()), "{part}");
    }
    assert!(on_disk(&history, b"[masked: GitHub token]"), "the search sees what is there");

    let row = history.reader.run(&leaky("").id).unwrap().unwrap();
    assert_eq!((row.masked, row.command.as_str()), (6, "command [masked: GitHub token] end"));
    assert!(row.stdout.text.ends_with("stdout [masked: GitHub token] end"));
    let found = |text: &str| {
        history.reader.run_page(&RunQuery { text: text.to_owned(), ..RunQuery::default() }).unwrap().rows.len()
    };
    assert_eq!((found("stdout"), found(&SECRET[4..])), (1, 0));
    let event = &history.reader.events(&EventQuery::default()).unwrap().rows[0];
    assert_eq!(event.event.payload, r#"{"c":"payload [masked: GitHub token] end"}"#);
    assert_eq!(history.reader.masked(&event.id).unwrap(), 2);
    let past = &history.reader.past(&Query::default()).unwrap().rows[0];
    assert_eq!((past.summary.as_str(), past.masked), ("summary [masked: GitHub token] end", 2));
    assert_eq!(history.reader.place(&past.id).unwrap().unwrap().0, "d1", "the digest is that of what was shown");
}

#[tokio::test]
async fn a_masked_request_feeds_no_preview() {
    let history = History::new();
    record(&history, "/home/ada/engine");
    history.settle().await;
    let asked = history.reader.asked(&RequestId::new("r")).unwrap().unwrap();
    assert_eq!(asked.payload, "", "what it was is not known, so no rule is said to fit it");
}

#[tokio::test]
async fn a_project_may_be_left_as_it_is() {
    let history = History::new();
    let projects = [("/home/ada", Secrets::Masked), ("/home/ada/engine", Secrets::Plain)];
    history.writer.set_secrets(projects.map(|(folder, secrets)| (folder.into(), secrets)).into());
    record(&history, "/home/ada/engine");
    history.writer.record_runs(vec![leaky("/home/ada/engine")]).await.unwrap();
    let other = Run { id: model::RunId::new("other"), ..leaky("/home/ada/engine2") };
    history.writer.record_runs(vec![other.clone()]).await.unwrap();
    history.settle().await;
    assert_eq!(history.reader.run(&leaky("").id).unwrap(), Some(leaky("/home/ada/engine")));
    assert_eq!(history.reader.run(&other.id).unwrap().unwrap().masked, 6);
    let asked = history.reader.asked(&RequestId::new("r")).unwrap().unwrap();
    assert!(asked.payload.contains(SECRET));
}
