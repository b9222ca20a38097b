//! A program that wants an allow inside Codex's real sandbox, where agents run what needs no permission (level 1 of
//! docs/security.md). The same program without a sandbox comes through nearly everywhere: `tests/flows/tests/flows/tampering.rs`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use api::dto::{ActionView, ByView, Card, DecisionView};
use fixtures::codex::{self, Lab};
use fixtures::relay::{Asking, Installed, Outcome};
use fixtures::{Hosted, attacker_program, cli_program, payload, plain};

/// Files of ours that none of these tests needs.
const OURS: [&str; 6] = [
    "config/rules.toml",
    "config/hooks.json",
    "config/settings.toml",
    "config/allow.sh",
    "state/rules.toml",
    "state/hosted.toml",
];

/// A Hookwright outside the sandbox, with a question that waits for the person.
struct World {
    app: Hosted,
    waiting: Asking,
    card: Card,
    _relay: Installed,
    lab: Lab,
}

impl World {
    fn new() -> Self {
        let (lab, relay) = (Lab::new([]), Installed::ours());
        let home = lab.path("hookwright");
        let mut app = Hosted::start(&home);
        let waiting = relay.ask(&home, &payload::shell("make"));
        let card = app.card();
        Self { app, waiting, card, _relay: relay, lab }
    }

    fn home(&self) -> PathBuf {
        self.lab.path("hookwright")
    }

    /// The attacker in the sandbox of `workspace-write`, with the repository as its workspace, and how far each of its attempts came.
    fn attack(&self, network_access: &str) -> BTreeMap<String, String> {
        let network_access = format!("sandbox_workspace_write.network_access={network_access}");
        let mut command = Command::new(self.lab.launcher(&codex::program()));
        command.arg("sandbox");
        for setting in [
            "sandbox_mode=workspace-write",
            "sandbox_workspace_write.exclude_slash_tmp=true",
            "sandbox_workspace_write.exclude_tmpdir_env_var=true",
            &network_access,
        ] {
            command.args(["-c", setting]);
        }
        let mut sandbox = command
            .arg("--")
            .args([attacker_program(), self.home(), cli_program()])
            .env("CODEX_HOME", self.lab.codex_home())
            .current_dir(self.lab.repo())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Codex starts");
        // Closed stdin: it ends when it has tried everything.
        drop(sandbox.stdin.take());
        let lines = BufReader::new(sandbox.stdout.take().expect("stdout is piped")).lines();
        let came = lines.map(|line| {
            let line = line.expect("it prints text");
            let (name, how) = line.split_once('\t').unwrap_or_else(|| panic!("it says {line:?}"));
            (name.to_owned(), how.to_owned())
        });
        let came = came.collect();
        assert!(sandbox.wait().expect("it is our child").success(), "{came:?}");
        came
    }

    /// Nothing was written, nothing allowed, nothing is left to show, and the person's question is still theirs.
    fn nothing_happened(mut self) {
        for file in OURS {
            assert!(!self.home().join(file).exists(), "{file} was written");
        }
        self.app.leave(&self.card);
        assert_eq!(self.waiting.outcome(), Outcome::silent());
        let notes = self.app.wait(self.app.app.subscribe()).expect("it runs").0.notes;
        assert!(notes.is_empty(), "{notes:?}");
        for past in self.app.past() {
            assert!(past.outcome.is_none_or(|outcome| outcome.decision != DecisionView::Allow));
        }
    }
}

/// Every way in but those named was shut by the sandbox itself.
#[track_caller]
fn all_is_read_only(came: &BTreeMap<String, String>, but: &[&str]) {
    assert_eq!(came.len(), 14, "{came:?}");
    for (name, how) in came.iter().filter(|(name, _)| !but.contains(&name.as_str())) {
        assert!(how.contains("Read-only file system"), "{name}: {how}");
    }
}

#[test]
fn with_network_access_it_can_ask_and_nothing_else() {
    let mut world = World::new();
    let came = world.attack("true");
    let may = ["workspace", "frames", "command line"];
    all_is_read_only(&came, &may);
    for name in may {
        assert_eq!(came[name], "done", "{name}");
    }
    assert!(world.lab.repo().join("attacked").is_file(), "it ran, and wrote where it may");
    // Its question came as any other, and ended with it.
    let card = world.app.card();
    let ActionView::Shell { command } = &card.shown.action else { panic!("{card:?}") };
    assert_eq!(plain(command), "make forged");
    let ended = world.app.ended(&card.id);
    assert_eq!((ended.decision, ended.by), (DecisionView::None, ByView::Withdrawn));
    world.nothing_happened();
}

#[test]
fn without_network_access_it_cannot_even_ask() {
    let world = World::new();
    let came = world.attack("false");
    all_is_read_only(&came, &["workspace", "frames", "command line"]);
    assert_eq!((came["workspace"].as_str(), came["command line"].as_str()), ("done", "done"));
    assert!(came["frames"].contains("Operation not permitted"), "{came:?}");
    assert_eq!(world.app.events().len(), 1, "the person's own question");
    world.nothing_happened();
}
