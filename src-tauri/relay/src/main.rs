//! `hookwright-relay [--home DIR] [--socket PATH] AGENT`: carries one hook payload from an agent to the app and the reply back.
//!
//! The agent waits for this program at every hook, so it does one thing and leaves. **Any surprise is no decision**: nothing on
//! stdout, exit 0. It never exits 2 (Codex 0.169 reads 2 as deny), and it writes a reply only when the whole of it came from
//! the installed app. An event that no app took it leaves in the spool, where there is one.
//!
//! `hookwright-relay record` runs a person's own hook and keeps a journal of it: see [`record`].

mod os;
mod record;

use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process;

use protocol::client::{self, Reply};
use protocol::spool::Spool;
use protocol::{Error, Event, LIMIT, place};
use rustix::process::geteuid;

/// Tests build a later version this way, to see what an update changes.
const VERSION: &str = match option_env!("HOOKWRIGHT_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

fn main() {
    let words: Vec<_> = env::args_os().skip(1).collect();
    if let Some((word, words)) = words.split_first()
        && word == "record"
    {
        record::main(words);
    }
    protocol::panics::are_no_decision();
    if env::var_os("HOOKWRIGHT_SKIP").is_none_or(|value| value != "1")
        && let Some(arguments) = Arguments::parse(words.into_iter())
    {
        // An error is no decision; who wants to know why asks the app's log.
        let _ = relay(&arguments);
    }
    process::exit(0);
}

fn relay(arguments: &Arguments) -> Result<(), Error> {
    let payload = match read_payload() {
        Err(Error::TooLong(length)) => {
            arguments.spool()?.count_dropped();
            return Err(Error::TooLong(length));
        }
        read => read?,
    };
    let event = Event::now(&arguments.agent, payload)?;
    match client::ask(&arguments.sockets(), VERSION, &event, &io::stdout()) {
        Ok(reply) => hand_over(reply),
        // The app has the event; it is the agent that no longer waits.
        Err(Error::AgentGone) => Err(Error::AgentGone),
        Err(_) => arguments.spool()?.keep(&event),
    }
}

fn hand_over(reply: Reply) -> Result<(), Error> {
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

    fn sockets(&self) -> Vec<PathBuf> {
        match &self.socket {
            Some(socket) => vec![socket.clone()],
            None => place::sockets(self.home.as_deref(), geteuid().as_raw()),
        }
    }

    /// A relay that is told a socket but no home belongs to an app whose spool it does not know.
    fn spool(&self) -> Result<Spool, Error> {
        let known = self.home.is_some() || self.socket.is_none();
        let path = known.then(|| place::spool(self.home.as_deref(), geteuid().as_raw())).flatten();
        Spool::open(&path.ok_or(Error::NobodyListens)?)
    }
}
