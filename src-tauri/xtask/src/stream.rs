//! Runs a command line by line under a time limit: every line is shown at once and handed on.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, poll};

use crate::process::{Group, timespec};

/// How long a program's output may stay open after the program itself has gone.
const AFTERMATH: Duration = Duration::from_secs(2);

/// How a streamed command ended.
#[derive(Debug)]
pub(crate) enum End {
    Exited(ExitStatus),
    /// It exited, but something it started still held its output and was killed.
    Leaked(ExitStatus),
    TimedOut,
}

/// Runs the command in its own process group and hands every line of its standard output to `on_line`.
pub(crate) fn stream(command: &mut Command, limit: Duration, mut on_line: impl FnMut(&str)) -> Result<End> {
    let mut group = Group::spawn(command.stdout(Stdio::piped()))?;
    let mut output = group.take_output()?;
    let mut deadline = Instant::now() + limit;
    let mut lines = Lines::default();
    let mut gone = false;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let status = group.end()?;
            lines.finish(&mut on_line);
            return Ok(if gone { End::Leaked(status) } else { End::TimedOut });
        }
        let (ended, has_output) = {
            let mut sources = [PollFd::new(&output, PollFlags::IN), PollFd::new(group.exit(), PollFlags::IN)];
            let watched = if gone { &mut sources[..1] } else { &mut sources[..] };
            match poll(watched, Some(&timespec(left))) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error).context("waiting for output"),
            }
            (!gone && !sources[1].revents().is_empty(), !sources[0].revents().is_empty())
        };
        if has_output {
            let mut bytes = [0; 16 * 1024];
            let count = output.read(&mut bytes).context("reading output")?;
            if count == 0 {
                lines.finish(&mut on_line);
                let left = deadline.saturating_duration_since(Instant::now());
                let exited = group.exited(Some(left))?;
                let status = group.end()?;
                return Ok(if exited { End::Exited(status) } else { End::TimedOut });
            }
            lines.push(&bytes[..count], &mut on_line);
        } else if ended {
            gone = true;
            deadline = deadline.min(Instant::now() + AFTERMATH);
        }
    }
}

#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], on_line: &mut impl FnMut(&str)) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            on_line(String::from_utf8_lossy(&line[..end]).trim_end_matches('\r'));
        }
    }

    fn finish(&mut self, on_line: &mut impl FnMut(&str)) {
        if !self.rest.is_empty() {
            on_line(&String::from_utf8_lossy(&self.rest));
            self.rest.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> (End, Vec<String>) {
        let mut lines = Vec::new();
        let end = stream(Command::new("sh").args(["-c", script]), limit, |line| lines.push(line.to_owned()));
        (end.expect("sh starts"), lines)
    }

    #[test]
    fn hands_on_every_line_and_the_exit_code() {
        let (end, lines) = shell("echo one; printf 'two\\r\\nthree'; exit 4", Duration::from_secs(20));
        assert!(matches!(end, End::Exited(status) if status.code() == Some(4)), "{end:?}");
        assert_eq!(lines, ["one", "two", "three"]);
    }

    #[test]
    fn ends_what_takes_too_long() {
        let (end, lines) = shell("echo begun; sleep 600", Duration::from_millis(300));
        assert!(matches!(end, End::TimedOut), "{end:?}");
        assert_eq!(lines, ["begun"]);
    }

    #[test]
    fn tells_what_left_something_running() {
        let (end, lines) = shell("sleep 600 & echo done", Duration::from_secs(20));
        assert!(matches!(end, End::Leaked(status) if status.success()), "{end:?}");
        assert_eq!(lines, ["done"]);
    }
}
