//! Every hook of the gallery in the real Codex: installed as the editor does it, trusted, and made to fire where it must act and
//! where it must not. What counts is what Codex says of the runs and what the model was told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use config::gallery::{Scope, Template, templates};
use fixtures::codex::{AppServer, Lab, Setup, Step};
use fixtures::model_server::{Call, Turn};
use fixtures::{until, write_program};
use serde_json::{Map, Value, json};

/// Codex with hooks of the gallery, and its thread.
struct World {
    codex: AppServer,
    lab: Lab,
}

/// How one hook ran.
#[derive(Debug)]
struct Run {
    template: &'static str,
    status: String,
    entries: Vec<String>,
}

impl World {
    /// The hooks of these names, or all of them. Below the lab's home is what they need: `notify-send` that writes down what it
    /// was told.
    fn new(setup: &Setup, ids: &[&str]) -> Self {
        let lab = Lab::with(setup, []);
        let chosen: Vec<_> = templates().iter().filter(|one| ids.is_empty() || ids.contains(&one.id)).collect();
        install(&lab.codex_home().join("hooks.json"), Scope::User { home: &lab.home() }, &chosen);
        fs::create_dir(lab.path("bin")).expect("the lab's folder is ours");
        let notify = format!("#!/bin/sh\nprintf '%s\\n' \"$3\" >> '{}'\n", lab.path("told").display());
        write_program(&lab.path("bin/notify-send"), &notify);
        let search =
            format!("{}:/usr/bin:/bin:{}", lab.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        fs::write(lab.codex_home().join(".env"), format!("PATH={search}\n")).expect("the lab's folder is ours");
        let mut codex = lab.app_server();
        let folders = codex.call("hooks/list", json!({ "cwds": [lab.repo()] }))["data"].clone();
        assert_eq!((&folders[0]["warnings"], &folders[0]["errors"]), (&json!([]), &json!([])));
        assert_eq!(folders[0]["hooks"].as_array().map(Vec::len), Some(chosen.len()));
        codex.trust_all();
        Self { codex, lab }
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=me", "-c", "user.email=me@example.com"])
            .args(arguments)
            .current_dir(self.lab.repo());
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        assert!(git.output().expect("git is installed").status.success(), "git {arguments:?} failed");
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.lab.repo().join(path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the lab's folder is ours");
        fs::write(&path, text).expect("the lab's folder is ours");
        path
    }

    /// A turn in which the model calls these, and how the hooks ran.
    fn turn(&mut self, prompt: &str, calls: impl IntoIterator<Item = Call>) -> Vec<Run> {
        self.lab.model.script([Turn::calls(calls)]);
        self.ask(prompt)
    }

    /// A turn without calls.
    fn ask(&mut self, prompt: &str) -> Vec<Run> {
        self.lab.model.take_requests();
        self.codex.start_turn(prompt);
        while let Step::Asks(approval) = self.codex.step() {
            self.codex.answer(&approval, "accept");
        }
        self.codex.take_all("hook/completed").iter().map(|params| Run::read(&params["run"])).collect()
    }

    /// All the model was told since the last turn began.
    fn told(&self) -> String {
        self.lab.model.requests().iter().map(Value::to_string).collect()
    }

    /// What `notify-send` was told.
    fn notified(&self, text: &str) -> usize {
        let told = fs::read_to_string(self.lab.path("told")).unwrap_or_default();
        told.lines().filter(|line| *line == text).count()
    }
}

/// Writes hooks and scripts as the editor does.
fn install(file: &Path, scope: Scope, chosen: &[&Template]) {
    let mut events = Map::new();
    for template in chosen {
        if let (Some(script), Some(path)) = (template.script(), template.script_path(file)) {
            fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the lab's folder is ours");
            write_program(&path, script.text);
        }
        let fields = template.handler(file, scope);
        let handler: Map<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut group = json!({ "hooks": [handler] });
        if let Some(matcher) = template.matcher {
            group["matcher"] = json!(matcher);
        }
        let groups = events.entry(template.event.name()).or_insert_with(|| json!([]));
        groups.as_array_mut().expect("made an array above").push(group);
    }
    fs::write(file, json!({ "hooks": events }).to_string()).expect("the lab's folder is ours");
}

impl Run {
    fn read(run: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let known = templates().iter().find(|template| {
            let event = text(&run["eventName"]);
            run["statusMessage"] == template.status_message && event.eq_ignore_ascii_case(template.event.name())
        });
        let entries = run["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            template: known.unwrap_or_else(|| panic!("no hook of the gallery: {run}")).id,
            status: text(&run["status"]),
            entries: entries.iter().map(|entry| text(&entry["text"])).collect(),
        }
    }
}

fn of<'r>(runs: &'r [Run], template: &str) -> Vec<&'r Run> {
    runs.iter().filter(|run| run.template == template).collect()
}

/// The hook ran, and left nothing.
#[track_caller]
fn quiet(runs: &[Run], template: &str) {
    let of = of(runs, template);
    assert!(!of.is_empty(), "{template} did not run: {runs:?}");
    assert!(of.iter().all(|run| run.status == "completed" && run.entries.is_empty()), "{of:?}");
}

/// One run of the hook ended so, with this among its entries; all others left nothing.
#[track_caller]
fn acted(runs: &[Run], template: &str, status: &str, entry: &str) {
    let (left, other): (Vec<_>, Vec<_>) = of(runs, template).into_iter().partition(|run| !run.entries.is_empty());
    assert!(other.iter().all(|run| run.status == "completed"), "{other:?}");
    let [left] = left[..] else { panic!("{template} acted not once: {runs:?}") };
    assert_eq!(left.status, status, "{left:?}");
    assert!(left.entries.iter().any(|text| text.contains(entry)), "{left:?}");
}

fn patch(what: &str, path: &str, lines: &str) -> Call {
    Call::patch(&format!("*** Begin Patch\n*** {what} File: {path}\n{lines}\n*** End Patch"))
}

/// A repository on a branch, with files of every kind.
fn open() -> World {
    let mut world = World::new(&Setup::default(), &[]);
    for (path, text) in
        [(".env", "TOKEN=hidden\n"), (".env.example", "TOKEN=\n"), ("Cargo.lock", "lock\n"), ("notes.txt", "one\n")]
    {
        world.write(path, text);
    }
    world.git(&["add", "notes.txt", "Cargo.lock"]);
    world.git(&["commit", "-q", "-m", "notes: begin"]);
    world.git(&["switch", "-q", "-c", "work"]);
    world.codex.start_thread("on-request");
    world
}

#[test]
fn guards_refuse_what_they_are_for_and_nothing_else() {
    let mut world = open();
    let blocked = [
        ("guardCommands", Call::shell("mkfs.none --version"), "makes a new file system"),
        ("protectSecrets", Call::shell("cat .env"), ".env holds secrets"),
        ("protectGenerated", patch("Update", "Cargo.lock", "@@\n-lock\n+changed"), "Cargo.lock is generated"),
        ("stayInside", patch("Add", "../outside.txt", "+out"), "../outside.txt is outside of"),
        ("noNetwork", Call::shell("curl --version"), "curl talks to the network"),
        ("gitRules", Call::shell("git push --force"), "A forced push overwrites"),
        ("commitMessage", Call::shell("git commit --allow-empty -m fix"), "does not say what was changed"),
    ];
    let runs = world.turn("do wrong", blocked.each_ref().map(|(_, call, _)| call.clone()));
    for (template, _, why) in &blocked {
        acted(&runs, template, "blocked", why);
    }
    let outputs = world.lab.model.tool_outputs();
    assert_eq!(outputs.len(), blocked.len());
    for (_, _, why) in &blocked {
        assert!(outputs.iter().any(|output| output.contains(why)), "{why}: {outputs:?}");
    }
    assert!(!world.lab.path("outside.txt").exists());
    assert!(!world.told().contains("hidden"));

    let runs = world.turn(
        "do right",
        [
            Call::shell("cat .env.example && echo curl is a program"),
            patch("Update", "notes.txt", "@@\n-one\n+two: see .env and Cargo.lock"),
            Call::shell(
                "git -c user.name=me -c user.email=me@example.com commit -q --allow-empty -m 'notes: say more'",
            ),
            Call::shell("git push --dry-run"),
        ],
    );
    for (template, ..) in &blocked {
        quiet(&runs, template);
    }
    assert_eq!(fs::read_to_string(world.lab.repo().join("notes.txt")).unwrap(), "two: see .env and Cargo.lock\n");

    world.git(&["switch", "-q", "main"]);
    let runs = world.turn("commit", [Call::shell("git commit --allow-empty -m 'notes: more'")]);
    acted(&runs, "gitRules", "blocked", "Nothing is committed on main");
    world.codex.close();
}

#[test]
fn sessions_and_prompts_get_what_they_need() {
    let mut world = open();
    let away = world.lab.path("git-away");
    fs::rename(world.lab.repo().join(".git"), &away).unwrap();
    let runs = world.ask("hello");
    for template in ["projectNotes", "gitStatus", "secretsInPrompt"] {
        quiet(&runs, template);
    }
    for template in ["beforeCompaction", "afterCompaction"] {
        assert_eq!(of(&runs, template).len(), 0, "nothing was compacted");
    }
    fs::rename(&away, world.lab.repo().join(".git")).unwrap();

    world.write(".codex/notes.md", "{ the build is slow on Mondays }\n");
    world.codex.start_thread("on-request");
    let runs = world.ask("hello again");
    acted(&runs, "projectNotes", "completed", "Notes of this project:\n{ the build is slow on Mondays }");
    acted(&runs, "gitStatus", "completed", "State of git: ## work\n?? .codex/");
    let told = world.told();
    assert!(told.contains("slow on Mondays") && told.contains("State of git"), "{told}");

    let key = format!("AKIA{}", "ABCDEFGHIJKLMNOP");
    let runs = world.ask(&format!("use {key}"));
    acted(&runs, "secretsInPrompt", "blocked", "It was not sent");
    assert_eq!(world.lab.model.requests(), Vec::<Value>::new());

    world.codex.compact();
    let compacting = world.codex.take_all("hook/completed");
    let runs: Vec<_> = compacting.iter().map(|params| Run::read(&params["run"])).collect();
    quiet(&runs, "beforeCompaction");
    let runs = world.ask("go on");
    acted(&runs, "afterCompaction", "completed", "before the compaction:\n## work\n");
    assert!(world.told().contains("notes: begin"), "the last commits are told");
    world.codex.close();
}

#[test]
fn edits_are_formatted_and_calls_are_logged() {
    let mut world = open();
    fs::create_dir_all(world.lab.repo().join("node_modules/.bin")).unwrap();
    let shout = "#!/bin/sh\nfor file; do :; done\ntext=$(tr a-z A-Z <\"$file\")\nprintf '%s\\n' \"$text\" >\"$file\"\n";
    write_program(&world.lab.repo().join("node_modules/.bin/prettier"), shout);
    let log = world.lab.codex_home().join("tool-calls.jsonl");

    let runs = world.turn("write", [patch("Add", "page.md", "+hello"), Call::shell("echo one")]);
    acted(&runs, "formatAfterEdit", "completed", "were formatted since");
    assert_eq!(fs::read_to_string(world.lab.repo().join("page.md")).unwrap(), "HELLO\n");
    assert!(world.told().contains("Read them again before you edit them"));
    quiet(&runs, "logToolCalls");
    let runs = world.turn("write more", [patch("Add", "plain.txt", "+hello"), Call::shell("cat .env")]);
    quiet(&runs, "formatAfterEdit");
    assert_eq!(fs::read_to_string(world.lab.repo().join("plain.txt")).unwrap(), "hello\n");

    let lines = fs::read_to_string(log).unwrap();
    let mut tools: Vec<_> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["tool_name"].as_str().unwrap().to_owned())
        .collect();
    tools.sort();
    // What was refused was not called.
    assert_eq!(tools, ["Bash", "apply_patch", "apply_patch"]);
    world.codex.close();
}

#[test]
fn a_turn_ends_when_the_tests_pass_or_were_tried_often_enough() {
    let mut world = open();
    world.git(&["add", "-f", ".env", ".env.example"]);
    world.git(&["commit", "-q", "-m", "notes: more"]);
    let runs = world.ask("nothing to test");
    quiet(&runs, "testsAtEnd");
    quiet(&runs, "notifyEnd");
    until("a notification", || (world.notified("Codex is done") == 1).then_some(()));

    write_program(&world.lab.repo().join("check.sh"), "#!/bin/sh\necho two is not three\n[ -e mended ]\n");
    fs::create_dir(world.lab.repo().join(".codex")).unwrap();
    fs::rename(world.lab.repo().join("check.sh"), world.lab.repo().join(".codex/check.sh")).unwrap();
    let runs = world.turn("break it", [Call::shell("echo broken > notes.txt")]);
    let sent_back: Vec<_> = of(&runs, "testsAtEnd");
    let ends: Vec<_> = sent_back.iter().map(|run| run.status.as_str()).collect();
    assert_eq!(ends, ["blocked", "blocked", "blocked", "completed"]);
    assert!(
        sent_back[0].entries[0].contains("check.sh fails") && sent_back[0].entries[0].ends_with("two is not three")
    );
    assert_eq!(sent_back[3].entries, ["The tests still fail after 3 tries. The turn ends all the same."]);
    assert!(world.told().contains("two is not three"));

    let runs = world.turn("mend it", [Call::shell("touch mended")]);
    quiet(&runs, "testsAtEnd");
    assert_eq!(of(&runs, "testsAtEnd").len(), 1);
    world.codex.close();
}

#[test]
fn a_person_is_told_when_permission_is_asked() {
    let mut world = open();
    let runs = world.turn("freely", [Call::shell("echo one")]);
    assert_eq!(of(&runs, "notifyPermission").len(), 0);
    world.codex.start_thread("untrusted");
    let runs = world.turn("ask", [Call::shell("touch made.txt")]);
    // It decides nothing: Codex's client was asked, and said yes.
    quiet(&runs, "notifyPermission");
    assert!(world.lab.repo().join("made.txt").exists());
    until("a notification", || (world.notified("Codex asks for permission") == 1).then_some(()));
    world.codex.close();
}

#[test]
fn a_subagent_is_told_its_rules_and_the_agent_is_not() {
    let mut world = World::new(&Setup { model: "mock-model", ..Setup::default() }, &["subagentRules"]);
    world.lab.model.script([
        Turn::calls([Call::spawn_agent("CHILD TASK")]).unless("CHILD TASK"),
        Turn::says("the child is done").when("You are a sub-agent."),
        Turn::says("the parent is done").unless("You are a sub-agent."),
    ]);
    world.codex.start_thread("on-request");
    world.codex.start_turn("use an agent");
    let params = world.codex.wait_for("hook/completed", |_| true);
    acted(&[Run::read(&params["run"])], "subagentRules", "completed", "start no further agents");
    world.codex.wait_for("turn/completed", |_| true);
    let told: Vec<_> = until("three requests", || {
        let requests = world.lab.model.requests();
        (requests.len() >= 3).then(|| requests.iter().map(Value::to_string).collect())
    });
    assert_eq!(told.iter().filter(|request: &&String| request.contains("You are a sub-agent.")).count(), 1);
    world.codex.close();
}

/// In a project's own file a hook works in every folder of it.
#[test]
fn a_project_can_have_it_too() {
    let mut world = World::new(&Setup::default(), &["projectNotes"]);
    let root = world.lab.repo();
    fs::create_dir_all(root.join("deep/er")).unwrap();
    fs::create_dir(root.join(".codex")).unwrap();
    let guards: Vec<_> = templates().iter().filter(|template| template.id == "guardCommands").collect();
    install(&root.join(".codex/hooks.json"), Scope::Project { root: &root }, &guards);
    world.codex.trust_all();
    for folder in ["", "deep/er"] {
        world.codex.start_thread_with(json!({ "approvalPolicy": "on-request", "cwd": root.join(folder) }));
        let runs = world.turn("do wrong", [Call::shell("mkfs.none --version")]);
        acted(&runs, "guardCommands", "blocked", "makes a new file system");
    }
    world.codex.close();
}
