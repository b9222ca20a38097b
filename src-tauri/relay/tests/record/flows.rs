//! What flows through: bytes, arguments, surroundings.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use protocol::journal::{MOST_INPUT, MOST_OUTPUT, State, Stream};

use crate::lab::{Lab, SH, WAYS, exists, see};

#[test]
fn what_flows_is_kept() {
    let lab = Lab::new();
    let every_byte: Vec<u8> = (0..=255).collect();
    let (_, run) = lab.check("cat; echo err >&2", &every_byte);
    assert_eq!(run.all_of(Stream::Input), every_byte);
    assert_eq!(run.all_of(Stream::Stdout), every_byte);
    assert_eq!(run.all_of(Stream::Stderr), b"err\n");
}

#[test]
fn of_much_only_the_beginning_is_kept() {
    const MUCH: usize = 20_000_000;
    let lab = Lab::new();
    let input = (0..=250).collect::<Vec<u8>>().repeat(MUCH / 251);
    let (_, run) = lab.check("cat", &input);
    assert_eq!(run.all_of(Stream::Input), input[..MOST_INPUT as usize]);
    assert_eq!(run.all_of(Stream::Stdout), input[..MOST_OUTPUT as usize]);
    assert!(matches!(run.state, State::Ended(end) if end.input == input.len() as u64));
}

/// A hook that reads nothing was meant for it all the same.
#[test]
fn input_that_is_left_is_noted() {
    let lab = Lab::new();
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
fn a_command_may_be_long_and_no_text() {
    let lab = Lab::new();
    lab.check(&format!(": {}; exit 3", "x".repeat(100_000)), b"");

    let text = b"printf %s \xff\xfe\x80z | tee /dev/stderr; exit 4";
    let [bare, recorded] = WAYS.map(|way| {
        let line = lab.line(way, "@").into_bytes();
        let at = line.iter().position(|&byte| byte == b'@').unwrap();
        let mut command = Command::new(SH);
        command.arg("-c").arg(OsStr::from_bytes(&[&line[..at], text, &line[at + 1..]].concat()));
        lab.prepare(&mut command);
        see(&mut command, b"")
    });
    assert_eq!((&bare, bare.stdout.as_slice()), (&recorded, &b"\xff\xfe\x80z"[..]));
    assert_eq!(lab.journal().all_of(Stream::Stderr), bare.stderr);
}
