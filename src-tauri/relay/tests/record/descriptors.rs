//! Descriptors that are no pipes, and pipes that are closed early.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use protocol::journal::{How, Stream};

use crate::lab::{Lab, SH, Seen, WAYS, Way, all_of, how, listen, see, until};

/// Starts the hook through a shell that first does `what` with the descriptors.
fn after(lab: &Lab, way: Way, what: &str, text: &str) -> Command {
    let mut command = Command::new("/bin/bash");
    command.args(["-c", &format!("{what}; exec /bin/sh -c \"$1\""), "bash"]).arg(lab.line(way, text));
    lab.prepare(&mut command);
    command
}

#[test]
fn closed_descriptors_stay_closed() {
    let lab = Lab::new();
    for what in ["exec 0<&-", "exec 1>&-", "exec 2>&-", "exec 0<&- 1>&-", "exec 0<&- 1>&- 2>&-", "exec 1>&- 2>&-"] {
        let text = "ls /proc/$$/fd >list; cat list; cat; echo out; r=$?; echo err >&2; exit $((r * 2 + $?))";
        let [bare, recorded] = WAYS.map(|way| {
            let seen = see(&mut after(&lab, way, what, text), b"x");
            (seen, fs::read(lab.work().join("list")).unwrap())
        });
        assert_eq!(bare, recorded, "{what}");
        lab.nothing_is_left();
        lab.journal();
    }
}

#[test]
fn signals_that_are_ignored_or_blocked_stay_so() {
    let lab = Lab::new();
    for what in ["trap '' PIPE", "trap '' CHLD", "trap '' TERM INT HUP PIPE CHLD USR1"] {
        let text = "grep -E 'Sig(Ign|Blk|Cgt)' /proc/self/status; sh -c 'exit 3'; echo $?; exit 4";
        let [bare, recorded] = WAYS.map(|way| see(&mut after(&lab, way, what, text), b""));
        assert_eq!((&bare, bare.end), (&recorded, How::Exited(4)), "{what}");
        lab.journal();
    }
}

#[test]
fn files_and_sockets_do_as_well() {
    let lab = Lab::new();
    let at = |name: &str| lab.folder.path().join(name);
    fs::write(at("in"), "from a file\n").unwrap();
    let text = "cat; echo out; echo err >&2; exit 6";
    let [bare, recorded] = WAYS.map(|way| {
        let mut command = lab.command(way, SH, text);
        command.stdin(File::open(at("in")).unwrap());
        command.stdout(File::create(at("out")).unwrap()).stderr(File::create(at("err")).unwrap());
        (how(command.status().unwrap()), fs::read(at("out")).unwrap(), fs::read(at("err")).unwrap())
    });
    assert_eq!(bare, recorded);
    assert_eq!(lab.journal().all_of(Stream::Stdout), b"from a file\nout\n");

    let [bare, recorded] = WAYS.map(|way| {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut command = lab.command(way, SH, text);
        command.stdin(OwnedFd::from(theirs.try_clone().unwrap())).stdout(OwnedFd::from(theirs));
        let child = command.spawn().unwrap();
        drop(command);
        (&ours).write_all(b"through a socket\n").unwrap();
        ours.shutdown(std::net::Shutdown::Write).unwrap();
        let out = all_of(Some(&ours));
        (out, listen(child))
    });
    assert_eq!(bare, recorded);
    assert_eq!(lab.journal().all_of(Stream::Input), b"through a socket\n");

    let [bare, recorded] = WAYS.map(|way| {
        let mut command = lab.command(way, SH, "cat; echo out >/dev/null; exit 3");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        how(command.status().unwrap())
    });
    assert_eq!(bare, recorded);
    lab.journal();
}

#[test]
fn one_pipe_for_both_keeps_their_order() {
    let lab = Lab::new();
    let text = "i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; sh -c 'echo last >&2'";
    let [bare, recorded] = WAYS.map(|way| {
        let (mut ours, theirs) = io::pipe().unwrap();
        let mut command = lab.command(way, SH, text);
        command.stdout(theirs.try_clone().unwrap()).stderr(theirs);
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut bytes = Vec::new();
        ours.read_to_end(&mut bytes).unwrap();
        (bytes, how(child.wait().unwrap()))
    });
    assert_eq!(bare, recorded);
    assert_eq!(lab.journal().all_of(Stream::Stdout), bare.0);
}

#[test]
fn a_pipe_that_the_hook_closes_is_closed_for_the_agent() {
    let lab = Lab::new();
    for way in WAYS {
        let mut child = lab.command(way, SH, "exec 1>&-; read line; echo \"$line\" >&2; exit 5").spawn().unwrap();
        // Ends only because the hook closed it: the hook itself waits for us.
        assert_eq!(all_of(child.stdout.take()), b"");
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        let seen = listen(child);
        assert_eq!(seen, Seen { stdout: Vec::new(), stderr: b"go\n".to_vec(), end: How::Exited(5) });
    }
    lab.journal();
    for way in WAYS {
        let go = lab.work().join(format!("go-{way:?}"));
        let text = format!("exec 0<&-; echo closed; while [ ! -e {} ]; do sleep 0.01; done; exit 7", go.display());
        let mut child = lab.command(way, SH, &text).spawn().unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 7]).unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let refused = until("the pipe to be closed", || stdin.write_all(&[b'x'; 10_000]).err());
        assert_eq!(refused.kind(), io::ErrorKind::BrokenPipe);
        fs::write(go, "").unwrap();
        assert_eq!(listen(child).end, How::Exited(7));
    }
    lab.nothing_is_left();
    lab.journal();
}

#[test]
fn other_descriptors_are_passed_on() {
    let lab = Lab::new();
    let text = "echo three >&3; cat <&4; ls /proc/$$/fd";
    let [bare, recorded] = WAYS.map(|way| see(&mut after(&lab, way, "exec 3>third 4</dev/null; true", text), b""));
    assert_eq!(bare, recorded);
    assert_eq!(fs::read(lab.work().join("third")).unwrap(), b"three\n");
    lab.journal();
}
