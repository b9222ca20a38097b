//! Files of ours that are written whole or not at all, readable by this user only.

use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::Error;

/// Puts the text in the place of what is there, and makes the folder where there is none.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let io = |source| Error::File { path: path.to_owned(), source };
    let folder = path.parent().ok_or(Error::NoHome)?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let mut file = NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    // A person may keep a file elsewhere and link to it.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    file.persist(target).map_err(|error| io(error.error))?;
    Ok(())
}
