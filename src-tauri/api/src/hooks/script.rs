//! The script files that hooks run, as a person looks at them.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use super::view;
use crate::card::pieces;
use crate::dto::ScriptView;

/// A larger file is no script that anybody reads. In bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// A file that a command names, where it is text.
pub(super) struct Script {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl Script {
    pub(super) fn read(path: PathBuf) -> Option<Self> {
        let mut bytes = Vec::new();
        let file = path.is_file().then(|| File::open(&path))?;
        file.and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)).ok()?;
        let is_text = bytes.len() as u64 <= LONGEST && !bytes.contains(&0);
        let text = is_text.then(|| String::from_utf8(bytes).ok())??;
        Some(Self { path, text })
    }

    pub(super) fn digest(&self) -> String {
        config::digest(self.text.as_bytes())
    }

    pub(super) fn view(&self) -> ScriptView {
        let (text, cut) = view::output(&self.text);
        ScriptView { path: pieces(&self.path.to_string_lossy()), text, cut }
    }
}
