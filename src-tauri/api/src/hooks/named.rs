//! The files that a command names, so that a person can look at them. Kind, where a grant is strict: what is not understood of a
//! command names nothing.

use std::path::{Path, PathBuf};

/// How often a word is taken for a command of its own, as in `sh -c '…'` and in what records a hook.
const DEPTH: usize = 2;

/// What a command's words stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Around<'a> {
    /// In which it runs.
    pub(crate) folder: &'a Path,
    pub(crate) home: &'a Path,
    pub(crate) codex_home: &'a Path,
}

/// The files that are there, each once, in the order of the command.
pub(crate) fn files(command: &str, around: &Around) -> Vec<PathBuf> {
    let mut found = Vec::new();
    add(&mut found, command, around, DEPTH);
    found
}

fn add(found: &mut Vec<PathBuf>, command: &str, around: &Around, depth: usize) {
    for word in words(command, around) {
        let value = word.split_once('=').map(|(_, value)| value);
        let paths = [Some(word.as_str()), value].into_iter().flatten().filter(|word| !word.is_empty());
        let there = paths.map(|path| around.folder.join(path)).find(|path| path.is_file());
        match there {
            Some(path) if !found.contains(&path) => found.push(path),
            Some(_) => {}
            None if depth > 0 && word.contains(is_shell) => add(found, &word, around, depth - 1),
            None => {}
        }
    }
}

/// Whether a word with it may be a command of its own.
fn is_shell(c: char) -> bool {
    c.is_whitespace() || "'\"$~;&|".contains(c)
}

/// The words of a command, quotes taken off and what is known filled in.
fn words(command: &str, around: &Around) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut rest = command;
    while let Some(c) = rest.chars().next() {
        let mut after = &rest[c.len_utf8()..];
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None | Some('"'), '\\') => {
                let mut escaped = after.chars();
                word.extend(escaped.next());
                after = escaped.as_str();
            }
            (None | Some('"'), '$') => match filled(rest, around) {
                Some((path, left)) => {
                    word += &path.to_string_lossy();
                    after = left;
                }
                None => word.push(c),
            },
            (None, '~') if word.is_empty() && after.starts_with('/') => word += &around.home.to_string_lossy(),
            (None, _) if c.is_whitespace() || ";&|()<>`".contains(c) => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
        rest = after;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// The folder that stands at the beginning of this text as a variable or a command, and what comes after it.
fn filled<'t>(text: &'t str, around: &Around) -> Option<(PathBuf, &'t str)> {
    let named = |name: &str| match name {
        "HOME" => Some(around.home.to_owned()),
        "PWD" => Some(around.folder.to_owned()),
        "CODEX_HOME" => Some(around.codex_home.to_owned()),
        _ => None,
    };
    if let Some(inner) = text.strip_prefix("$(") {
        let (command, left) = inner.split_once(')')?;
        return match command.trim() {
            "pwd" => Some((around.folder.to_owned(), left)),
            command if command.starts_with("git rev-parse --show-toplevel") => Some((root(around.folder), left)),
            _ => None,
        };
    }
    if let Some(inner) = text.strip_prefix("${") {
        let (variable, left) = inner.split_once('}')?;
        let name = variable.split(':').next().unwrap_or(variable);
        return Some((named(name)?, left));
    }
    let name = text.strip_prefix('$')?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    Some((named(&name[..end])?, &name[end..]))
}

/// The folder of the git repository around this one; without one, itself.
fn root(folder: &Path) -> PathBuf {
    let found = folder.ancestors().find(|folder| folder.join(".git").exists());
    found.unwrap_or(folder).to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[track_caller]
    fn check(command: &str, expected: &[&str]) {
        let temp = tempfile::tempdir().unwrap();
        let base = temp.path().canonicalize().unwrap();
        for file in ["repo/.git/x", "repo/.codex/hooks/guard.sh", "repo/in/local.py", "home/bin/my guard", "codex/c.sh"]
        {
            fs::create_dir_all(base.join(file).parent().unwrap()).unwrap();
            fs::write(base.join(file), "text").unwrap();
        }
        let (folder, home, codex_home) = (base.join("repo/in"), base.join("home"), base.join("codex"));
        let around = Around { folder: &folder, home: &home, codex_home: &codex_home };
        let command = command.replace('@', &base.to_string_lossy());
        let expected: Vec<_> = expected.iter().map(|name| base.join(name)).collect();
        assert_eq!(files(&command, &around), expected, "{command}");
    }

    #[test]
    fn files_are_found_however_they_are_named() {
        let guard = ["repo/.codex/hooks/guard.sh"];
        for command in [
            "@/repo/.codex/hooks/guard.sh",
            "'@/repo/.codex/hooks/guard.sh' --strict",
            "\"$(git rev-parse --show-toplevel)/.codex/hooks/guard.sh\"",
            "sh \"$(git rev-parse --show-toplevel 2>/dev/null || pwd)/.codex/hooks/guard.sh\" || true",
            "bash -c 'cd / && \"@/repo/.codex/hooks/guard.sh\"; true'",
            "[ -x @/repo/.codex/hooks/guard.sh ] && @/repo/.codex/hooks/guard.sh",
            "set -- '\"$(git rev-parse --show-toplevel)/.codex/hooks/guard.sh\"'; exec \"$0\" -c \"$1\"",
            "G=@/repo/.codex/hooks/guard.sh true",
            "@/repo/.codex/hooks/gua\\rd.sh>/dev/null",
        ] {
            check(command, &guard);
        }
        check("python3 local.py", &["repo/in/local.py"]);
        check("python3 ./local.py && sh \"${CODEX_HOME:-$HOME/.codex}/c.sh\"", &["repo/in/./local.py", "codex/c.sh"]);
        check("\"$HOME/bin/my guard\"", &["home/bin/my guard"]);
        check("~/bin/my\\ guard", &["home/bin/my guard"]);
        check("${HOME}/'bin/my guard'", &["home/bin/my guard"]);
        check("node --import=$PWD/local.py", &["repo/in/local.py"]);
    }

    #[test]
    fn what_is_not_there_or_not_understood_names_nothing() {
        for command in
            ["", "true", "\"$GUARD/c.sh\"", "'$HOME/bin/my guard'", "$(dirname $0)/c.sh", "@/codex", "'@", "\\"]
        {
            check(command, &[]);
        }
    }
}
