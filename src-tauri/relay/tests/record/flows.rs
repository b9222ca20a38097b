//! What flows through: bytes, arguments, surroundings.

use protocol::journal::{MOST_INPUT, MOST_OUTPUT, State, Stream};

use crate::lab::{Lab, SH, exists};

const EVERY_BYTE: &str = r#"i=0; while [ $i -lt 256 ]; do printf "\\$(printf %03o $i)"; i=$((i+1)); done"#;

#[test]
fn output_is_the_same() {
    let lab = Lab::new();
    let every_byte: Vec<u8> = (0..=255).collect();
    let (seen, run) = lab.check(EVERY_BYTE, b"");
    assert_eq!((&seen.stdout, run.all_of(Stream::Stdout)), (&every_byte, every_byte.clone()));
    for text in [
        "true",
        ":",
        "",
        "printf 'no newline at the end'",
        "echo out; echo err >&2",
        "i=0; while [ $i -lt 2000 ]; do echo $i; echo $i >&2; i=$((i+1)); done",
        "head -c 5000000 /dev/zero >&2",
        "exec 2>&1; echo one; echo two >&2; echo three",
        "echo a; exec cat",
    ] {
        lab.check(text, b"");
    }
    let (_, run) = lab.check("cat; echo err >&2", &every_byte);
    assert_eq!(run.all_of(Stream::Input), every_byte);
    assert_eq!(run.all_of(Stream::Stdout), every_byte);
    assert_eq!(run.all_of(Stream::Stderr), b"err\n");
}

#[test]
fn a_hundred_megabytes_go_through() {
    const MUCH: usize = 100_000_000;
    let lab = Lab::new();
    let (seen, run) = lab.check(&format!("head -c {MUCH} /dev/zero | tr '\\0' x"), b"");
    assert!(seen.stdout.len() == MUCH && seen.stdout.iter().all(|&byte| byte == b'x'));
    assert_eq!(run.all_of(Stream::Stdout).len() as u64, MOST_OUTPUT);

    let input: Vec<u8> = (0..MUCH).map(|at| (at / 7) as u8).collect();
    let (seen, run) = lab.check("cksum", &input);
    assert!(String::from_utf8(seen.stdout).unwrap().contains(&MUCH.to_string()));
    assert_eq!(run.all_of(Stream::Input), input[..MOST_INPUT as usize]);
    let State::Ended(end) = run.state else { panic!("it has ended") };
    assert_eq!(end.input, MUCH as u64);

    let (seen, _) = lab.check("cat", &input);
    assert!(seen.stdout == input);
}

#[test]
fn input_may_be_left() {
    let lab = Lab::new();
    let input = vec![b'x'; 1_000_000];
    for text in ["exit 4", "head -c 10", "head -c 100000 >/dev/null; exec head -c 5", "exec 0<&-; echo closed"] {
        lab.check(text, &input);
    }
    // A hook that reads nothing was meant for it all the same.
    let payload = vec![b'x'; 10_000];
    for text in ["exit 4", "exec 0<&-; sleep 0.1", "sleep 0.1", "head -c 10 >/dev/null"] {
        let (_, run) = lab.check(text, &payload);
        assert_eq!(run.all_of(Stream::Input), payload, "{text}");
    }
}

#[test]
fn commands_are_understood_as_they_are_written() {
    let lab = Lab::new();
    for text in [
        r#"echo "it's" 'a "quote"' \$HOME '$HOME' `echo tick` "$(echo sub)" \\ "#,
        "echo one\necho two\n\necho three",
        "cat <<'END'\n$HOME `x` 'y' \"z\"\nEND\n",
        "echo '--' -- --shell",
        "-x",
        "echo $#; for word in \"$@\"; do echo $word; done",
        "echo ünïcödé ✓",
        "printf '%s|' a b\t c",
        "# nothing",
        "if",
        "no-such-command-here",
        "/etc/passwd",
        "/",
    ] {
        lab.check(text, b"{}");
    }
}

#[test]
fn every_shell_finds_itself() {
    let lab = Lab::new();
    for shell in ["/bin/sh", "/bin/dash", "/bin/bash", "/usr/bin/zsh", "sh"]
        .into_iter()
        .filter(|shell| exists(shell) || *shell == "sh")
    {
        for text in ["echo \"$0\"; cat", "kill -9 $$", "echo a | cat | tr a b; exit 5", "readlink /proc/$$/exe"] {
            lab.check_in(shell, text, b"x");
        }
    }
}

#[test]
fn surroundings_are_the_same() {
    let lab = Lab::new();
    for text in [
        "pwd; pwd -P",
        "env | grep -v ^_= | sort",
        "umask; ulimit -a",
        "grep -E '^(Sig|Shd|Cap|NoNewPrivs|Threads|Uid|Gid|Groups)' /proc/self/status | grep -v SigQ",
        "ls /proc/$$/fd",
        "nice; cat /proc/self/oom_score_adj",
        "readlink /proc/self/ns/pid",
        "ps -o sid= -p $$ | tr -d ' ' > sid; test $(cat sid) = $(ps -o sid= -p $PPID | tr -d ' ') && echo same session",
    ] {
        lab.check_in("/bin/bash", text, b"");
        lab.check_in(SH, text, b"");
    }
}
