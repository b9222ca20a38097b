//! `hookwright-relay [--home DIR] [--socket PATH] AGENT`: carries one hook payload from an agent to the app and the reply back.
//!
//! The agent waits for this program at every hook, so it does one thing and leaves. **Any surprise is no decision**: nothing on
//! stdout, exit 0. It never exits 2 (Codex 0.169 reads 2 as deny), and it writes a reply only when the whole of it came from
//! the installed app.

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process;

use protocol::{Error, LIMIT, client, place};

fn main() {
    protocol::panics::are_no_decision();
    if env::var_os("HOOKWRIGHT_SKIP").is_none_or(|value| value != "1")
        && let Some(arguments) = Arguments::parse(env::args_os().skip(1))
    {
        // An error is no decision; who wants to know why asks the app's log.
        let _ = relay(&arguments);
    }
    process::exit(0);
}

fn relay(arguments: &Arguments) -> Result<(), Error> {
    let payload = read_payload()?;
    let sockets = match &arguments.socket {
        Some(socket) => vec![socket.clone()],
        None => place::sockets(arguments.home.as_deref(), rustix::process::geteuid().as_raw()),
    };
    let reply = client::ask(&sockets, &arguments.agent, payload, &io::stdout())?;
    if !reply.bytes.is_empty() {
        reply.peer.must_be_app_of(&env::current_exe()?)?;
        let mut stdout = io::stdout().lock();
        stdout.write_all(&reply.bytes)?;
        stdout.flush()?;
    }
    reply.taken()
}

/// All of stdin. What is over the limit is read too, so that the agent never meets a closed pipe, and is an error.
fn read_payload() -> Result<Vec<u8>, Error> {
    let mut stdin = io::stdin().lock();
    let mut payload = Vec::with_capacity(4096);
    // One byte of a frame is its kind.
    let limit = LIMIT as u64 - 1;
    stdin.by_ref().take(limit).read_to_end(&mut payload)?;
    match io::copy(&mut stdin, &mut io::sink())? {
        0 => Ok(payload),
        more => Err(Error::TooLong(limit + more)),
    }
}

struct Arguments {
    home: Option<PathBuf>,
    socket: Option<PathBuf>,
    agent: String,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut parsed = Self { home: None, socket: None, agent: String::new() };
        while let Some(word) = words.next() {
            match word.to_str()? {
                "--home" => parsed.home = Some(words.next()?.into()),
                "--socket" => parsed.socket = Some(words.next()?.into()),
                agent if parsed.agent.is_empty() && !agent.starts_with('-') && !agent.is_empty() => {
                    parsed.agent = agent.to_owned();
                }
                _ => return None,
            }
        }
        (!parsed.agent.is_empty()).then_some(parsed)
    }
}
