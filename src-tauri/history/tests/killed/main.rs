//! A process that writes is killed, many times: the database opens, is whole, and holds all that was committed.
//!
//! Without a harness: started with a word and the path of a history this program is the process that is killed.

mod moments;
mod rows;
mod writes;

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [moments::WORD, path, first] => moments::write(Path::new(path), first.parse()?),
        [writes::WORD, path] => writes::write(Path::new(path)),
        _ => {
            moments::kill_again_and_again()?;
            println!("test killed_at_any_moment ... ok");
            writes::kill_at_each()?;
            println!("test killed_at_every_write ... ok");
            Ok(())
        }
    }
}

/// Tells what is committed to whoever kills this process.
fn tell(line: &str) -> Result<()> {
    println!("{line}");
    Ok(std::io::stdout().flush()?)
}

/// Whether the file is what SQLite and its index of words say it should be, and no run is there by half.
fn is_whole(path: &Path) -> Result<()> {
    let connection = Connection::open(path)?;
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(sound, "ok");
    connection.execute_batch("INSERT INTO run_words (run_words) VALUES ('integrity-check')")?;
    let orphans = "SELECT (SELECT count(*) FROM runs WHERE output NOT IN (SELECT number FROM outputs))
        + (SELECT count(*) FROM outputs WHERE run NOT IN (SELECT number FROM runs))
        + abs((SELECT count(*) FROM runs) - (SELECT count(*) FROM run_words))";
    let orphans: i64 = connection.query_row(orphans, [], |row| row.get(0))?;
    assert_eq!(orphans, 0, "a run is there with all of it or not at all");
    Ok(())
}
