//! The command line and the real relay: connected, served, closed and served again, as an agent would meet them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fixtures::relay::{Asking, Outcome};
use fixtures::{Home, cli_program, payload, place, relay_program};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// A machine on which Hookwright is installed and an agent has its own folder.
struct Machine {
    home: Home,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { home: Home::new() };
        for folder in ["bin", "codex", "person"] {
            fs::create_dir(machine.home.path().join(folder)).expect("the home is ours");
        }
        place(&cli_program(), &machine.home.path().join("bin/hookwright"));
        place(&relay_program(), &machine.home.path().join("bin/hookwright-relay"));
        machine
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let home = self.home.path();
        let mut command = Command::new(home.join("bin/hookwright"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.join("person")).stdin(Stdio::null());
        command.env("HOOKWRIGHT_HOME", home).env("CODEX_HOME", home.join("codex")).args(arguments);
        command
    }

    /// What it says on stdout, when it ends with this code.
    #[track_caller]
    fn run(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the command line starts");
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text")
    }

    fn json(&self, code: i32, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(code, arguments)).expect("it prints JSON")
    }

    fn serve(&self) -> Serving {
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).spawn().expect("the command line starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it prints text");
        assert!(line.contains("bridge.sock"), "{line}");
        Serving(child)
    }

    /// The agent runs its entry for this event, through a shell as Codex does.
    fn happens(&self, event: &str, payload: &[u8]) -> Outcome {
        let hooks = fs::read(self.home.path().join("codex/hooks.json")).expect("the agent is connected");
        let hooks: Value = serde_json::from_slice(&hooks).expect("the file is JSON");
        let entry = hooks["hooks"][event][0]["hooks"][0]["command"].as_str().expect("the event has our entry");
        Asking::start(Command::new("/bin/sh").env_clear().args(["-c", entry]), payload).outcome()
    }

    fn events(&self) -> Vec<Value> {
        let records = self.json(0, &["history", "list", "--json"]);
        records.as_array().expect("a list").iter().filter(|record| record["kind"] == "event").cloned().collect()
    }
}

struct Serving(Child);

impl Serving {
    /// Ends it as a person or a service manager does.
    fn end(mut self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).expect("it runs");
        assert_eq!(self.0.wait().expect("it ends").code(), Some(0));
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // An error means that it ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn what_is_connected_is_served_without_a_decision_and_nothing_is_lost_while_it_is_closed() {
    let machine = Machine::new();
    machine.run(0, &["connect", "codex", "--yes"]);

    let serving = machine.serve();
    assert_eq!(machine.happens("PermissionRequest", &payload::shell("make install")), Outcome::silent());
    let asked = machine.json(0, &["history", "list", "--json", "--event", "PermissionRequest"]);
    let outcome = &asked.as_array().unwrap().iter().find(|record| record["kind"] == "request").unwrap()["outcome"];
    assert_eq!((&outcome["decision"], &outcome["by"]), (&"none".into(), &"unattended".into()));
    serving.end();

    let stop = payload::bytes("session", "Stop", json!({ "last_assistant_message": "done" }));
    assert_eq!(machine.happens("Stop", &stop), Outcome::silent());
    assert_eq!(machine.json(1, &["doctor", "--json"])["installation"]["spool"]["events"], 1);

    let mut following =
        machine.command(&["history", "follow"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(following.stderr.take().unwrap()).read_line(&mut ready).unwrap();
    let serving = machine.serve();
    let mut line = String::new();
    BufReader::new(following.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let heard: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&heard["event"][0]["text"], &heard["reported"]), (&"Stop".into(), &"whileClosed".into()));
    following.kill().unwrap();
    following.wait().unwrap();
    assert_eq!(machine.events().len(), 2);
    serving.end();

    machine.run(0, &["disconnect", "codex", "--yes"]);
    assert!(!machine.home.path().join("codex/hooks.json").exists());
}
