//! Hooks that a conversation skips without a word, as Hookwright tells of them beside the terminal.

use std::os::unix::fs::symlink;

use api::dto::UntrustedView;
use fixtures::codex::Lab;
use fixtures::model_server::Turn;
use fixtures::{Home, Hosted, until};

#[test]
fn a_followed_conversation_says_which_hooks_are_not_trusted() {
    let lab = Lab::new([Turn::says("hello")]);
    lab.set_hooks([("Stop", "true", 5), ("Stop", "false", 5)]);
    let home = Home::new();
    // The usual folder of a Hookwright whose files are all below one.
    symlink(lab.codex_home(), home.path().join("codex")).expect("the home is ours");
    let hosted = Hosted::start(home.path());
    let skipped = || hosted.wait(hosted.app.untrusted_hooks()).expect("Codex lists");
    assert_eq!(skipped(), [], "there is no server");

    let daemon = lab.daemon();
    let mut terminal = daemon.terminal();
    let session = terminal.start_thread("on-request");
    terminal.start_turn("hello");
    assert_eq!(terminal.finish_turn(), "completed");
    let told = until("the conversation is followed", || Some(skipped()).filter(|told| !told.is_empty()));
    let file = lab.codex_home().join("hooks.json");
    let keys = [0, 1].map(|nth| format!("{}:stop:{nth}:0", file.display())).to_vec();
    let folder = lab.repo().display().to_string();
    assert_eq!(told, [UntrustedView { agent_title: "Codex".to_owned(), session, folder, keys }]);

    terminal.trust_all();
    assert_eq!(skipped(), []);
    hosted.quit();
}
