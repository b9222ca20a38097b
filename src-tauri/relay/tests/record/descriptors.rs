//! Descriptors that are no pipes, and pipes that are closed early.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use protocol::journal::{How, Stream};

use crate::lab::{Lab, SH, WAYS, all_of, how, listen, until};

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
