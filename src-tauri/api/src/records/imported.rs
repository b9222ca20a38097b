//! Takes an export into the history. Every line is looked at before the first one is taken in, so that a file that is none
//! changes nothing. What it says was so is not known to be true, and counts for nothing.

mod line;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::iter;
use std::path::Path;

use history::row::Exported;

use super::Records;
use crate::{Error, Paths};

/// No line of an export is longer.
const LONGEST: u64 = 256 << 20;
/// So many lines are told of that are none of an export.
const TOLD: usize = 10;

/// Why nothing, or not all, was taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// These are no lines of an export: the first ones of them.
    #[error("take in a file that is no export")]
    Lines(Vec<BadLine>),
    #[error(transparent)]
    Failed(#[from] Error),
}

/// A line that is none of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// From 1.
    pub number: usize,
    pub why: String,
}

/// Takes in the lines of an export, whether or not an app runs. Blocks. After an error in the middle the same call again brings
/// the rest.
pub fn import(paths: &Paths, path: &Path) -> Result<history::Imported, NotImported> {
    let unread = |source| Error::File { path: path.to_owned(), source };
    if let Some(records) = Records::open(paths) {
        // Who runs may not yet know the form that we would give to an older history.
        records.mark()?;
    }
    let mut file = File::open(path).map_err(unread)?;
    let mut bad = Vec::new();
    for row in rows(&file) {
        bad.extend(row.map_err(unread)?.err());
        if bad.len() == TOLD {
            break;
        }
    }
    if !bad.is_empty() {
        return Err(NotImported::Lines(bad));
    }
    file.rewind().map_err(unread)?;
    let mut stopped = None;
    let rows = rows(&file).map_while(|row| {
        let row = row.and_then(|row| row.map_err(|_| io::Error::other("it changes while it is read")));
        row.map_err(|source| stopped = Some(source)).ok()
    });
    let imported = history::import(&paths.history(), rows).map_err(Error::from)?;
    match stopped {
        None => Ok(imported),
        Some(source) => Err(unread(source).into()),
    }
}

/// The rows that the lines are; of a line that is none, why.
fn rows(file: &File) -> impl Iterator<Item = io::Result<Result<Exported, BadLine>>> {
    let mut lines = BufReader::new(file);
    let mut number = 0;
    iter::from_fn(move || {
        let mut line = Vec::new();
        number += 1;
        match lines.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(line::row(&line).map_err(|why| BadLine { number, why }))),
            Err(error) => Some(Err(error)),
        }
    })
}
