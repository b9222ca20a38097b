//! What a check asks of the machine. Files are looked at, nothing is run.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where programs and scripts are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Folders of `PATH`.
    pub path: Vec<PathBuf>,
    pub home: Option<PathBuf>,
    /// Programs that will be there once the file is saved.
    pub coming: Vec<PathBuf>,
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Missing,
    /// It can be read, and not run by itself.
    Plain,
    Program,
}

impl Machine {
    /// This one, as this process sees it.
    pub fn here() -> Self {
        let path = env::var_os("PATH").map(|path| env::split_paths(&path).collect());
        Self { path: path.unwrap_or_default(), home: env::home_dir(), coming: Vec::new() }
    }

    pub(super) fn standing(&self, path: &Path) -> Standing {
        if self.coming.iter().any(|coming| coming == path) { Standing::Program } else { standing(path) }
    }

    pub(super) fn has_program(&self, name: &str) -> bool {
        self.path.iter().any(|folder| standing(&folder.join(name)) == Standing::Program)
    }

    /// The top of the working tree to which a project's file belongs; `None` for a person's own files, which are used everywhere.
    pub(super) fn root(&self, file: &Path) -> Option<PathBuf> {
        let codex = file.parent().filter(|folder| folder.ends_with(".codex"))?;
        let project = codex.parent().filter(|folder| Some(*folder) != self.home.as_deref())?;
        project.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
    }
}

fn standing(path: &Path) -> Standing {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => Standing::Program,
        Ok(_) => Standing::Plain,
        Err(_) => Standing::Missing,
    }
}
