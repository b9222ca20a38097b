//! A request as rules see it: every folder and file resolved now, at decision time.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use decisions::command::{self, Line};
use decisions::rules::Facts;
use model::{Action, Agent, Change, PermissionRequest, SessionId, Timestamp};

use crate::Paths;

/// What rules are told of a request.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(super) agent: Agent,
    pub(super) session: SessionId,
    pub(super) project: Option<PathBuf>,
    runs_in: Option<PathBuf>,
    tool: String,
    action: Action,
    pub(crate) line: Option<Line>,
    files: Option<Vec<PathBuf>>,
    pub(super) exposed: bool,
}

impl Subject {
    /// Asks the file system where everything is.
    pub(super) fn of(request: &PermissionRequest, paths: &Paths) -> Self {
        let canonical = |path: &Path| path.is_absolute().then(|| path.canonicalize().ok()).flatten();
        let project = request.project.as_deref().and_then(canonical);
        let runs_in = canonical(&request.runs_in);
        let line = match &request.action {
            Action::Shell { command } | Action::Network { command, .. } => Some(command::read(command)),
            Action::Patch { .. }
            | Action::Mcp { .. }
            | Action::Stdin { .. }
            | Action::Permissions { .. }
            | Action::Unknown { .. } => None,
        };
        let folders = [request.project.as_deref(), Some(&request.runs_in), project.as_deref(), runs_in.as_deref()];
        let own = own(paths);
        let exposed = folders.into_iter().flatten().any(|folder| exposes(folder, &own));
        Self {
            agent: request.agent,
            session: request.session.clone(),
            line,
            files: files(&request.action, runs_in.as_deref()),
            exposed,
            project,
            runs_in,
            tool: request.tool.clone(),
            action: request.action.clone(),
        }
    }

    pub(super) fn facts(&self, now: Timestamp) -> Facts<'_> {
        Facts {
            agent: self.agent,
            session: &self.session,
            project: self.project.as_deref(),
            runs_in: self.runs_in.as_deref(),
            tool: &self.tool,
            action: &self.action,
            line: self.line.as_ref(),
            files: self.files.as_deref(),
            exposed: self.exposed,
            now,
        }
    }
}

/// The folders of our own files, as they are called and without links.
fn own(paths: &Paths) -> Vec<PathBuf> {
    paths.own().into_iter().flat_map(|own| [Some(own.to_owned()), resolved(own)]).flatten().collect()
}

/// Whether who may write in this folder may write our own files.
fn exposes(folder: &Path, own: &[PathBuf]) -> bool {
    own.iter().any(|own| own.starts_with(folder) || folder.starts_with(own))
}

/// Every file that the action changes, without links; `None` where that cannot be told for all of them.
fn files(action: &Action, runs_in: Option<&Path>) -> Option<Vec<PathBuf>> {
    let Action::Patch { files, .. } = action else { return None };
    if files.is_empty() {
        return None;
    }
    let runs_in = runs_in?;
    let mut found = Vec::new();
    for file in files {
        let path = runs_in.join(&file.path);
        found.push(resolved(&path)?);
        match &file.change {
            Change::Add | Change::Update | Change::Write => {}
            // A link itself goes then, not what it leads to.
            Change::Delete => found.push(in_its_folder(&path)?),
            Change::Move { to } => found.extend([in_its_folder(&path)?, resolved(&runs_in.join(to))?]),
        }
    }
    found.dedup();
    Some(found)
}

/// The path without links, also of what is not there yet.
fn resolved(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(path) => Some(path),
        // A link that leads nowhere: what is made there is made elsewhere.
        Err(_) if fs::symlink_metadata(path).is_ok() => None,
        Err(_) => in_its_folder(path),
    }
}

/// The same name in the folder without links.
fn in_its_folder(path: &Path) -> Option<PathBuf> {
    let name: &OsStr = match path.components().next_back()? {
        Component::Normal(name) => name,
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => return None,
    };
    Some(resolved(path.parent()?)?.join(name))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use model::FileChange;

    use super::*;

    fn patch(changes: &[(&str, Change)]) -> Action {
        let file = |(path, change): &(&str, Change)| FileChange {
            path: (*path).to_owned(),
            change: change.clone(),
            lines: Vec::new(),
        };
        Action::Patch { files: changes.iter().map(file).collect(), text: String::new() }
    }

    #[test]
    fn files_are_where_links_lead() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("repo/sub")).unwrap();
        fs::create_dir(root.join("other")).unwrap();
        fs::write(root.join("other/secret"), "").unwrap();
        symlink(root.join("other"), root.join("repo/link")).unwrap();
        symlink(root.join("other/secret"), root.join("repo/file")).unwrap();
        symlink(root.join("other/none"), root.join("repo/nowhere")).unwrap();
        let check = |path: &str, change: Change, expected: Option<&[&str]>| {
            let found = files(&patch(&[(path, change)]), Some(&root.join("repo")));
            let expected = expected.map(|paths| paths.iter().map(|path| root.join(path)).collect::<Vec<_>>());
            assert_eq!(found, expected, "{path}");
        };
        check("sub/new", Change::Add, Some(&["repo/sub/new"]));
        check("deep/er/new", Change::Add, Some(&["repo/deep/er/new"]));
        check("link/new", Change::Add, Some(&["other/new"]));
        check("sub/../../other/new", Change::Add, Some(&["other/new"]));
        check("none/../new", Change::Add, None);
        check("file", Change::Update, Some(&["other/secret"]));
        check("file", Change::Write, Some(&["other/secret"]));
        check("file", Change::Delete, Some(&["other/secret", "repo/file"]));
        check("nowhere", Change::Add, None);
        check("sub", Change::Move { to: "link/sub".to_owned() }, Some(&["repo/sub", "other/sub"]));
        assert_eq!(files(&patch(&[]), Some(&root)), None, "a patch that was not understood");
        assert_eq!(files(&patch(&[("x", Change::Add)]), None), None);
    }

    #[test]
    fn our_own_files_are_exposed_above_and_below() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let home = home.path().canonicalize().unwrap();
        for (folder, expected) in [("", true), ("config", true), ("state/spool", true), ("src", false)] {
            assert_eq!(exposes(&home.join(folder), &own(&paths)), expected, "{folder}");
        }
        assert!(exposes(Path::new("/"), &own(&paths)));
    }
}
