//! Dependencies point one way. Any edge that is not written down here fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// Which of our crates each crate may see. `root` is the desktop application.
const MAY_SEE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("protocol", &[]),
    ("agents", &["model"]),
    ("appserver", &["model"]),
    ("config", &["agents", "model"]),
    ("history", &["model"]),
    ("decisions", &["model"]),
    ("engine", &["model"]),
    ("bridge", &["model", "protocol"]),
    ("relay", &["protocol"]),
    ("api", &["agents", "appserver", "bridge", "config", "decisions", "engine", "history", "model", "protocol"]),
    ("cli", &["api", "model"]),
    (ROOT, &["api", "model"]),
    ("xtask", &[]),
];

/// Test crates see what they test, but never the application: it is driven from outside.
const TESTS: [&str; 4] = ["fixtures", "flows", "real-agents", "e2e"];

const ROOT: &str = "hookwright-desktop";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    resolve: Resolve,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Nothing for an ordinary dependency.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

fn metadata() -> Metadata {
    let rustc = run(Command::new("rustc").arg("-vV"));
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let mut cargo = Command::new(env!("CARGO"));
    // Other systems' crates need not be downloaded for this.
    cargo.args(["metadata", "--format-version", "1", "--filter-platform", host]);
    serde_json::from_str(&run(&mut cargo)).expect("cargo's metadata has the documented shape")
}

fn run(command: &mut Command) -> String {
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo and rustc can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo and rustc print text")
}

impl Metadata {
    fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Everything the package is linked with, by name: no build scripts, no development dependencies.
    fn linked(&self, name: &str) -> BTreeSet<&str> {
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let names: BTreeMap<&str, &str> =
            self.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
        let first = self.ours().find(|package| package.name == name).expect("the package is a member");
        let mut seen = BTreeSet::new();
        let mut waiting = vec![first.id.as_str()];
        while let Some(id) = waiting.pop() {
            for edge in &nodes[id].deps {
                if edge.dep_kinds.iter().any(|kind| kind.kind.is_none()) && seen.insert(edge.pkg.as_str()) {
                    waiting.push(&edge.pkg);
                }
            }
        }
        seen.iter().map(|id| names[id]).collect()
    }
}

#[test]
fn our_crates_see_only_what_they_may() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata.ours().map(|package| package.name.as_str()).collect();
    for package in metadata.ours() {
        let name = package.name.as_str();
        let may_see = MAY_SEE.iter().find(|(crate_name, _)| *crate_name == name).map(|(_, seen)| *seen);
        for dependency in package.dependencies.iter().filter(|dependency| ours.contains(dependency.name.as_str())) {
            let seen = dependency.name.as_str();
            let for_tests = dependency.kind.as_deref() == Some("dev");
            let allowed = match may_see {
                None => TESTS.contains(&name) && seen != ROOT,
                Some(_) if for_tests => seen != ROOT,
                Some(may_see) => may_see.contains(&seen),
            };
            assert!(allowed, "{name} must not see {seen} (src-tauri/xtask/tests/directions.rs)");
        }
        assert!(may_see.is_some() || TESTS.contains(&name), "say in directions.rs what the crate {name} may see");
    }
}

#[test]
fn only_the_application_knows_the_window_toolkit() {
    let toolkit =
        |name: &str| name == "tauri" || name.starts_with("tauri-") || ["wry", "tao", "gtk", "ksni"].contains(&name);
    let metadata = metadata();
    for package in metadata.ours().filter(|package| package.name != ROOT) {
        let names = package.dependencies.iter().find(|dependency| toolkit(&dependency.name));
        assert!(names.is_none(), "{} names {}; only {ROOT} may", package.name, names.unwrap().name);
    }
    assert!(metadata.linked(ROOT).contains("tauri"), "this test looks at the wrong graph");
}

#[test]
fn the_relay_is_small() {
    let metadata = metadata();
    let relay = metadata.ours().find(|package| package.name == "relay").unwrap();
    for dependency in relay.dependencies.iter().filter(|dependency| dependency.kind.is_none()) {
        assert!(
            ["libc", "protocol", "rustix"].contains(&dependency.name.as_str()),
            "the relay must not see {}",
            dependency.name
        );
    }
    let linked = metadata.linked("relay");
    for heavy in ["tokio", "rusqlite", "tracing", "model"] {
        assert!(!linked.contains(heavy), "the relay is linked with {heavy}");
    }
    assert!(linked.contains("protocol"), "this test looks at the wrong graph");
}

#[test]
fn only_history_speaks_sql() {
    for package in
        metadata().ours().filter(|package| package.name != "history" && !TESTS.contains(&package.name.as_str()))
    {
        let names = package.dependencies.iter().any(|dependency| {
            dependency.kind.is_none()
                && (dependency.name.starts_with("rusqlite") || dependency.name.starts_with("libsqlite"))
        });
        assert!(!names, "{} names SQLite; only history may", package.name);
    }
}

#[test]
fn one_file_of_the_user_interface_knows_tauri() {
    let sources = metadata().workspace_root.join("ui/src");
    let mut naming = Vec::new();
    collect(&sources, &mut |file, text| {
        if text.contains("@tauri-apps") || text.contains("__TAURI") {
            naming.push(file.strip_prefix(&sources).unwrap().to_owned());
        }
    });
    assert_eq!(naming, [Path::new("ipc/tauri.ts")], "only the one door outside may name it");
}

fn collect(folder: &Path, visit: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder stays as it is").path();
        if path.is_dir() {
            collect(&path, visit);
        } else if let Ok(text) = fs::read_to_string(&path) {
            visit(&path, &text);
        }
    }
}
