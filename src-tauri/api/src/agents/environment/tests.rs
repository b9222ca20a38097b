//! Shells as people have them, and some that nobody should have.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use tempfile::TempDir;
use tokio::time::sleep;

use super::*;

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A home with a shell of its own that does as `body` says, and then runs the command it was given.
fn shell(body: &str) -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let shell = home.path().join("shell");
    write(&shell, &format!("#!/bin/sh\n{body}\neval \"$4\"\n"), 0o700);
    (home, shell)
}

async fn ask(body: &str, limit: Duration) -> Option<Variables> {
    let (home, shell) = shell(body);
    login_shell_within(limit, &shell, home.path()).await
}

fn path(folders: &[&Path]) -> OsString {
    env::join_paths(folders).unwrap()
}

#[tokio::test]
async fn the_start_files_of_a_real_shell_count() {
    let home = tempfile::tempdir().unwrap();
    let lines =
        "echo welcome; alias env='echo no'\nexport CODEX_HOME=\"$HOME/agents\" PATH=\"$HOME/tools:$PATH\"\nread -r x\n";
    write(&home.path().join(".bash_profile"), ". ~/.bashrc\n", 0o600);
    write(&home.path().join(".bashrc"), &format!("case $- in *i*) ;; *) return ;; esac\n{lines}"), 0o600);
    let found = login_shell(Path::new("/bin/bash"), home.path()).await.unwrap();
    assert_eq!(found.codex_home, Some(home.path().join("agents")));
    let folders: Vec<_> = env::split_paths(&found.path.unwrap()).collect();
    assert_eq!(folders[0], home.path().join("tools"));
    assert!(folders.len() > 1, "{folders:?}");
}

#[tokio::test]
async fn what_start_files_print_and_leave_behind_does_no_harm() {
    let lines = "export CODEX_HOME=/agents PATH=/tools:$PATH\necho PATH=/wrong CODEX_HOME=/wrong\n";
    let left = "(trap '' TERM HUP; exec sleep 600) &\necho $! > \"$HOME/left\"\n";
    let (home, shell) = shell(&format!("{lines}{left}"));
    let started = Instant::now();
    let found = login_shell(&shell, home.path()).await.unwrap();
    assert!(started.elapsed() < LIMIT, "the end of its output was waited for");
    assert_eq!(found.codex_home, Some(PathBuf::from("/agents")));
    assert!(found.path.unwrap().as_bytes().starts_with(b"/tools:"));

    let process = fs::read_to_string(home.path().join("left")).unwrap();
    let stat = PathBuf::from(format!("/proc/{}/stat", process.trim()));
    while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(started.elapsed() < 2 * LIMIT, "{process} still runs");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_shell_without_an_answer_is_not_waited_for() {
    let (long, short) = (Duration::from_secs(30), Duration::from_millis(200));
    assert_eq!(ask("exec sleep 600", short).await, None, "hangs");
    assert_eq!(ask("exit 0", long).await, None, "knows no such arguments");
    assert_eq!(ask("while :; do echo noise; done", long).await, None, "never stops");
    let nobody = tempfile::tempdir().unwrap();
    assert_eq!(login_shell(&nobody.path().join("missing"), nobody.path()).await, None);
}

#[test]
fn only_what_is_set_and_absolute_counts() {
    let said = b"A=PATH=/a\0PATH=/b:/c\0CODEX_HOME=/d\n/e\0";
    let found = Variables { path: Some("/b:/c".into()), codex_home: Some("/d\n/e".into()) };
    assert_eq!(variables(said), found);
    assert_eq!(variables(b"PATH=\0CODEX_HOME=agents\0HOME=/h\0"), Variables::default());
    assert_eq!(variables(b""), Variables::default());
}

#[tokio::test]
async fn a_shell_has_no_terminal_and_leads_its_session() {
    let told = "export CODEX_HOME=/$(cut -d ' ' -f 6-7 /proc/$$/stat | tr ' ' /)/$$";
    let home = ask(told, LIMIT).await.unwrap().codex_home.unwrap();
    let parts: Vec<_> = home.iter().skip(1).map(|part| part.to_str().unwrap()).collect();
    assert!(matches!(parts.as_slice(), [session, "0", own] if session == own), "{home:?}");
}

#[test]
fn ours_comes_before_the_shells_and_that_before_what_is_usual() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let own = Variables { path: Some(path(&[&at("own"), Path::new("relative"), &at("bin")])), codex_home: None };
    let shell = Variables { path: Some(path(&[&at("shell"), &at("own")])), codex_home: Some(at("shells")) };

    let none = Installation::of(&own, &Variables::default(), home.path());
    assert_eq!(none.home, at(".codex"));
    let found = Installation::of(&own, &shell, home.path());
    assert_eq!(found.home, at("shells"));
    let ours = Variables { codex_home: Some(at("ours")), ..own.clone() };
    assert_eq!(Installation::of(&ours, &shell, home.path()).home, at("ours"));

    let folders: Vec<_> = env::split_paths(&found.path).collect();
    assert_eq!(folders[..4], [at("own"), at("bin"), at("shell"), at(".local/bin")]);
    assert_eq!(folders.len(), 3 + USUAL.len() - 1, "each once: {folders:?}");

    let mut expected = None;
    for name in [".npm-global/bin/codex", "shell/codex", "own/codex"] {
        write(&at(name), "", 0o700);
        expected = Some(at(name));
        assert_eq!(Installation::of(&own, &shell, home.path()).program, expected);
    }
    assert_eq!(Installation::of(&own, &Variables::default(), home.path()).program, expected);
}

#[test]
fn a_program_is_a_file_that_we_may_run() {
    let home = tempfile::tempdir().unwrap();
    let folders: Vec<_> = ["folder", "text", "program"].iter().map(|name| home.path().join(name)).collect();
    fs::create_dir_all(folders[0].join("codex")).unwrap();
    write(&folders[1].join("codex"), "", 0o600);
    assert_eq!(find_program("codex", &folders), None);
    write(&folders[2].join("codex"), "", 0o700);
    assert_eq!(find_program("codex", &folders), Some(folders[2].join("codex")));
}

#[tokio::test]
async fn a_version_is_a_number_at_the_end_of_the_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("codex");
    let cases = [
        ("echo 'WARNING: odd' >&2; echo codex-cli 0.169.0", Some("0.169.0")),
        ("echo 1.2.3; echo more 4.5.6", Some("1.2.3")),
        ("echo usage: codex", None),
        ("exit 1", None),
    ];
    for (body, expected) in cases {
        write(&program, &format!("#!/bin/sh\n{body}\n"), 0o700);
        let path = env::var_os("PATH").unwrap();
        assert_eq!(version(&program, &path).await.as_deref(), expected, "{body}");
    }
    assert_eq!(version(&folder.path().join("missing"), OsStr::new("/bin")).await, None);
}
