//! Paths that deserve a second look, and patches.

use std::path::{Component, Path, PathBuf};

use model::{Change, FileChange};

use super::{Hint, Place, Risk};

/// Names of files and folders that usually hold secrets.
const SECRET_NAMES: [&str; 19] = [
    ".aws",
    ".azure",
    ".bash_history",
    ".docker",
    ".env",
    ".git-credentials",
    ".gnupg",
    ".kube",
    ".netrc",
    ".npmrc",
    ".password-store",
    ".pgpass",
    ".pypirc",
    ".ssh",
    ".vault-token",
    ".zsh_history",
    "auth.json",
    "credentials.json",
    "keyrings",
];
/// Names of private keys begin and end so.
const SECRET_STARTS: [&str; 5] = [".env.", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa"];
const SECRET_ENDS: [&str; 7] = [".jks", ".kdbx", ".key", ".keystore", ".p12", ".pem", ".pfx"];
/// Files that only look like them.
const PUBLIC_ENDS: [&str; 5] = [".dist", ".example", ".pub", ".sample", ".template"];
/// Places outside every project where a write means little.
const SCRATCH: [&str; 4] = ["/dev/fd", "/dev/shm", "/tmp", "/var/tmp"];
const NOWHERE: [&str; 4] = ["/dev/null", "/dev/stderr", "/dev/stdout", "/dev/tty"];

pub(super) fn patch(found: &mut Vec<Hint>, files: &[FileChange], text: &str, place: Place<'_>) {
    let mut hint = |risk, words: &str| found.push(Hint { risk, words: words.to_owned(), step: None });
    if files.is_empty() {
        hint(Risk::Unreadable, text.lines().next().unwrap_or_default());
    }
    for file in files {
        let to = match &file.change {
            Change::Delete => {
                hint(Risk::Deletes, &file.path);
                None
            }
            Change::Move { to } => Some(to),
            Change::Write => {
                hint(Risk::Overwrites, &file.path);
                None
            }
            Change::Add | Change::Update => None,
        };
        for path in [&file.path].into_iter().chain(to) {
            if holds_secrets(path) {
                hint(Risk::ReadsSecrets, path);
            }
            if is_outside(path, place) {
                hint(Risk::WritesOutside, path);
            }
        }
    }
}

pub(super) fn holds_secrets(path: &str) -> bool {
    let secret = |name: &str| {
        let named = SECRET_NAMES.contains(&name) || SECRET_STARTS.iter().any(|start| name.starts_with(start));
        (named || SECRET_ENDS.iter().any(|end| name.len() > end.len() && name.ends_with(end)))
            && !PUBLIC_ENDS.iter().any(|end| name.ends_with(end))
    };
    path.split('/').any(secret) || path.contains(".config/gh/hosts") || path.starts_with("/etc/shadow")
}

/// Whether a write there leaves the project, or the folder in which the agent acts where no project is known. By the
/// text alone: links are not followed.
pub(super) fn is_outside(path: &str, place: Place<'_>) -> bool {
    let root = place.project.unwrap_or(place.runs_in);
    if let Some(below_home) = path.strip_prefix("~/").or_else(|| path.strip_prefix("$HOME/")) {
        // Where home is nobody knows here; the project's own path may tell that this is in it.
        return !Path::new(below_home).ancestors().any(|part| !part.as_os_str().is_empty() && root.ends_with(part));
    }
    if path.starts_with('~') || path == "$HOME" {
        return true;
    }
    let path = normal(&place.runs_in.join(path));
    !path.starts_with(root)
        && !SCRATCH.iter().any(|scratch| path.starts_with(scratch))
        && !NOWHERE.iter().any(|nowhere| path == Path::new(nowhere))
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => normal.push(part),
        }
    }
    normal
}
