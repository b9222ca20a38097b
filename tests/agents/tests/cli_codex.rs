//! The command line and the real Codex: connected and trusted in one go, and taken apart again without a trace.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use fixtures::codex::{self, AppServer, Lab};
use fixtures::model_server::{Call, Turn};
use fixtures::{cli_program, later_program, place, relay_program};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Hookwright and Codex, installed beside each other.
struct Machine {
    lab: Lab,
}

impl Machine {
    fn new() -> Self {
        Self::with([])
    }

    fn with(turns: impl IntoIterator<Item = Turn>) -> Self {
        let lab = Lab::new(turns);
        let launcher = lab.launcher(&codex::program());
        fs::create_dir(lab.path("bin")).expect("the lab's folder is ours");
        symlink(launcher, lab.path("bin/codex")).expect("the lab's folder is ours");
        place(&cli_program(), &lab.path("bin/hookwright"));
        place(&relay_program(), &lab.path("bin/hookwright-relay"));
        Self { lab }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let path = format!("{}:/usr/bin:/bin", self.lab.path("bin").display());
        let mut command = Command::new(self.lab.path("bin/hookwright"));
        command.env_clear().env("PATH", path).env("HOME", self.lab.home()).env("CODEX_HOME", self.lab.codex_home());
        command.env("HOOKWRIGHT_HOME", self.lab.path("hookwright")).args(arguments).stdin(Stdio::null());
        command
    }

    /// What it says on stdout, when it ends with this code.
    #[track_caller]
    fn run(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the command line starts");
        let (stdout, stderr) =
            (String::from_utf8(output.stdout).expect("it prints text"), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "stdout: {stdout}\nstderr: {stderr}");
        stdout
    }

    /// What the doctor says of Codex, when it ends with this code.
    #[track_caller]
    fn codex(&self, code: i32) -> Value {
        let report: Value = serde_json::from_str(&self.run(code, &["doctor", "--json"])).expect("it prints JSON");
        report["agents"][0].clone()
    }

    /// Puts a later version in the place of this one, as a package does.
    fn update(&self) {
        for name in ["hookwright", "hookwright-relay"] {
            let at = self.lab.path("bin").join(name);
            fs::remove_file(&at).expect("it is installed");
            place(&later_program(name), &at);
        }
    }

    /// `hookwright serve`, listening. Ended by [`stop`].
    fn serve(&self) -> Child {
        let mut serve = self.command(&["serve"]).stdout(Stdio::piped()).spawn().expect("the command line starts");
        let mut said = String::new();
        let stdout = serve.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut said).expect("it says where it listens");
        assert!(said.contains("bridge.sock"), "{said}");
        serve
    }

    fn relay(&self) -> PathBuf {
        self.lab.path("hookwright/data/hookwright-relay")
    }

    fn config(&self) -> PathBuf {
        self.lab.codex_home().join("config.toml")
    }
}

#[test]
fn it_connects_is_trusted_and_leaves_no_trace() {
    let machine = Machine::new();
    let before = fs::read(machine.config()).unwrap();

    let said = machine.run(0, &["connect", "codex", "--yes"]);
    assert!(said.contains("trusts the entries"), "{said}");
    // Nothing is wrong, so the doctor is content.
    let codex = machine.codex(0);
    assert_eq!((&codex["connection"], &codex["trust"]), (&"connected".into(), &"trusted".into()), "{codex:#}");
    assert!(codex["program"]["version"].is_string(), "{codex:#}");
    let said = machine.run(0, &["connect", "codex", "--yes"]);
    assert!(said.contains("Nothing to change") && said.contains("trusts the entries"), "{said}");

    machine.run(0, &["disconnect", "codex", "--yes"]);
    assert_eq!(fs::read(machine.config()).unwrap(), before);
    assert!(!machine.lab.codex_home().join("hooks.json").exists());
}

fn stop(mut serve: Child) {
    kill_process(Pid::from_child(&serve), Signal::TERM).expect("it runs");
    assert!(serve.wait().expect("it is our child").success());
}

/// Key, hash and trust of every hook that Codex finds.
fn trust(codex: &mut AppServer) -> Vec<[Value; 3]> {
    codex.hooks().iter().map(|hook| ["key", "currentHash", "trustStatus"].map(|name| hook[name].clone())).collect()
}

/// A turn in which Codex asks its own client, because nobody else decides. No hook fails or says a word.
fn turn(machine: &Machine) -> Vec<[Value; 3]> {
    let mut codex = machine.lab.app_server();
    let trust = trust(&mut codex);
    codex.start_thread("untrusted");
    codex.start_turn("say hello");
    let approval = codex.approval();
    codex.answer(&approval, "accept");
    assert_eq!(codex.finish_turn(), "completed");
    let runs = codex.hook_runs();
    assert!(runs.iter().any(|run| run.event == "permissionRequest"), "{runs:?}");
    assert!(runs.iter().all(|run| run.status == "completed" && run.entries.is_empty()), "{runs:?}");
    codex.close();
    trust
}

#[test]
fn the_entries_and_their_trust_outlive_an_update_and_an_uninstall() {
    let hello = || [Turn::calls([Call::shell("echo hello")]), Turn::says("done")];
    let machine = Machine::with(hello().into_iter().chain(hello()));
    machine.run(0, &["connect", "codex", "--yes"]);
    let entries = fs::read(machine.lab.codex_home().join("hooks.json")).unwrap();
    let (old, old_version) = (fs::read(machine.relay()).unwrap(), machine.run(0, &["--version"]));
    assert_eq!(old, fs::read(relay_program()).unwrap());
    let mut codex = machine.lab.app_server();
    let trusted = trust(&mut codex);
    codex.close();
    assert_eq!(trusted.len(), 14);
    assert!(trusted.iter().all(|[_, _, status]| status == "trusted"), "{trusted:?}");

    machine.update();
    assert_ne!(machine.run(0, &["--version"]), old_version);
    let serve = machine.serve();
    assert_eq!(fs::read(machine.relay()).unwrap(), fs::read(later_program("hookwright-relay")).unwrap());
    assert_ne!(fs::read(machine.relay()).unwrap(), old);
    assert_eq!(turn(&machine), trusted, "Codex still trusts every entry");
    stop(serve);
    let history = machine.run(0, &["history", "list", "--json"]);
    assert!(history.contains("echo hello") && history.contains("unattended"), "{history}");
    machine.codex(0);

    for folder in ["bin", "hookwright"] {
        fs::remove_dir_all(machine.lab.path(folder)).unwrap();
    }
    assert_eq!(turn(&machine), trusted, "an uninstall changes nothing that is Codex's");
    assert_eq!(fs::read(machine.lab.codex_home().join("hooks.json")).unwrap(), entries);
    assert!(!machine.lab.path("hookwright").exists(), "and nothing of ours comes back");
}

#[test]
fn an_entry_that_was_changed_is_found_and_trusted_anew() {
    let machine = Machine::new();
    machine.run(0, &["connect", "codex", "--yes"]);
    let trusted = fs::read_to_string(machine.config()).unwrap();
    let at = trusted.find("sha256:").expect("the entries are trusted") + "sha256:".len();
    let mut other = trusted.clone();
    other.replace_range(at..at + 4, if trusted[at..].starts_with("0000") { "1111" } else { "0000" });
    fs::write(machine.config(), other).unwrap();
    assert_eq!(machine.codex(1)["problems"][0]["code"], "modified");
    machine.run(0, &["connect", "codex", "--yes"]);
    assert_eq!(machine.codex(0)["trust"], "trusted");
}

#[test]
fn a_session_from_before_is_named_until_it_ends() {
    let machine = Machine::with([Turn::says("hello")]);
    let mut codex = machine.lab.app_server();
    let session = codex.start_thread("untrusted");
    codex.start_turn("hello");
    assert_eq!(codex.finish_turn(), "completed");
    machine.run(0, &["connect", "codex", "--yes"]);

    let view = machine.codex(1);
    assert_eq!(view["problems"][0]["code"], "openSessions", "{view:#}");
    assert_eq!((view["lacking"].as_array().map(Vec::len), &view["lacking"][0]["id"]), (Some(1), &session.into()));
    assert_eq!(view["lacking"][0]["folder"][0]["text"], machine.lab.repo().display().to_string());
    codex.close();
    machine.codex(0);
}

/// The person's own hooks, as Codex lists them.
fn own(codex: &mut AppServer) -> Vec<[Value; 4]> {
    let facts = ["command", "key", "currentHash", "trustStatus"];
    let hooks = codex.hooks();
    let own = hooks.iter().filter(|hook| hook["command"].as_str().is_some_and(|command| command.starts_with("echo")));
    own.map(|hook| facts.map(|fact| hook[fact].clone())).collect()
}

/// Connects, lets the person add a hook of their own behind ours and trust it, and disconnects.
#[track_caller]
fn check_own_hook_behind_ours(file: &str, before: &str, edit: impl Fn(&str) -> String, after: &str) {
    let machine = Machine::new();
    let path = machine.lab.codex_home().join(file);
    let given = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, format!("{given}{before}")).expect("the lab's folder is ours");
    let mut codex = machine.lab.app_server();
    codex.trust_all();
    let first = own(&mut codex);
    codex.close();
    assert_eq!(first.len(), 1, "{first:?}");

    machine.run(0, &["connect", "codex", "--yes"]);
    let connected = fs::read_to_string(&path).expect("the lab's folder is ours");
    fs::write(&path, edit(&connected)).expect("the lab's folder is ours");
    let mut codex = machine.lab.app_server();
    codex.trust_all();
    let both = own(&mut codex);
    codex.close();
    assert_eq!((both.len(), &both[..1]), (2, &first[..]), "{both:?}");

    machine.run(0, &["disconnect", "codex", "--yes"]);
    let mut codex = machine.lab.app_server();
    assert_eq!(own(&mut codex), both, "the person's hooks keep key, hash and trust");
    assert_eq!(codex.hooks().len(), 2, "ours are gone");
    codex.close();
    let left = fs::read_to_string(&path).expect("the lab's folder is ours");
    assert!(left.contains(after), "{left}");
    for file in ["hooks.json", "config.toml"] {
        let left = fs::read_to_string(machine.lab.codex_home().join(file)).unwrap_or_default();
        assert!(!left.contains("hookwright"), "{left}");
    }
}

#[test]
fn a_hook_that_a_person_added_behind_ours_keeps_its_trust() {
    let mine = "{\"hooks\": [{\"type\": \"command\", \"command\": \"echo two\"}]}";
    let one = "{ \"hooks\": [ { \"type\": \"command\",  \"command\": \"echo one\" } ] }";
    let before = format!("{{ \"hooks\": {{\n\t\"Stop\":   [ {one} ]\n}} }}");
    let edit = |text: &str| {
        // Behind our group, which ends where its list of handlers does.
        let stop = text.find("\"Stop\"").expect("it is there");
        let ours = stop + text[stop..].find("codex; fi").expect("connected");
        let list = ours + text[ours..].find(']').expect("a list ends");
        let end = list + text[list..].find('}').expect("a group ends") + 1;
        format!("{}, {mine}{}", &text[..end], &text[end..])
    };
    check_own_hook_behind_ours("hooks.json", &before, edit, &format!("{one}, {{}}, {mine} ]\n}} }}"));
}

#[test]
fn the_same_where_the_hooks_stand_in_config_toml() {
    let table = |name: &str| {
        format!(
            "\n# {name}, mine\n[[hooks.Stop]]\n  [[hooks.Stop.hooks]] # odd\n  type = 'command'\n  command   = \"echo {name}\"\n"
        )
    };
    let edit = |text: &str| format!("{text}{}", table("two"));
    check_own_hook_behind_ours("config.toml", &table("one"), edit, &table("two"));
}
