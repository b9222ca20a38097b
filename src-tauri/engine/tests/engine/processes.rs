//! Hooks as processes: what they are given, how they end, and that none stays behind.

use std::fs;
use std::pin::pin;
use std::time::{Duration, Instant};

use engine::{End, Finished, Report, Stream};
use model::{Hook, HookEvent};
use serde_json::json;

use crate::world::{World, command, hook};

fn stop(text: &str) -> Hook {
    hook(HookEvent::Stop, 0, command(text))
}

fn only(report: &Report) -> &Finished {
    let [ran] = &report.runs[..] else { panic!("not one run: {report:?}") };
    &ran.finished
}

/// Runs one hook of `Stop`, and leaves nobody.
async fn end_of(world: &World, hook: Hook) -> Report {
    let report = world.run(&[hook], &world.payload("Stop", json!({}))).await;
    world.nobody_left().await;
    report
}

#[tokio::test]
async fn gets_the_payload_as_it_came_in_its_folder_with_this_environment_and_no_other() {
    let world = World::new();
    let script = "cat > stdin; pwd > pwd; env | sort > env; printf out; printf err >&2; exit 3";
    let report = end_of(&world, stop(script)).await;
    let finished = only(&report);
    assert_eq!(finished.end, End::Exited(3));
    assert_eq!((&*finished.stdout.text, &*finished.stderr.text), ("out", "err"));
    assert_eq!(world.read("stdin"), world.payload("Stop", json!({})).text());
    assert_eq!(world.read("pwd").trim(), world.folder.path().to_str().unwrap());
    let names: Vec<_> = world.read("env").lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect();
    // PWD is the shell's own.
    assert_eq!(names, ["HERE", "MARK", "PATH", "PWD"]);
}

#[tokio::test]
async fn leads_a_group_of_its_own() {
    let world = World::new();
    end_of(&world, stop("cat /proc/$$/stat > stat; echo $$ > pid")).await;
    let (stat, pid) = (world.read("stat"), world.read("pid"));
    let group = stat.rsplit(')').next().unwrap().split_whitespace().nth(2).unwrap();
    assert_eq!(group, pid.trim());
}

#[tokio::test]
async fn a_variable_of_the_handler_reaches_it_and_a_scrubbed_one_does_not() {
    let world = World::new();
    let mut hook = stop("printf %s \"$PLUGIN_ROOT|$OPENAI_IDENTITY_TOKEN_FILE\"");
    if let model::Handler::Command { environment, .. } = &mut hook.handler {
        environment.push(("PLUGIN_ROOT".into(), "/plugin".into()));
        environment.push(("OPENAI_IDENTITY_TOKEN_FILE".into(), "/secret".into()));
    }
    let report = end_of(&world, hook).await;
    assert_eq!(only(&report).stdout.text, "/plugin|");
}

#[tokio::test]
async fn a_signal_is_an_end_without_a_code() {
    let world = World::new();
    let report = end_of(&world, stop("kill -9 $$")).await;
    assert_eq!(only(&report).end, End::Signalled);
}

#[tokio::test]
async fn invalid_utf_8_is_replaced() {
    let world = World::new();
    let report = end_of(&world, stop(r"printf 'a\377b'; printf '\303' >&2")).await;
    let finished = only(&report);
    assert_eq!((&*finished.stdout.text, &*finished.stderr.text), ("a\u{fffd}b", "\u{fffd}"));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_a_failure_in_the_words_of_the_system() {
    let world = World::new();
    let payload = world.payload("Stop", json!({ "cwd": world.path("nowhere") }));
    let report = world.run(&[stop("true")], &payload).await;
    assert_eq!(only(&report).end, End::Failed("No such file or directory (os error 2)".into()));
}

#[tokio::test]
async fn a_payload_larger_than_a_pipe_is_read_or_not() {
    let world = World::new();
    let payload = world.payload("Stop", json!({ "last_assistant_message": "x".repeat(1_000_000) }));
    for script in ["wc -c", "exec 0<&-; echo closed", "true", "head -c 70000 > /dev/null"] {
        let report = world.run(&[stop(script)], &payload).await;
        assert_eq!(only(&report).end, End::Exited(0), "{script}");
    }
    let report = world.run(&[stop("wc -c")], &payload).await;
    assert_eq!(only(&report).stdout.text.trim(), payload.text().len().to_string());
    world.nobody_left().await;
}

/// Out of time after a second, with nobody left of what it started and nothing kept of what it said.
async fn runs_out_of_time(script: &str) {
    let world = World::new();
    let mut hook = stop(script);
    hook.timeout = 1;
    let started = Instant::now();
    let report = end_of(&world, hook).await;
    let took = started.elapsed();
    let finished = only(&report);
    assert_eq!(finished.end, End::Failed("hook timed out after 1s".into()), "{script}");
    assert_eq!((&*finished.stdout.text, &*finished.stderr.text), ("", ""));
    assert!((Duration::from_secs(1)..Duration::from_secs(10)).contains(&took), "{took:?}");
    world.reaped(world.read("pid").trim()).await;
}

#[tokio::test]
async fn never_ends() {
    runs_out_of_time("echo $$ > pid; printf said; while :; do sleep 1; done").await;
}

#[tokio::test]
async fn ignores_sigterm() {
    runs_out_of_time("echo $$ > pid; trap '' TERM INT HUP; while :; do sleep 1; done").await;
}

#[tokio::test]
async fn grandchildren_go_with_it() {
    runs_out_of_time("echo $$ > pid; (sleep 100 & (sleep 100 & wait) & wait) & sleep 100").await;
}

#[tokio::test]
async fn its_output_is_kept_open_by_another() {
    runs_out_of_time("echo $$ > pid; sleep 100 & printf done").await;
}

#[tokio::test]
async fn writes_for_ever() {
    runs_out_of_time("echo $$ > pid; yes").await;
}

#[tokio::test]
async fn what_it_leaves_behind_on_purpose_stays() {
    let world = World::new();
    let script = "(until [ -e go ]; do sleep 0.01; done; echo gone > gone) > /dev/null 2>&1 & echo done";
    let report = world.run(&[stop(script)], &world.payload("Stop", json!({}))).await;
    assert_eq!(only(&report).end, End::Exited(0));
    assert_eq!(only(&report).stdout.text, "done\n");
    fs::write(world.path("go"), "").unwrap();
    assert_eq!(world.written("gone").await, "gone");
    world.nobody_left().await;
}

#[tokio::test]
async fn a_dropped_future_kills_all_of_it() {
    let world = World::new();
    let script = "trap '' TERM; sleep 100 & sleep 100 & echo $$ > pid; wait";
    let (engine, payload) = (world.engine(), world.payload("Stop", json!({})));
    let hooks = [stop(script)];
    {
        let mut run = pin!(engine.run(&hooks, &payload, |_| {}));
        tokio::select! {
            report = &mut run => panic!("ended: {report:?}"),
            _ = world.written("pid") => {}
        }
    }
    world.nobody_left().await;
    world.reaped(&world.written("pid").await).await;
}

#[tokio::test]
async fn output_is_told_as_it_comes() {
    let world = World::new();
    let payload = world.payload("Stop", json!({}));
    let engine = world.engine();
    let hooks = [stop("echo first; until [ -e go ]; do sleep 0.01; done; echo second >&2")];
    let (seen, mut told) = tokio::sync::mpsc::unbounded_channel();
    let watch = |progress| match progress {
        engine::Progress::Output { run, stream, bytes } => seen.send((run, stream, bytes)).unwrap(),
        engine::Progress::Started { .. } | engine::Progress::Ended { .. } => {}
    };
    let first = async {
        let first = told.recv().await.unwrap();
        fs::write(world.path("go"), "").unwrap();
        first
    };
    let (_, first) = tokio::join!(engine.run(&hooks, &payload, watch), first);
    assert_eq!(first, (0, Stream::Stdout, b"first\n".to_vec()));
    assert_eq!(told.recv().await.unwrap(), (0, Stream::Stderr, b"second\n".to_vec()));
}

#[tokio::test]
async fn long_output_goes_to_a_file_that_goes_with_the_report() {
    let world = World::new();
    let report = end_of(&world, stop("head -c 9000000 /dev/zero | tr '\\0' x")).await;
    let captured = &only(&report).stdout;
    let whole = captured.whole.as_ref().unwrap();
    assert_eq!(whole.bytes(), 9_000_000);
    assert_eq!(fs::metadata(whole.file()).unwrap().len(), 9_000_000);
    assert!(captured.text.len() <= 8 * 1024 * 1024 && captured.text.len() > 8_000_000);
    let file = whole.file().to_owned();
    drop(report);
    assert!(!file.exists());
}
