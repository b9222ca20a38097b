//! The transport: a `codex app-server` of our own, one message per line over its standard input and output.

use std::io::ErrorKind;
use std::process::Stdio;
use std::time::Duration;

use rustix::io::Errno;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy, sink};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{Error, Group, Launch};

/// The longest line that is read, in bytes.
pub(crate) const LINE_LIMIT: usize = 16 * 1024 * 1024;

/// So many bytes are kept of the end of its standard error.
const TAIL: usize = 4096;

/// Plugins, apps and analytics reach for the network; we only ask, and write trust.
const ARGUMENTS: [&str; 7] =
    ["app-server", "-c", "features.plugins=false", "-c", "features.apps=false", "-c", "analytics.enabled=false"];

#[derive(Debug)]
pub(crate) struct Pipes {
    group: Group,
    /// None once it is closed, or was given up in the middle of a message.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// What was read of the next line. Kept here so that a wait that is given up loses nothing.
    line: Vec<u8>,
    errors: Option<JoinHandle<String>>,
}

impl Pipes {
    pub(crate) fn open(launch: &Launch) -> Result<Self, Error> {
        let mut command = launch.command();
        command.args(ARGUMENTS).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = Group::spawn(&mut command).map_err(|source| not_started(launch, source))?;
        let output = group.take_output().expect("piped above");
        let errors = group.take_errors().expect("piped above");
        Ok(Self {
            input: group.take_input(),
            output: BufReader::new(output),
            line: Vec::new(),
            errors: Some(tokio::spawn(tail(errors))),
            group,
        })
    }

    pub(crate) async fn send(&mut self, message: &str) -> Result<(), Error> {
        // Half a message must not be followed by another: an input that is given up on the way is closed.
        let Some(mut input) = self.input.take() else { return Err(self.ended().await) };
        match input.write_all(format!("{message}\n").as_bytes()).await {
            Ok(()) => {
                self.input = Some(input);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(self.ended().await),
            Err(error) => Err(error.into()),
        }
    }

    /// The next line, without its end.
    pub(crate) async fn receive(&mut self) -> Result<Vec<u8>, Error> {
        let left = (LINE_LIMIT + 1).saturating_sub(self.line.len());
        (&mut self.output).take(left as u64).read_until(b'\n', &mut self.line).await?;
        if self.line.ends_with(b"\n") {
            let mut line = std::mem::take(&mut self.line);
            line.pop();
            Ok(line)
        } else if self.line.len() > LINE_LIMIT {
            Err(Error::TooLong { limit: LINE_LIMIT })
        } else {
            Err(self.ended().await)
        }
    }

    /// Closes the input, at which the server ends; kills what has not ended within the limit.
    pub(crate) async fn close(mut self, limit: Duration) -> Result<(), Error> {
        drop(self.input.take());
        // Its end is the end of its output, which has to be read: a server that still writes could never end.
        let ended = timeout(limit, copy(&mut self.output, &mut sink())).await;
        self.group.end().await?;
        ended.map_err(|_| Error::TimedOut("the end".to_owned()))??;
        Ok(())
    }

    async fn ended(&mut self) -> Error {
        let Some(errors) = self.errors.take() else { return Error::Ended(String::new()) };
        // Somebody else may hold it open.
        let tail = timeout(Duration::from_millis(500), errors).await;
        Error::Ended(tail.ok().and_then(Result::ok).unwrap_or_default())
    }
}

fn not_started(launch: &Launch, source: std::io::Error) -> Error {
    let program = launch.program.clone();
    let no_program = source.raw_os_error() == Some(Errno::NOEXEC.raw_os_error());
    match source.kind() {
        ErrorKind::NotFound if launch.cwd.is_dir() => Error::NotFound(program),
        ErrorKind::PermissionDenied => Error::NotExecutable(program),
        _ if no_program => Error::NotExecutable(program),
        _ => Error::Start { program, source },
    }
}

/// Reads to the end, which keeps the server from blocking, and gives the last of it.
async fn tail(mut errors: ChildStderr) -> String {
    let mut tail = Vec::new();
    let mut part = [0; TAIL];
    // What cannot be read any more is over, too.
    while let Ok(count @ 1..) = errors.read(&mut part).await {
        tail.extend_from_slice(&part[..count]);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
    }
    String::from_utf8_lossy(&tail).trim().to_owned()
}
