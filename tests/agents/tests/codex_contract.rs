//! What Codex does with the answers of a `PermissionRequest` hook. Everything else builds on these; the hooks here are shell scripts.

use agents::codex::render;
use fixtures::codex::{HookRun, Lab, Setup};
use fixtures::in_parallel;
use fixtures::model_server::{Call, Turn};
use model::{Action, Decision};

const COMMAND: &str = "echo ran >> made.txt";

fn lab_with_hook(reply: &str) -> Lab {
    let lab = Lab::new([Turn::calls([Call::shell(COMMAND)]), Turn::says("done")]);
    let hook = lab.recorder(reply);
    lab.set_permission_hook(&hook, 30);
    lab
}

fn reply(decision: &Decision) -> String {
    render(decision).unwrap_or_default()
}

fn deny(message: &str) -> Decision {
    Decision::Deny { message: message.to_owned() }
}

fn run(status: &str, entries: &[&str]) -> HookRun {
    let entries = entries.iter().map(|text| (*text).to_owned()).collect();
    HookRun { event: "permissionRequest".to_owned(), status: status.to_owned(), entries }
}

/// How often the command ran.
fn runs(lab: &Lab) -> usize {
    std::fs::read_to_string(lab.repo().join("made.txt")).map_or(0, |text| text.lines().count())
}

#[test]
fn allow_runs_the_command_and_the_client_is_not_asked() {
    let lab = lab_with_hook(&reply(&Decision::Allow));
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread("untrusted");
    codex.start_turn("please do it");

    assert_eq!(codex.finish_turn(), "completed");
    assert_eq!(codex.hook_runs(), [run("completed", &[])]);
    assert_eq!(runs(&lab), 1);
    assert_eq!(lab.recorded().len(), 1);
    assert_eq!(lab.model.refused(), Vec::<String>::new());
}

#[test]
fn deny_blocks_the_command_and_the_model_reads_the_message() {
    for (message, seen) in [("not on my watch", "not on my watch"), ("", "PermissionRequest hook denied approval")] {
        let lab = lab_with_hook(&reply(&deny(message)));
        let mut codex = lab.app_server();
        codex.trust_all();
        codex.start_thread("untrusted");
        codex.start_turn("please do it");

        assert_eq!(codex.finish_turn(), "completed");
        assert_eq!(codex.hook_runs(), [run("blocked", &[seen])]);
        assert_eq!(runs(&lab), 0);
        let outputs = lab.model.tool_outputs();
        assert!(matches!(outputs.as_slice(), [output] if output.contains(seen)), "{outputs:?}");
    }
}

#[test]
fn silence_leaves_the_question_to_the_client() {
    let answers = [("accept", 1), ("decline", 0)];
    in_parallel(answers.len(), |at| {
        let (answer, ran) = answers[at];
        let lab = lab_with_hook(&reply(&Decision::NoDecision));
        let mut codex = lab.app_server();
        codex.trust_all();
        codex.start_thread("untrusted");
        codex.start_turn("please do it");

        let approval = codex.approval();
        assert_eq!(codex.hook_runs(), [run("completed", &[])]);
        assert_eq!(runs(&lab), 0, "nothing runs while the client is asked");
        codex.answer(&approval, answer);
        assert_eq!(codex.finish_turn(), "completed");
        assert_eq!(runs(&lab), ran, "{answer}");
    });
}

/// Why the product never says that Codex will ask.
#[test]
fn after_accept_for_session_silence_runs_the_command() {
    let lab = lab_with_hook("");
    lab.model.script([Turn::calls([Call::shell(COMMAND)]), Turn::says("done")]);
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread("untrusted");

    codex.start_turn("please do it");
    let approval = codex.approval();
    codex.answer(&approval, "acceptForSession");
    assert_eq!(codex.finish_turn(), "completed");
    assert_eq!(runs(&lab), 1);

    codex.start_turn("again");
    assert_eq!(codex.finish_turn(), "completed", "Codex asks nobody this time");
    assert_eq!(lab.recorded().len(), 2, "but the hook is run");
    assert_eq!(runs(&lab), 2);
}

#[test]
fn a_hook_that_waits_holds_the_question_back_until_it_ends() {
    let lab = Lab::new([Turn::calls([Call::shell(COMMAND)]), Turn::says("done")]);
    let pipe = lab.path("pipe");
    let hook = lab.script("waits", &format!("mkfifo {0}; cat {0}", pipe.display()));
    lab.set_permission_hook(&hook, 30);
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread("untrusted");
    codex.start_turn("please do it");

    codex.hook_started();
    codex.interrupt();
    assert_eq!(codex.finish_turn(), "interrupted");
    assert_eq!(codex.hook_runs(), [], "Codex reports nothing about a hook it killed");
    assert_eq!(runs(&lab), 0);
}

/// Why a network request is always shown with its command: nothing in the payload tells it from this.
#[test]
fn a_model_can_word_a_command_like_a_network_request() {
    let setup = Setup { sandbox: "workspace-write", ..Setup::default() };
    let call = Call::escalated(COMMAND, "network-access https://example.com:443");
    let lab = Lab::with(&setup, [Turn::calls([call]), Turn::says("done")]);
    let hook = lab.recorder(&reply(&Decision::Allow));
    lab.set_permission_hook(&hook, 30);
    let mut codex = lab.app_server();
    codex.trust_all();
    codex.start_thread("on-request");
    codex.start_turn("please do it");

    assert_eq!(codex.finish_turn(), "completed");
    assert_eq!(runs(&lab), 1, "allowing it ran the command, outside the sandbox");
    let asked = agents::codex::parse(lab.recorded()[0].as_bytes()).unwrap().request.unwrap();
    let target = "https://example.com:443".to_owned();
    assert_eq!(asked.action, Action::Network { target, command: COMMAND.to_owned() });
}
