//! How hooks end, and who ends them.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Child;
use std::time::Instant;

use protocol::journal::{How, State, Stream};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::lab::{Lab, PATIENCE, SH, WAYS, Way, how, listen, see, until};

#[test]
fn every_exit_code() {
    let lab = Lab::new();
    for code in 0..=255 {
        assert_eq!(see(&mut lab.command(Way::Recorded, SH, &format!("exit {code}")), b"").end, How::Exited(code));
    }
    let said = lab.journals().into_iter().map(|run| match run.state {
        State::Ended(end) => end.how,
        State::Running | State::Killed => panic!("{run:?}"),
    });
    assert!(said.eq((0..=255).map(How::Exited)), "in their order");
}

#[test]
fn death_by_every_signal() {
    let lab = Lab::new();
    for signal in [
        "HUP", "INT", "QUIT", "ILL", "ABRT", "FPE", "KILL", "SEGV", "PIPE", "ALRM", "TERM", "USR1", "USR2", "BUS",
        "SYS", "XCPU", "34",
    ] {
        let (seen, _) = lab.check(&format!("echo before; kill -{signal} $$; echo after"), b"");
        assert!(matches!(seen.end, How::Signalled(_)), "{signal}: {seen:?}");
        let (seen, _) = lab.check(&format!("sh -c 'kill -{signal} $$'; echo $?"), b"");
        assert_eq!(seen.end, How::Exited(0), "{signal}");
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

#[test]
fn endless_output_can_be_killed() {
    let lab = Lab::new();
    for way in WAYS {
        let mut child = lab.command(way, SH, "yes").spawn().unwrap();
        let mut some = vec![0; 3_000_000];
        child.stdout.as_mut().unwrap().read_exact(&mut some).unwrap();
        kill_process_group(pid(&child), Signal::KILL).unwrap();
        assert_eq!(listen(child).end, How::Signalled(9));
        lab.nothing_is_left();
    }
    let run = lab.journal();
    assert_eq!((run.state.clone(), run.all_of(Stream::Stdout).len()), (State::Killed, 1 << 20));
}

#[test]
fn a_child_that_holds_no_pipe_is_not_waited_for() {
    let lab = Lab::new();
    let started = Instant::now();
    let text = "sleep 1000 >/dev/null 2>&1 </dev/null & echo $!";
    for way in WAYS {
        let seen = see(&mut lab.command(way, SH, text), b"");
        assert_eq!(seen.end, How::Exited(0));
        let left = String::from_utf8(seen.stdout).unwrap().trim().parse().unwrap();
        kill_process(Pid::from_raw(left).unwrap(), Signal::KILL).expect("it goes on");
    }
    assert!(started.elapsed() < PATIENCE);
    lab.nothing_is_left();
}

#[test]
fn a_dialogue_goes_on_line_by_line() {
    let lab = Lab::new();
    for way in WAYS {
        let mut child = lab.command(way, SH, "while read line; do echo \"got $line\"; done; exit 2").spawn().unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        for line in ["one", "two", "three"] {
            // At once: the journal has it as it came.
            stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
            let mut answer = String::new();
            stdout.read_line(&mut answer).unwrap();
            assert_eq!(answer, format!("got {line}\n"));
        }
        drop(stdin);
        assert_eq!(how(child.wait().unwrap()), How::Exited(2));
    }
    let run = lab.journal();
    let order: Vec<_> = run.pieces.iter().map(|(stream, bytes)| (*stream, String::from_utf8_lossy(bytes))).collect();
    let line = |stream, text: &str| (stream, text.to_owned().into());
    assert_eq!(
        order,
        [
            line(Stream::Input, "one\n"),
            line(Stream::Stdout, "got one\n"),
            line(Stream::Input, "two\n"),
            line(Stream::Stdout, "got two\n"),
            line(Stream::Input, "three\n"),
            line(Stream::Stdout, "got three\n"),
        ]
    );
}

#[test]
fn a_run_shows_while_it_runs() {
    let lab = Lab::new();
    let mut child = lab.command(Way::Recorded, SH, "echo ready; read line; exit 1").spawn().unwrap();
    let runs = protocol::journal::Runs::open(&lab.home().join("state/runs")).unwrap();
    let name = until("the journal", || runs.list().unwrap().pop());
    until("the output", || {
        let run = runs.read(&name).unwrap();
        assert_eq!(run.state, State::Running);
        (run.all_of(Stream::Stdout) == b"ready\n").then_some(())
    });
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    assert_eq!(how(child.wait().unwrap()), How::Exited(1));
    assert!(matches!(lab.journal().state, State::Ended(end) if end.input == 3));
}
