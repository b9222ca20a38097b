//! Whether the desktop starts Hookwright at login: a file in the desktop's own autostart folder (XDG Autostart specification).

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::{Error, Paths};

pub(crate) fn is_set(paths: &Paths) -> bool {
    // A file that says `Hidden=true` is the desktop's own way to switch an entry off.
    fs::read_to_string(paths.autostart()).is_ok_and(|text| !text.lines().any(|line| line.trim() == "Hidden=true"))
}

pub(crate) fn set(paths: &Paths, on: bool) -> Result<(), Error> {
    let path = paths.autostart();
    let done = if on { write(paths, &path) } else { remove(&path) };
    done.map_err(|source| Error::File { path, source })
}

fn write(paths: &Paths, path: &Path) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let command: Vec<_> = command(paths)?.iter().map(|word| quoted(word)).collect();
    let text = format!(
        "[Desktop Entry]\nType=Application\nName=Hookwright\nExec={}\nX-GNOME-Autostart-enabled=true\n",
        command.join(" ")
    );
    fs::write(path, text)
}

/// The words that start this application with these paths.
pub(crate) fn command(paths: &Paths) -> io::Result<Vec<String>> {
    let program = std::env::current_exe()?.with_file_name("hookwright-desktop");
    let mut words = Vec::new();
    if let Some(home) = paths.home() {
        words.extend(["env".to_owned(), format!("HOOKWRIGHT_HOME={}", home.display())]);
    }
    words.push(program.display().to_string());
    Ok(words)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// One word of an `Exec` line (Desktop Entry Specification, "The Exec key"): quoted, and the quoting escaped once more as a string.
fn quoted(word: &str) -> String {
    let mut quoted = String::from("\"");
    for character in word.chars() {
        match character {
            '"' | '`' | '$' => quoted.extend(['\\', '\\', character]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_file_that_comes_and_goes() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        assert!(!is_set(&paths));
        set(&paths, true).unwrap();
        assert!(is_set(&paths));
        let text = fs::read_to_string(paths.autostart()).unwrap();
        assert!(text.contains("hookwright-desktop\"") && text.contains("\"HOOKWRIGHT_HOME="), "{text}");
        fs::write(paths.autostart(), format!("{text}Hidden=true\n")).unwrap();
        assert!(!is_set(&paths));
        set(&paths, false).unwrap();
        set(&paths, false).unwrap();
        assert!(!paths.autostart().exists());
    }

    #[test]
    fn words_are_quoted_as_the_desktop_reads_them() {
        assert_eq!(quoted("/opt/my app/x"), "\"/opt/my app/x\"");
        assert_eq!(quoted("100%"), "\"100%%\"");
        assert_eq!(quoted("a$b\"c`d\\"), r#""a\\$b\\"c\\`d\\\\""#);
    }
}
