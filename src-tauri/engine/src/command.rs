//! One command as a child process: what it is given, and how it ends.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, Command};
use tokio::time::timeout;

use crate::capture::drain;
use crate::group::Group;
use crate::{Captured, End, Finished, Stream};

/// Taken out of every hook's environment. Codex 0.169: what its own servers identify themselves with.
const SCRUBBED: [&str; 5] = [
    "CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN",
    "NODE_REPL_AUTH_TOKEN",
    "OPENAI_FEDERATION_RULE_ID",
    "OPENAI_IDENTITY_TOKEN_FILE",
    "OPENAI_WORKLOAD_IDENTITY_CONTEXT",
];

/// What a command gets besides its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// `None` is our own.
    pub(crate) cwd: Option<&'a Path>,
    /// Written to its input, which is closed after it.
    pub(crate) input: &'a str,
    /// Until its output is closed and it has ended.
    pub(crate) limit: Duration,
    /// Where output goes that is too long for memory.
    pub(crate) scratch: &'a Path,
}

/// All of the environment of `command`, but for what is scrubbed.
pub(crate) fn environment(command: &mut Command, given: &[(OsString, OsString)], more: &[(String, String)]) {
    command.env_clear();
    command.envs(given.iter().map(|(name, value)| (name, value)));
    command.envs(more.iter().map(|(name, value)| (name, value)));
    for name in SCRUBBED {
        command.env_remove(name);
    }
}

/// Runs it to its end. Whatever goes wrong is an end too. Dropping the future kills its process group.
pub(crate) async fn run(mut command: Command, given: Given<'_>, told: impl Fn(Stream, &[u8])) -> Finished {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(cwd) = given.cwd {
        command.current_dir(cwd);
    }
    let group = match Group::spawn(&mut command) {
        Ok(group) => group,
        Err(error) => return Finished::failed(error),
    };
    match timeout(given.limit, follow(group, given, told)).await {
        Ok(Ok(finished)) => finished,
        Ok(Err(Broken::Stdin(error))) => Finished::failed(format!("failed to write hook stdin: {error}")),
        Ok(Err(Broken::Other(error))) => Finished::failed(error),
        Err(_) => Finished::without_output(End::out_of_time(given.limit)),
    }
}

enum Broken {
    Stdin(io::Error),
    Other(io::Error),
}

/// The child is waited for only when its outputs are closed: as long as it was not, its number is that of its group, whoever of the
/// group is left.
async fn follow(mut group: Group, given: Given<'_>, told: impl Fn(Stream, &[u8])) -> Result<Finished, Broken> {
    let child = &mut group.0;
    let stdin = child.stdin.take().expect("piped");
    let stdout = child.stdout.take().expect("piped");
    let stderr = child.stderr.take().expect("piped");
    let (_, stdout, stderr) = tokio::try_join!(
        async { feed(stdin, given.input).await.map_err(Broken::Stdin) },
        async { drain(stdout, given.scratch, |bytes| told(Stream::Stdout, bytes)).await.map_err(Broken::Other) },
        async { drain(stderr, given.scratch, |bytes| told(Stream::Stderr, bytes)).await.map_err(Broken::Other) },
    )?;
    let status = child.wait().await.map_err(Broken::Other)?;
    Ok(finished(status, stdout, stderr))
}

fn finished(status: ExitStatus, stdout: Captured, stderr: Captured) -> Finished {
    Finished { end: status.code().map_or(End::Signalled, End::Exited), stdout, stderr }
}

/// Many hooks never read what they get.
pub(crate) async fn feed(mut stdin: ChildStdin, input: &str) -> io::Result<()> {
    match stdin.write_all(input.as_bytes()).await {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
