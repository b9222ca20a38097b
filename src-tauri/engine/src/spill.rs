//! Texts too long for the model: it gets both ends of one, and a file with all of it.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::Whole;

/// Codex 0.169.
const DEFAULT_TOKENS: u64 = 2500;

/// Where the texts of one session go.
#[derive(Debug)]
pub(crate) struct Spill {
    folder: PathBuf,
}

/// A text, in memory or with its beginning there.
#[derive(Clone, Copy, Debug)]
enum Long<'a> {
    Held(&'a str),
    Kept { beginning: &'a str, whole: &'a Whole },
}

impl Spill {
    pub(crate) fn of(scratch: &Path, session: Option<&str>) -> Self {
        Self { folder: scratch.join("hook_outputs").join(folder_name(session)) }
    }

    /// The text where it has at most so many tokens (0 is no limit), else its ends and the path of a file with all of it. Where
    /// that cannot be written, its ends alone.
    pub(crate) fn within(&self, tokens: Option<u64>, text: String) -> String {
        self.cut(tokens, Long::Held(&text)).unwrap_or(text)
    }

    /// The same of an output that may have been too long for memory.
    pub(crate) fn output(&self, tokens: Option<u64>, text: String, whole: Option<&Whole>) -> String {
        match whole {
            Some(whole) => self.cut(tokens, Long::Kept { beginning: &text, whole }).unwrap_or(text),
            None => self.within(tokens, text),
        }
    }

    /// `None` where it is short enough.
    fn cut(&self, tokens: Option<u64>, text: Long<'_>) -> Option<String> {
        let limit = tokens.unwrap_or(DEFAULT_TOKENS);
        if limit == 0 || approximate_tokens(text.bytes()) <= limit {
            return None;
        }
        let cut = self.save(text).and_then(|path| {
            let footer = format!("\n\nFull hook output saved to: {}", path.display());
            let left = limit.saturating_sub(approximate_tokens(footer.len() as u64));
            Ok(preview(text, left)? + &footer)
        });
        match cut.or_else(|error| {
            tracing::warn!("failed to save a long hook output: {error}");
            preview(text, limit)
        }) {
            Ok(cut) => Some(cut),
            Err(error) => {
                tracing::warn!("failed to read a long hook output: {error}");
                None
            }
        }
    }

    fn save(&self, text: Long<'_>) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{}.txt", random_name()?));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        match text {
            Long::Held(text) => file.write_all(text.as_bytes())?,
            Long::Kept { whole, .. } => drop(io::copy(&mut File::open(whole.file())?, &mut file)?),
        }
        Ok(path)
    }
}

impl<'a> Long<'a> {
    fn bytes(self) -> u64 {
        match self {
            Self::Held(text) => text.len() as u64,
            Self::Kept { whole, .. } => whole.bytes(),
        }
    }

    fn lines(self) -> io::Result<usize> {
        match self {
            Self::Held(text) => Ok(text.lines().count()),
            Self::Kept { whole, .. } => {
                let mut file = BufReader::new(File::open(whole.file())?);
                let mut lines = 0;
                while file.skip_until(b'\n')? > 0 {
                    lines += 1;
                }
                Ok(lines)
            }
        }
    }

    fn head(self, bytes: u64) -> &'a str {
        let (Self::Held(text) | Self::Kept { beginning: text, .. }) = self;
        &text[..text.floor_char_boundary(usize::try_from(bytes).unwrap_or(usize::MAX))]
    }

    fn tail(self, bytes: u64) -> io::Result<Cow<'a, str>> {
        let from = self.bytes().saturating_sub(bytes);
        match self {
            Self::Held(text) => Ok(text[text.ceil_char_boundary(usize::try_from(from).unwrap_or(usize::MAX))..].into()),
            Self::Kept { whole, .. } => {
                let mut file = File::open(whole.file())?;
                file.seek(SeekFrom::Start(from))?;
                let mut tail = Vec::new();
                file.read_to_end(&mut tail)?;
                let begun = tail.iter().take_while(|byte| **byte & 0xc0 == 0x80).count();
                Ok(String::from_utf8_lossy(&tail[begun..]).into_owned().into())
            }
        }
    }
}

/// A session's id comes from outside: it names a folder only where it can name no other place.
fn folder_name(session: Option<&str>) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    session.filter(|session| !session.is_empty() && session.chars().all(plain)).unwrap_or("unknown")
}

/// A UUID of version 4.
fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// Four bytes each.
fn approximate_tokens(bytes: u64) -> u64 {
    bytes.div_ceil(4)
}

fn preview(text: Long<'_>, tokens: u64) -> io::Result<String> {
    let (all, lines) = (approximate_tokens(text.bytes()), text.lines()?);
    let ends = ends(text, tokens)?;
    Ok(format!("Warning: truncated output (original token count: {all})\nTotal output lines: {lines}\n\n{ends}"))
}

/// Both ends of a text, and how much was between them.
fn ends(text: Long<'_>, tokens: u64) -> io::Result<String> {
    let budget = tokens.saturating_mul(4);
    let head = budget / 2;
    let removed = approximate_tokens(text.bytes().saturating_sub(budget));
    Ok(format!("{}…{removed} tokens truncated…{}", text.head(head), text.tail(budget - head)?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use tempfile::{NamedTempFile, TempDir};

    use super::*;

    #[track_caller]
    fn check_ends(text: &str, tokens: u64, expected: &str) {
        assert_eq!(ends(Long::Held(text), tokens).unwrap(), expected);
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let whole = Whole { bytes: text.len() as u64, file: Arc::new(file.into_temp_path()) };
        assert_eq!(ends(Long::Kept { beginning: text, whole: &whole }, tokens).unwrap(), expected);
    }

    #[test]
    fn codex_cuts_the_middle_out() {
        check_ends("abcdef", 0, "…2 tokens truncated…");
        let text = format!("{}\nsecond line with text\n", "😀".repeat(10));
        check_ends(&text, 8, "😀😀😀😀…8 tokens truncated… line with text\n");
        assert_eq!(approximate_tokens(text.len() as u64), 16);
    }

    #[test]
    fn a_character_is_never_cut_in_two() {
        check_ends("aäöüaäöüaäöüaäöü", 2, "aä…5 tokens truncated…öü");
    }

    /// A footer of so many bytes as in the recording, and the counts Codex 0.169 gave there.
    #[test]
    fn what_codex_said_of_a_text_of_1300_lines() {
        let text: String = (0..1300).map(|line| format!("line {line} of many äöü\n")).collect();
        let text = text.trim_end();
        let cut = preview(Long::Held(text), 2500 - 40).unwrap();
        let beginning =
            "Warning: truncated output (original token count: 7848)\nTotal output lines: 1300\n\nline 0 of many";
        assert!(cut.starts_with(beginning), "{}", &cut[..200]);
        assert!(cut.contains("\nline 209 of ma…5388 tokens truncated… 1103 of many äöü\n"));
        assert!(cut.ends_with("\nline 1299 of many äöü"));
    }

    #[test]
    fn short_enough_is_left_alone() {
        let folder = TempDir::new().unwrap();
        let spill = Spill::of(folder.path(), Some("s"));
        let text = "x".repeat(10_000);
        assert_eq!(spill.within(None, text.clone()), text);
        assert_eq!(spill.within(Some(0), text.clone() + "x"), text.clone() + "x");
        assert!(!folder.path().join("hook_outputs").exists());
        assert_ne!(spill.within(None, text.clone() + "x"), text + "x");
    }

    #[test]
    fn all_of_it_is_in_the_file_it_names() {
        let folder = TempDir::new().unwrap();
        let text = "x".repeat(401);
        let cut = Spill::of(folder.path(), Some("01a1-b")).within(Some(100), text.clone());
        let (preview, path) = cut.split_once("\n\nFull hook output saved to: ").unwrap();
        let path = Path::new(path);
        assert_eq!(path.parent().unwrap(), folder.path().join("hook_outputs/01a1-b"));
        assert_eq!(fs::read_to_string(path).unwrap(), text);
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!((name.len(), &name[14..15]), (36, "4"));
        assert!(
            preview.starts_with("Warning: truncated output (original token count: 101)\nTotal output lines: 1\n\nx")
        );
    }

    #[test]
    fn a_session_that_is_no_plain_name_leads_nowhere_else() {
        let folder = TempDir::new().unwrap();
        for session in [Some("../../out"), Some(""), Some("a/b"), Some(".."), None] {
            let spill = Spill::of(folder.path(), session);
            assert_eq!(spill.folder, folder.path().join("hook_outputs/unknown"), "{session:?}");
        }
    }

    #[test]
    fn the_ends_alone_where_nothing_can_be_written() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let cut = Spill::of(&file, Some("s")).within(Some(2), "a".repeat(12));
        let expected = "Warning: truncated output (original token count: 3)\nTotal output lines: 1\n\naaaa…1 tokens truncated…aaaa";
        assert_eq!(cut, expected);
    }
}
