//! `stranger SOCKET ask|show`: another program, started as another user or not, that talks to the endpoint. Prints what it hears.

use std::env;
use std::error::Error;
use std::io::Write;
use std::os::unix::net::UnixStream;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = env::args().skip(1).collect();
    let [socket, wish] = words.as_slice() else { return Err("a socket and a wish are needed".into()) };
    let mut stream = UnixStream::connect(socket)?;
    let frames = match wish.as_str() {
        "ask" => flows::ask(&fixtures::payload::shell("true")),
        "show" => flows::show(),
        other => return Err(format!("{other} is no wish").into()),
    };
    // An app that refuses does not read all of it.
    let _ = stream.write_all(&flows::bytes(&frames));
    println!("{}", flows::hear(&mut stream).map_or("closed", |frame| frame.name()));
    Ok(())
}
