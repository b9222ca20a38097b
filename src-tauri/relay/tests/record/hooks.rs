//! The table of hooks: each is run bare and recorded, and an agent that does the same to both must see the same.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;

use protocol::journal::{How, Run, State, Stream};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::lab::{Lab, SH, Seen, WAYS, Way, all_of, listen_after, until};

/// What an agent does beside giving a hook its input and listening to the end.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Waits for just this on stdout.
    Hear(&'static str),
    /// Waits for the end of stdout.
    HearEnd,
    /// Says it on stdin.
    Say(&'static str),
    /// Listens to stdout no more.
    Leave,
    /// Signals the process that it started.
    Kill(Signal),
    /// Signals all of its group.
    KillAll(Signal),
    /// Waits until the hook has stopped.
    Stopped,
    /// Waits until the relay tells what is sent to all from what is sent to it: one process more.
    Settled,
}

use Step::{Hear, HearEnd, Kill, KillAll, Leave, Say, Settled, Stopped};

struct Hook {
    name: &'static str,
    text: &'static str,
    /// What the shell that starts it does first.
    first: &'static str,
    steps: &'static [Step],
    /// How many bytes it is given after that.
    given: usize,
}

const fn hook(name: &'static str, text: &'static str) -> Hook {
    Hook { name, text, first: "true", steps: &[], given: 0 }
}

impl Hook {
    const fn given(self, given: usize) -> Self {
        Self { given, ..self }
    }

    const fn after(self, first: &'static str) -> Self {
        Self { first, ..self }
    }

    const fn when(self, steps: &'static [Step]) -> Self {
        Self { steps, ..self }
    }
}

const MB: usize = 1_000_000;

/// Says how often it was signalled, once the agent says go.
macro_rules! counts {
    ($signal:literal) => {
        concat!(
            "n=0; trap 'n=$((n+1)); echo caught $n' ",
            $signal,
            "; echo ready; until [ \"$line\" = go ]; do read line; done; echo in all $n; exit 4"
        )
    };
}

const CAUGHT: Step = Hear("caught 1\n");
const READY: Step = Hear("ready\n");
const GO: Step = Say("go\n");

#[rustfmt::skip]
const HOOKS: &[Hook] = &[
    // What it writes.
    hook("nothing at all", ""),
    hook("every byte", r#"i=0; while [ $i -lt 256 ]; do printf "\\$(printf %03o $i)"; i=$((i+1)); done"#),
    hook("no newline at the end", "printf 'no newline at the end'"),
    hook("no UTF-8", r"printf 'a\377\376\300\200z' | tee /dev/stderr"),
    hook("both streams", "echo out; echo err >&2"),
    hook("both streams in turn", "i=0; while [ $i -lt 2000 ]; do echo $i; echo $i >&2; i=$((i+1)); done"),
    hook("one stream into the other", "exec 2>&1; echo one; echo two >&2; echo three"),
    hook("5 MB on stderr", "head -c 5000000 /dev/zero >&2"),
    hook("100 MB on stdout", "head -c 100000000 /dev/zero"),
    hook("through many pipes", "seq 3000 | cat | cat | sort -n | cat | tac | cat | cat | head -n 2 | cat; echo $?"),
    // What it is given.
    hook("100 MB through", "cat").given(100 * MB),
    hook("30 MB read", "cksum").given(30 * MB),
    hook("input read in part", "head -c 100000 >/dev/null; exec head -c 5").given(MB),
    hook("input never read", "exit 4").given(MB),
    hook("input closed", "exec 0<&-; echo closed").given(MB),
    hook("a line, then it waits", "read a; echo got $a; read b; echo then $b").when(&[Say("1\n"), Hear("got 1\n"), Say("2\n")]),
    hook("it speaks first", "echo ready; cat").when(&[READY, GO]),
    // Descriptors.
    hook("stdout closed early", "exec 1>&-; read line; echo $line >&2; exit 5").when(&[HearEnd, GO]),
    hook("both outputs closed early", "exec 1>&- 2>&-; read line; exit 5").when(&[HearEnd, GO]),
    hook("no stdin", "ls /proc/$$/fd; cat; echo $?").after("exec 0<&-"),
    hook("no stdout", "ls /proc/$$/fd >&2; echo out; echo $? >&2").after("exec 1>&-"),
    hook("no stderr", "ls /proc/$$/fd; echo err >&2; echo $?").after("exec 2>&-"),
    hook("no stdin and no stdout", "cat 2>/dev/null; echo out; echo $? >&2").after("exec 0<&- 1>&-"),
    hook("no output", "cat; echo out; echo err >&2; exit $?").after("exec 1>&- 2>&-"),
    hook("none of the three", "echo out; r=$?; echo err >&2; exit $((r * 2 + $?))").after("exec 0<&- 1>&- 2>&-"),
    hook("nothing to read or write", "cat; echo out; echo err >&2; exit 6").after("exec 0</dev/null >/dev/null 2>&1"),
    hook("one more of each", "echo three >&3; cat <&4; ls /proc/$$/fd; cat third").after("exec 3>third 4</dev/null"),
    hook("few descriptors", "echo out; echo err >&2; exit 3").after("ulimit -n 7"),
    hook("hardly any descriptors", "echo out; echo err >&2; exit 3").after("ulimit -n 4"),
    // Children.
    hook("a child keeps the pipe", "(sleep 0.3; echo late) & echo early; exit 3"),
    hook("a child keeps stderr", "(sleep 0.2; echo late >&2) >/dev/null & kill -TERM $$"),
    hook("a child keeps nothing", "sleep 0.2 >/dev/null 2>&1 </dev/null & echo early"),
    hook("a child in a session of its own", "setsid sh -c 'sleep 0.1; echo late' & exit 3"),
    hook("it becomes a session of its own", "exec setsid sh -c 'echo in; exit 0'"),
    hook("jobs", "set -m; sh -c 'exit 3' & wait $!; echo $?; sh -c 'kill -9 $$' & wait $!; echo $?"),
    hook("a script takes its place", "printf '#!/bin/sh\\necho $0 $1; exit 9\\n' >s; chmod +x s; exec ./s 'a b'"),
    hook("a child that is killed", "sh -c 'kill -9 $$'; echo $?; sh -c 'kill -TERM $$'; echo $?"),
    // How it ends by itself.
    hook("a failure", "echo why >&2; exit 1"),
    hook("a block", "echo why >&2; exit 2"),
    hook("255", "exit 255"),
    hook("no such command", "no-such-command-here"),
    hook("no program", "/etc/passwd"),
    hook("a folder", "/"),
    hook("a syntax error", "if true; then"),
    hook("it terminates itself", "echo before; kill -TERM $$; echo after"),
    hook("it kills itself", "echo before; kill -KILL $$; echo after"),
    hook("it crashes", "echo before; kill -SEGV $$; echo after"),
    hook("a broken pipe of its own", "yes | head -n 1; kill -PIPE $$"),
    hook("a real-time signal", "kill -34 $$"),
    // How others end it.
    hook("killed with its group", "echo ready; sleep 1000; echo late").when(&[READY, KillAll(Signal::KILL)]),
    hook("killed with its children", "sleep 1000 & sleep 1000 & echo ready; wait").when(&[READY, KillAll(Signal::KILL)]),
    hook("killed while it reads", "echo ready; cat").when(&[READY, KillAll(Signal::KILL)]),
    hook("killed alone", "echo ready; exec sleep 1000").when(&[READY, Kill(Signal::KILL)]),
    hook("TERM", "echo ready; exec sleep 1000").when(&[READY, Kill(Signal::TERM)]),
    hook("TERM to all", "echo ready; exec sleep 1000").when(&[READY, KillAll(Signal::TERM)]),
    hook("INT to all", "echo ready; exec sleep 1000").when(&[READY, KillAll(Signal::INT)]),
    hook("HUP to all", "echo ready; exec sleep 1000").when(&[READY, KillAll(Signal::HUP)]),
    hook("TERM, caught", counts!("TERM")).when(&[READY, Settled, Kill(Signal::TERM), CAUGHT, GO]),
    hook("INT, caught", counts!("INT")).when(&[READY, Settled, Kill(Signal::INT), CAUGHT, GO]),
    hook("HUP, caught", counts!("HUP")).when(&[READY, Settled, Kill(Signal::HUP), CAUGHT, GO]),
    hook("QUIT, caught", counts!("QUIT")).when(&[READY, Settled, Kill(Signal::QUIT), CAUGHT, GO]),
    hook("USR1, caught", counts!("USR1")).when(&[READY, Settled, Kill(Signal::USR1), CAUGHT, GO]),
    hook("ALRM, caught", counts!("ALRM")).when(&[READY, Settled, Kill(Signal::ALARM), CAUGHT, GO]),
    hook("TERM to all, caught", counts!("TERM")).when(&[READY, Settled, KillAll(Signal::TERM), CAUGHT, GO]),
    hook("INT to all, caught", counts!("INT")).when(&[READY, Settled, KillAll(Signal::INT), CAUGHT, GO]),
    hook("HUP to all, caught", counts!("HUP")).when(&[READY, Settled, KillAll(Signal::HUP), CAUGHT, GO]),
    hook("QUIT to all, caught", counts!("QUIT")).when(&[READY, Settled, KillAll(Signal::QUIT), CAUGHT, GO]),
    hook("USR1 to all, caught", counts!("USR1")).when(&[READY, Settled, KillAll(Signal::USR1), CAUGHT, GO]),
    hook("TERM to all, then to it", counts!("TERM")).when(&[READY, Settled, KillAll(Signal::TERM), CAUGHT, Kill(Signal::TERM), Hear("caught 2\n"), GO]),
    hook("TERM to it, then to all", counts!("TERM")).when(&[READY, Settled, Kill(Signal::TERM), CAUGHT, KillAll(Signal::TERM), Hear("caught 2\n"), GO]),
    hook("TERM to all, ignored", "trap '' TERM; echo ready; read line; exit 4").when(&[READY, KillAll(Signal::TERM), GO]),
    hook("TERM to all, caught below", counts!("TERM")).after("trap '' INT").when(&[READY, Settled, KillAll(Signal::INT), KillAll(Signal::TERM), CAUGHT, GO]),
    hook("stopped and continued", "echo ready; read line; echo $line").when(&[READY, KillAll(Signal::STOP), Stopped, KillAll(Signal::CONT), GO]),
    hook("CONT to all, caught", counts!("CONT")).when(&[READY, Settled, KillAll(Signal::STOP), Stopped, KillAll(Signal::CONT), CAUGHT, GO]),
    hook("continued when it is over", "exec 3<&0; (read a <&3; echo got $a) & echo ready; exit 4").when(&[READY, Settled, Kill(Signal::CONT), GO, Hear("got go\n")]),
    hook("it stops itself", "echo ready; kill -STOP $$; echo on").when(&[READY, Stopped, Kill(Signal::CONT)]),
    hook("stopped with all, continued alone", counts!("CONT")).when(&[READY, Settled, KillAll(Signal::STOP), Stopped, Kill(Signal::CONT), CAUGHT, GO]),
    hook("nobody listens", "exec yes").when(&[Hear("y\n"), Leave]),
    hook("nobody listens, ignored", "trap '' PIPE; while echo x; do :; done 2>/dev/null; exit 9").when(&[Hear("x\n"), Leave]),
    hook("nobody listens, caught", "trap 'exit 8' PIPE; while :; do echo x; done").when(&[Hear("x\n"), Leave]),
    // What it finds.
    hook("its words", r#"echo "it's" 'a "q"' \$HOME '$HOME' `echo t` "$(echo s)" \\ -- --shell; echo $# "$0""#),
    hook("several lines", "cat <<'END'\n$HOME `x` 'y' \"z\"\nEND\necho two\n\n# no more"),
    hook("its folder and mask", "pwd -P; umask; ls -ld .").after("umask 027; cd /"),
    // Every shell that starts there complains, and recorded there are two.
    hook("its folder is gone", "pwd -P; umask; exit 4").after("mkdir gone; cd gone; rmdir ../gone; umask 777; exec 2>/dev/null"),
    hook("its limits", "ulimit -a; ulimit -H -a").after("ulimit -c 0; ulimit -S -n 64; ulimit -S -s 4096; ulimit -S -t 1000"),
    hook("files may not grow", "echo out; echo err >&2; exit 3").after("ulimit -f 0"),
    hook("its environment", "env | grep -v '^_=' | sort").after("export A=1 B='a\nb' LC_ALL=C"),
    hook("a huge environment", "env | grep -v '^_=' | sort | cksum").after("for i in 1 2 3 4 5; do export V$i=$(head -c 99999 /dev/zero | tr '\\0' $i); done"),
    hook("how it is scheduled", "nice; cat /proc/self/oom_score_adj").after("renice -n 5 -p $$ >/dev/null"),
    hook("its session", "test $(ps -o sid= -p $$) = $(ps -o sid= -p $PPID) && echo same session"),
    hook("children reaped by the system", "sh -c 'exit 3'; echo $?; exit 4").after("trap '' CHLD"),
    hook("signals ignored", "grep -E 'Sig(Ign|Blk|Cgt)' /proc/self/status").after("trap '' TERM INT HUP PIPE CHLD USR1 XFSZ"),
    hook("signals as they are", "grep -E '^(Sig|Shd|Cap|NoNew|Threads|Uid|Gid|Groups)' /proc/self/status | grep -v SigQ"),
];

/// So many hooks run at once.
const AT_ONCE: usize = 4;

#[test]
fn an_agent_sees_the_same_of_every_hook() {
    thread::scope(|scope| {
        for first in 0..AT_ONCE {
            scope.spawn(move || HOOKS.iter().skip(first).step_by(AT_ONCE).for_each(check));
        }
    });
}

#[track_caller]
fn check(hook: &Hook) {
    let lab = Lab::new();
    let [bare, recorded] = WAYS.map(|way| see(&lab, way, hook));
    assert_eq!(bare, recorded, "{}", hook.name);
    lab.nothing_is_left();
    let run = lab.journals().pop();
    run.iter().for_each(|run| says_so(hook, run, &bare));
    assert!(run.is_some() || hook.first.contains("ulimit"), "{} was not recorded", hook.name);
}

/// The journal is of that run.
#[track_caller]
fn says_so(hook: &Hook, run: &Run, seen: &Seen) {
    assert_eq!(run.start.command, hook.text);
    match &run.state {
        State::Ended(end) => {
            assert_eq!(end.how, seen.end, "{}", hook.name);
            let unheard = hook.steps.iter().any(|step| matches!(step, Leave)) || hook.first.contains(">/dev/null");
            let said = (end.stdout, end.stderr) == (seen.stdout.len() as u64, seen.stderr.len() as u64);
            assert!(said || unheard, "{}: {end:?}, seen {seen:?}", hook.name);
        }
        State::Killed => {
            assert_eq!(
                (seen.end, run.all_of(Stream::Stdout)),
                (How::Signalled(9), seen.stdout.clone()),
                "{}",
                hook.name
            );
        }
        State::Running => panic!("{} is said to run", hook.name),
    }
}

fn see(lab: &Lab, way: Way, hook: &Hook) -> Seen {
    let mut command = Command::new("/bin/bash");
    command.arg("-c").arg(format!("{}\nexec {SH} -c \"$1\"", hook.first)).arg("bash").arg(lab.line(way, hook.text));
    lab.prepare(&mut command);
    let mut child = command.spawn().unwrap();
    let mut heard = Vec::new();
    for step in hook.steps {
        take(lab, way, &mut child, *step, &mut heard);
    }
    let mut given = (0..=250).collect::<Vec<u8>>().repeat(hook.given / 251 + 1);
    given.truncate(hook.given);
    let rest = listen_after(child, &given);
    Seen { stdout: [heard, rest.stdout].concat(), ..rest }
}

#[track_caller]
fn take(lab: &Lab, way: Way, child: &mut Child, step: Step, heard: &mut Vec<u8>) {
    match step {
        Hear(text) => {
            let mut said = vec![0; text.len()];
            let read = child.stdout.as_mut().unwrap().read_exact(&mut said);
            assert_eq!((read.ok(), String::from_utf8_lossy(&said).as_ref()), (Some(()), text));
            heard.extend(said);
        }
        HearEnd => heard.extend(all_of(child.stdout.take())),
        Say(text) => child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap(),
        Leave => drop(child.stdout.take()),
        Kill(signal) => kill_process(Pid::from_child(child), signal).unwrap(),
        KillAll(signal) => kill_process_group(Pid::from_child(child), signal).unwrap(),
        Settled if way == Way::Bare => {}
        Settled => until("the relay's witness", || (lab.processes().len() == 3).then_some(())),
        Stopped => until("the hook to stop", || lab.processes().iter().any(|at| is_stopped(at)).then_some(())),
    }
}

fn is_stopped(process: &Path) -> bool {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" T"))
}
