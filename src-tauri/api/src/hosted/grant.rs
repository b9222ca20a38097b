//! What a grant covers: the entry, and the bytes of every file that its command names. Strict: a command of which we cannot tell
//! what it names gets no grant, and what cannot be read again has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use model::{Handler, Hook};
use rustix::fs::{Access, OFlags, access};
use sha2::{Digest, Sha256};

use super::said::Grant;

/// Programs that run what their arguments name. Options before that could name anything.
const RUNNERS: [&str; 33] = [
    "ash", "awk", "bash", "bun", "busybox", "csh", "dash", "deno", "doas", "env", "fish", "gawk", "ksh", "lua", "mawk",
    "nice", "node", "nodejs", "nohup", "perl", "php", "pwsh", "pypy", "python", "ruby", "sed", "setsid", "sh", "sudo",
    "tclsh", "time", "timeout", "zsh",
];

/// How deep scripts may be run by scripts. Linux: four.
const DEPTH: usize = 4;

/// Files that a command names, as they were when they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Files(BTreeMap<PathBuf, Seen>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    sha256: String,
    /// A file that was changed and changed back has another time of change, which no program can set.
    stamp: Stamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }
}

/// Why a hook cannot be granted anything. Reads after "failed to grant it: ".
pub(super) type Unclear = String;

impl Grant {
    /// A grant for the hook as it stands now. `search` is the `PATH` it runs with.
    pub(super) fn of(hook: &Hook, search: &OsStr) -> Result<Self, Unclear> {
        let files = Files::of(hook, search)?.0.into_iter().map(|(path, seen)| (path, seen.sha256));
        Ok(Self { entry: hook.hash.clone(), files: files.collect() })
    }

    /// The files as they are now where nothing has changed, else what has.
    pub(super) fn check(&self, hook: &Hook, search: &OsStr) -> Result<Files, Vec<String>> {
        let name = |path: &Path| path.to_string_lossy().into_owned();
        if hook.hash != self.entry {
            return Err(vec![name(&hook.source.path)]);
        }
        let now = match Files::of(hook, search) {
            Ok(now) => now,
            Err(unclear) => return Err(vec![unclear]),
        };
        let paths: BTreeSet<_> = self.files.keys().chain(now.0.keys()).collect();
        let same = |path: &PathBuf| {
            now.0.get(path).is_some_and(|seen| self.files.get(path).is_some_and(|sha256| *sha256 == seen.sha256))
        };
        let changed: Vec<_> = paths.into_iter().filter(|path| !same(path)).map(|path| name(path)).collect();
        if changed.is_empty() { Ok(now) } else { Err(changed) }
    }
}

impl Files {
    fn of(hook: &Hook, search: &OsStr) -> Result<Self, Unclear> {
        let command = match &hook.handler {
            Handler::Command { command, .. } => command,
            Handler::McpTool { .. } => return Err("a tool of an MCP server names no files".to_owned()),
        };
        let words = words(command)?;
        let (program, arguments) = words.split_first().ok_or("the command is empty")?;
        let mut files = Self::default();
        files.add(&found(program, search)?, search, DEPTH)?;
        if runs_its_arguments(program) && arguments.first().is_none_or(|word| word.starts_with('-')) {
            return Err(format!("{program} is not followed at once by the full path of what it runs"));
        }
        for word in arguments {
            match (word.starts_with('-'), word.split_once('=')) {
                (true, Some((_, value))) if value.contains('/') => files.add(Path::new(value), search, DEPTH)?,
                (true, _) if !word.contains('/') => {}
                _ => files.add(Path::new(word), search, DEPTH)?,
            }
        }
        Ok(files)
    }

    /// Adds a file, and where it is a script the program that runs it.
    fn add(&mut self, path: &Path, search: &OsStr, depth: usize) -> Result<(), Unclear> {
        let name = path.display();
        if !path.is_absolute() {
            return Err(format!("{name} is no full path, and the folder it would be found in is not always the same"));
        }
        let unreadable = |error: io::Error| format!("{name} cannot be read: {error}");
        let path = fs::canonicalize(path).map_err(unreadable)?;
        // A pipe must not block.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let mut file = fs::OpenOptions::new().read(true).custom_flags(flags).open(&path).map_err(unreadable)?;
        let meta = file.metadata().map_err(unreadable)?;
        if !meta.is_file() {
            return Err(format!("{name} is not a file"));
        }
        let (sha256, start) = hash(&mut file).map_err(unreadable)?;
        self.0.insert(path, Seen { sha256, stamp: Stamp::of(&meta) });
        match start.strip_prefix(b"#!") {
            None => Ok(()),
            Some(_) if depth == 0 => Err(format!("{name} is run by too many programs")),
            Some(line) => self.add_interpreter(line, search, depth - 1),
        }
    }

    /// Adds what the first line of a script names.
    fn add_interpreter(&mut self, start: &[u8], search: &OsStr, depth: usize) -> Result<(), Unclear> {
        let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = str::from_utf8(line).map_err(|_| "the first line of a script is not UTF-8")?;
        let mut words = line.split_ascii_whitespace();
        let program = words.next().ok_or("the first line of a script names no program")?;
        self.add(Path::new(program), search, depth)?;
        if Path::new(program).file_name() != Some(OsStr::new("env")) {
            return Ok(());
        }
        match (words.next(), words.next()) {
            (Some(name), None) if !name.starts_with('-') => self.add(&found(name, search)?, search, depth),
            _ => Err(format!("it is not clear what the first line of a script runs: {line}")),
        }
    }
}

/// Whether a program runs what its arguments name, whatever its version.
fn runs_its_arguments(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    RUNNERS.contains(&name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-'))
}

/// A program as the shell finds it.
fn found(program: &str, search: &OsStr) -> Result<PathBuf, Unclear> {
    if program.contains('/') {
        return Ok(program.into());
    }
    for folder in env::split_paths(search) {
        if !folder.is_absolute() {
            return Err(format!("PATH names {:?}, which is no full path", folder.display().to_string()));
        }
        let path = folder.join(program);
        if path.is_file() && access(&path, Access::EXEC_OK).is_ok() {
            return Ok(path);
        }
    }
    Err(format!("there is no program {program}"))
}

/// The words of a command that is nothing but words: letters, digits and `_@%+=:,./-`, between quotes blanks too.
fn words(command: &str) -> Result<Vec<String>, Unclear> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.trim_matches([' ', '\t']).chars() {
        match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == c => quote = None,
            (None, ' ' | '\t') => words.extend(word.take()),
            _ if c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c) => word.get_or_insert_default().push(c),
            (Some(_), ' ') => word.get_or_insert_default().push(c),
            _ => return Err(format!("{c:?} in the command may mean something to the shell")),
        }
    }
    if quote.is_some() {
        return Err("a quote in the command is not closed".to_owned());
    }
    words.extend(word);
    match words.first() {
        Some(first) if first.contains('=') => Err("the command begins by setting a variable".to_owned()),
        _ if words.iter().any(|word| word.is_empty() || word.starts_with('=')) => {
            Err("a word of the command is empty or begins with =".to_owned())
        }
        _ => Ok(words),
    }
}

/// The SHA-256 of a file and its beginning.
fn hash(file: &mut fs::File) -> io::Result<(String, Vec<u8>)> {
    let (mut hasher, mut start, mut buffer) = (Sha256::new(), Vec::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        if start.is_empty() {
            start.extend_from_slice(&buffer[..read.min(512)]);
        }
        hasher.update(&buffer[..read]);
    }
    Ok((hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), start))
}

#[cfg(test)]
mod tests;
