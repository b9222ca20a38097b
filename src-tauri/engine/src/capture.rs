//! What is kept of an output: in memory up to a limit, beyond it in a file.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::finished::{Captured, Whole};

/// So many bytes of each output are held in memory.
const HELD: usize = 8 * 1024 * 1024;

/// What a pipe holds at most, and so what one read can give.
const CHUNK: usize = 64 * 1024;

/// Reads an output to its end. `told` gets every piece as it comes.
pub(crate) async fn drain(
    mut output: impl AsyncRead + Unpin,
    scratch: &Path,
    told: impl Fn(&[u8]),
) -> io::Result<Captured> {
    let mut capture = Capture { held: Vec::new(), file: None, bytes: 0 };
    // Most hooks say nothing, or little.
    let mut chunk = Vec::with_capacity(1024);
    while output.read_buf(&mut chunk).await? > 0 {
        told(&chunk);
        capture.push(&chunk, scratch)?;
        chunk.clear();
        chunk.reserve(CHUNK);
    }
    capture.finish()
}

struct Capture {
    held: Vec<u8>,
    file: Option<NamedTempFile>,
    bytes: u64,
}

impl Capture {
    fn push(&mut self, bytes: &[u8], scratch: &Path) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None if self.held.len() + bytes.len() <= HELD => {
                self.held.extend_from_slice(bytes);
                Ok(())
            }
            None => {
                fs::create_dir_all(scratch)?;
                let mut file = NamedTempFile::new_in(scratch)?;
                file.write_all(&self.held)?;
                file.write_all(bytes)?;
                self.file = Some(file);
                Ok(())
            }
        }
    }

    fn finish(mut self) -> io::Result<Captured> {
        let whole = match self.file {
            Some(mut file) => {
                file.flush()?;
                cut_character(&mut self.held);
                Some(Whole { file: Arc::new(file.into_temp_path()), bytes: self.bytes })
            }
            None => None,
        };
        // Copied only where something has to be replaced.
        let text = String::from_utf8(self.held)
            .unwrap_or_else(|invalid| String::from_utf8_lossy(invalid.as_bytes()).into_owned());
        Ok(Captured { text, whole })
    }
}

/// Takes off a character that was cut in two, so that the beginning of a text ends without a replacement.
fn cut_character(bytes: &mut Vec<u8>) {
    if let Some(last) = bytes.utf8_chunks().last() {
        let cut = last.invalid().len();
        bytes.truncate(bytes.len() - cut);
    }
}
