//! `headless HOME [window]`: a Hookwright in a process of its own, for tests that kill it, without a window or as with one in
//! which nobody decides. No agent is installed for it. Ends when its stdin does.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

use api::{App, Attended, Lock, Options, Paths, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let home = PathBuf::from(env::args_os().nth(1).ok_or("a home is needed")?);
    let attended = if env::args_os().nth(2).is_some() { Attended::Window } else { Attended::Nobody };
    let runtime = tokio::runtime::Runtime::new()?;
    let _inside = runtime.enter();
    let paths = Paths::below(&home);
    let lock = Lock::take(&paths)?.ok_or("another Hookwright has this home")?;
    let codex = Some(home.join("no-codex"));
    let _running = App::start(Options { paths, settings: Settings::default(), lock, attended, codex })?;
    println!("ready");
    io::stdout().flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
