//! Which sessions of Codex are open on this machine. Codex 0.169 keeps the transcript of an open session open for writing, from
//! its first turn on: the terminal interface, its background server, `codex exec` and the app-server alike. A session whose
//! terminal was closed stays open in the background server.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use model::{SessionId, Timestamp};
use rustix::process::geteuid;
use serde_json::Value;

/// A transcript's first line holds all instructions to the model; no more of it is read, in bytes.
const LINE_LIMIT: u64 = 4 << 20;

/// Ticks per second in what Linux tells programs, on every processor we run on.
const TICKS: i64 = 100;

/// One session, in the process that has it open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) id: SessionId,
    /// Where it was begun.
    pub(crate) folder: Option<PathBuf>,
    /// Not before this: when it was begun, or when the process was started that went on with it.
    pub(crate) since: Timestamp,
    pub(crate) pid: u32,
}

/// The open sessions of this user below a `CODEX_HOME`, the oldest first. What cannot be read is left out.
pub(crate) fn open(home: &Path, proc: &Path) -> Vec<Open> {
    let Ok(sessions) = home.join("sessions").canonicalize() else { return Vec::new() };
    let mut open: Vec<_> = processes(proc)
        .into_iter()
        .flat_map(|process| process.transcripts(&sessions).into_iter().filter_map(move |path| process.session(&path)))
        .collect();
    open.sort_by(|one, other| (one.since, one.id.as_str()).cmp(&(other.since, other.id.as_str())));
    // A subagent's transcript belongs to the session of its root.
    let mut seen = HashSet::new();
    open.retain(|session| seen.insert(session.id.clone()));
    open
}

/// A process of this user.
struct Process {
    folder: PathBuf,
    pid: u32,
    started: Timestamp,
}

fn processes(proc: &Path) -> Vec<Process> {
    let boot = fs::read_to_string(proc.join("stat")).ok().and_then(|stat| boot_time(&stat));
    let (Some(boot), Ok(entries)) = (boot, fs::read_dir(proc)) else { return Vec::new() };
    let process = |folder: PathBuf| {
        let pid = folder.file_name()?.to_str()?.parse().ok()?;
        if fs::metadata(&folder).ok()?.uid() != geteuid().as_raw() {
            return None;
        }
        let started = start_time(&fs::read_to_string(folder.join("stat")).ok()?, boot)?;
        Some(Process { folder, pid, started })
    };
    entries.flatten().filter_map(|entry| process(entry.path())).collect()
}

impl Process {
    /// The transcripts it has open for writing. Who only reads one is no session.
    fn transcripts(&self, sessions: &Path) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.folder.join("fd")) else { return Vec::new() };
        let transcript = |number: PathBuf| {
            let path = fs::read_link(&number).ok()?;
            thread_of(&path).filter(|_| path.starts_with(sessions))?;
            let info = fs::read_to_string(self.folder.join("fdinfo").join(number.file_name()?)).ok()?;
            is_written(&info).then_some(path)
        };
        entries.flatten().filter_map(|entry| transcript(entry.path())).collect()
    }

    fn session(&self, transcript: &Path) -> Option<Open> {
        let thread = thread_of(transcript)?;
        let begun = begun(thread).unwrap_or(self.started);
        let meta = first_line(transcript).unwrap_or_default();
        let word = |key: &str| meta["payload"][key].as_str().filter(|text| !text.is_empty());
        Some(Open {
            id: SessionId::new(word("session_id").unwrap_or(thread)),
            folder: word("cwd").map(PathBuf::from),
            since: begun.max(self.started),
            pid: self.pid,
        })
    }
}

/// The thread's id in `rollout-<time>-<id>.jsonl`.
fn thread_of(transcript: &Path) -> Option<&str> {
    let name = transcript.file_name()?.to_str()?.strip_prefix("rollout-")?.strip_suffix(".jsonl")?;
    let id = name.get(name.len().checked_sub(36)?..)?;
    let fits = |(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { u8::is_ascii_hexdigit(&byte) };
    id.bytes().enumerate().all(fits).then_some(id)
}

/// The time in the id, a UUID of version 7.
fn begun(thread: &str) -> Option<Timestamp> {
    let (high, rest) = thread.split_once('-')?;
    let (low, rest) = rest.split_once('-')?;
    let ms = i64::from_str_radix(&format!("{high}{low}"), 16).ok()?;
    rest.starts_with('7').then_some(Timestamp(ms))
}

fn first_line(transcript: &Path) -> Option<Value> {
    // Opening a pipe would wait.
    fs::symlink_metadata(transcript).ok().filter(fs::Metadata::is_file)?;
    let mut line = Vec::new();
    BufReader::new(File::open(transcript).ok()?.take(LINE_LIMIT)).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// From `fdinfo`: the access mode is in the last two bits of the flags.
fn is_written(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & 0o3 != 0)
}

/// When the machine was started, in seconds since the Unix epoch.
fn boot_time(stat: &str) -> Option<i64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// The 22nd field; the second is the program's name, which may hold anything.
fn start_time(stat: &str, boot: i64) -> Option<Timestamp> {
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: i64 = rest.split_whitespace().nth(19)?.parse().ok()?;
    Some(Timestamp(boot.checked_mul(1000)?.checked_add(ticks.checked_mul(1000)? / TICKS)?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use serde_json::json;
    use tempfile::TempDir;

    use super::*;

    /// Begun at 1,795,252,115,505.
    const FIRST: &str = "01a1fd5d-5831-7db2-aa65-ab92f5ec3d26";
    const SECOND: &str = "01a1fd5d-58ea-7513-81f8-69d51472149b";
    const WRITES: &str = "pos:\t0\nflags:\t02102002\n";
    const READS: &str = "pos:\t0\nflags:\t02100000\n";

    /// A home of Codex and a folder like `/proc`, of a machine that was started at 1,795,252,000 s.
    struct Machine(TempDir);

    impl Machine {
        fn new() -> Self {
            let machine = Self(tempfile::tempdir().unwrap());
            fs::create_dir_all(machine.sessions()).unwrap();
            fs::create_dir(machine.proc()).unwrap();
            fs::write(machine.proc().join("stat"), "cpu  1 2\nbtime 1795252000\nprocesses 3\n").unwrap();
            fs::create_dir(machine.proc().join("self")).unwrap();
            machine
        }

        fn home(&self) -> PathBuf {
            self.0.path().join("home")
        }

        fn sessions(&self) -> PathBuf {
            self.home().join("sessions/2026/11/21")
        }

        fn proc(&self) -> PathBuf {
            self.0.path().join("proc")
        }

        fn transcript(&self, thread: &str, text: &str) -> PathBuf {
            let path = self.sessions().join(format!("rollout-2026-11-21T09-08-35-{thread}.jsonl"));
            fs::write(&path, text).unwrap();
            path.canonicalize().unwrap()
        }

        /// A process that was started so many ticks after the machine, with these files open.
        fn process(&self, pid: u32, ticks: u32, files: &[(&Path, &str)]) {
            let folder = self.proc().join(pid.to_string());
            fs::create_dir_all(folder.join("fd")).unwrap();
            fs::create_dir(folder.join("fdinfo")).unwrap();
            let stat = format!("{pid} (co) dex) S {}{ticks} 0 0\n", "1 ".repeat(18));
            fs::write(folder.join("stat"), stat).unwrap();
            for (number, (path, info)) in files.iter().enumerate() {
                symlink(path, folder.join(format!("fd/{number}"))).unwrap();
                fs::write(folder.join(format!("fdinfo/{number}")), info).unwrap();
            }
        }

        fn open(&self) -> Vec<Open> {
            open(&self.home(), &self.proc())
        }
    }

    fn meta(session: &str) -> String {
        let meta =
            json!({ "type": "session_meta", "payload": { "session_id": session, "id": session, "cwd": "/repo" } });
        format!("{meta}\n{{\"type\":\"turn_context\"}}\n")
    }

    fn session(id: &str, folder: Option<&str>, since: i64, pid: u32) -> Open {
        Open { id: SessionId::new(id), folder: folder.map(PathBuf::from), since: Timestamp(since), pid }
    }

    #[test]
    fn a_session_is_a_transcript_that_a_process_writes() {
        let machine = Machine::new();
        let first = machine.transcript(FIRST, &meta(FIRST));
        let second = machine.transcript(SECOND, &meta(SECOND));
        machine.process(7, 100, &[(&first, WRITES), (Path::new("/dev/null"), WRITES), (&first, WRITES)]);
        machine.process(8, 100, &[(&second, READS)]);
        assert_eq!(machine.open(), [session(FIRST, Some("/repo"), 1_795_252_115_505, 7)]);
    }

    #[test]
    fn a_resumed_session_counts_from_the_start_of_its_process() {
        let machine = Machine::new();
        let first = machine.transcript(FIRST, &meta(FIRST));
        machine.process(7, 20_012, &[(&first, WRITES)]);
        assert_eq!(machine.open(), [session(FIRST, Some("/repo"), 1_795_252_200_120, 7)]);
    }

    #[test]
    fn a_subagent_belongs_to_its_root_and_several_sessions_come_oldest_first() {
        let machine = Machine::new();
        let child = "01a1fd5d-6000-7513-81f8-69d51472149b";
        let paths = [
            machine.transcript(child, &meta(FIRST)),
            machine.transcript(SECOND, &meta(SECOND)),
            machine.transcript(FIRST, &meta(FIRST)),
        ];
        machine.process(7, 1, &paths.each_ref().map(|path| (path.as_path(), WRITES)));
        let found: Vec<_> = machine.open().into_iter().map(|session| session.id).collect();
        assert_eq!(found, [SessionId::new(FIRST), SessionId::new(SECOND)]);
    }

    #[test]
    fn what_a_transcript_does_not_tell_is_left_open() {
        for text in ["", "no json\n", "[]\n", "{\"payload\":{\"cwd\":3}}\n"] {
            let machine = Machine::new();
            let first = machine.transcript(FIRST, text);
            machine.process(7, 1, &[(&first, WRITES)]);
            assert_eq!(machine.open(), [session(FIRST, None, 1_795_252_115_505, 7)], "{text:?}");
        }
        let machine = Machine::new();
        let old = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
        let transcript = machine.transcript(old, &meta(old));
        machine.process(7, 50, &[(&transcript, WRITES)]);
        assert_eq!(machine.open(), [session(old, Some("/repo"), 1_795_252_000_500, 7)], "an id without a time");
    }

    #[test]
    fn other_files_and_other_homes_are_no_sessions() {
        let machine = Machine::new();
        let deleted = PathBuf::from(format!("{} (deleted)", machine.transcript(FIRST, &meta(FIRST)).display()));
        let elsewhere = machine.0.path().join(format!("rollout-x-{SECOND}.jsonl"));
        let odd = machine.transcript("not-an-id", "");
        machine.process(7, 1, &[(&deleted, WRITES), (&elsewhere, WRITES), (&odd, WRITES)]);
        fs::create_dir(machine.proc().join("9")).unwrap();
        assert_eq!(machine.open(), []);
        assert_eq!(open(&machine.0.path().join("no home"), &machine.proc()), []);
        assert_eq!(open(&machine.home(), &machine.0.path().join("no proc")), []);
    }

    #[test]
    fn a_home_behind_a_link_is_found_in_the_real_proc() {
        let machine = Machine::new();
        let first = machine.transcript(FIRST, &meta(FIRST));
        let link = machine.0.path().join("link");
        symlink(machine.home(), &link).unwrap();
        let before: Timestamp = std::time::SystemTime::now().into();
        assert_eq!(open(&link, Path::new("/proc")), []);
        let held = File::options().append(true).open(&first).unwrap();
        let found = open(&link, Path::new("/proc"));
        drop(held);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].pid, &found[0].id), (std::process::id(), &SessionId::new(FIRST)));
        let limits = [Timestamp(before.0 - 86_400_000), before];
        let started = processes(Path::new("/proc")).into_iter().find(|process| process.pid == std::process::id());
        let started = started.unwrap().started;
        assert!(limits[0] < started && started.0 <= limits[1].0 + 1000, "{started:?} is not within {limits:?}");
    }
}
