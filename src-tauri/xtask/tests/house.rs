//! Rules of the house that no compiler knows: what lies at the top, that the map is true, that no machine left its traces.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything the top level may hold.
const TOP: [&str; 24] = [
    ".cargo",
    ".ci",
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    ".taurignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "docs",
    "icons",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "src-tauri",
    "tauri.conf.json",
    "tests",
    "ui",
    "SECURITY.md",
];

/// How a path ends that names a file, for words without a slash.
const FILES: [&str; 9] = [".rs", ".ts", ".svelte", ".toml", ".json", ".md", ".css", ".html", ".sql"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the crate stands in a checkout")
}

/// What is in git, or would be with the next `git add`.
fn files() -> Vec<String> {
    let mut git = Command::new("git");
    // A checkout that another user owns, as in a container, is read all the same.
    git.args(["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let output = git.current_dir(root()).output().expect("git can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).expect("our file names are text");
    list.split_terminator('\0').filter(|file| root().join(file).is_file()).map(str::to_owned).collect()
}

fn texts() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter_map(|file| fs::read_to_string(root().join(&file)).ok().map(|text| (file, text)))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    for file in files() {
        let top = file.split('/').next().unwrap();
        assert!(TOP.contains(&top), "{file}: {top} does not belong at the top level");
    }
}

#[test]
fn every_path_the_map_names_exists() {
    let map = read("ARCHITECTURE.md");
    let named: Vec<&str> = code_spans(&map).filter(|span| names_a_path(span)).collect();
    assert!(named.len() > 10, "the map names {} paths only", named.len());
    for path in named {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names {path}, which is not there");
    }
}

/// What stands between single backticks, outside of fenced blocks.
fn code_spans(markdown: &str) -> impl Iterator<Item = &str> {
    let prose = markdown.split("```").step_by(2);
    prose.flat_map(|part| part.lines()).flat_map(|line| line.split('`').skip(1).step_by(2))
}

fn names_a_path(span: &str) -> bool {
    let elsewhere = ['/', '~', '@', '-', '$', '<', '.'];
    let plain = span.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
    plain && !span.starts_with(elsewhere) && (span.contains('/') || FILES.iter().any(|ending| span.ends_with(ending)))
}

#[test]
fn the_map_is_read_as_meant() {
    let spans: Vec<&str> = code_spans("see `src/a.rs`, `b`\n```\n`c/d`\n```\n`hook/started` and `~/x/y`").collect();
    assert_eq!(spans, ["src/a.rs", "b", "hook/started", "~/x/y"]);
    assert!(names_a_path("ui/src/") && names_a_path("Cargo.toml"));
    assert!(!names_a_path("cargo xtask run") && !names_a_path("~/.config/x.toml") && !names_a_path("decide(id)"));
}

#[test]
fn no_machine_left_its_traces() {
    let root = root();
    let traces = [
        root.to_str().unwrap().to_owned(),
        concat!("/work", "/main").to_owned(),
        concat!("/root", "/.cargo").to_owned(),
        concat!("arti", "factory").to_owned(),
        concat!("registry.", "npmjs").to_owned(),
        concat!("index.", "crates.io").to_owned(),
    ];
    for (file, text) in texts() {
        for trace in &traces {
            assert!(!text.contains(trace.as_str()), "{file} names {trace}");
        }
        let lock_with_hosts = file.ends_with("package-lock.json") && text.contains("\"resolved\": \"http");
        assert!(!lock_with_hosts, "{file} names a registry: set omit-lockfile-registry-resolved=true in .npmrc");
    }
}

#[test]
fn no_test_is_switched_off() {
    let switches =
        [concat!("#[", "ignore"), concat!("it.", "skip("), concat!("test.", "skip("), concat!("describe.", "skip(")];
    for (file, text) in texts() {
        let off = switches.iter().find(|switch| text.contains(**switch));
        assert!(off.is_none(), "{file}: {}", off.unwrap());
    }
}

#[test]
fn the_readme_names_both_commands() {
    let readme = read("README.md");
    for command in ["cargo xtask run", "cargo xtask test"] {
        assert!(readme.contains(command), "README.md does not name `{command}`");
    }
}
