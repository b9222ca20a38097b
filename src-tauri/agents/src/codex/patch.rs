//! The patch language of `apply_patch`, read strictly, for display only.
//!
//! Codex is more forgiving (blanks around markers, a shell heredoc around it all). What is not plain gets `None`, and the patch
//! is shown as text: a reader that forgives differently than Codex would show something else than what happens.

use model::{Change, FileChange, Line, LineKind};

/// What the patch does to each file, or `None` unless every line of it is understood.
pub(super) fn files(patch: &str) -> Option<Vec<FileChange>> {
    let patch = patch.strip_suffix('\n').unwrap_or(patch);
    let body = patch.strip_prefix("*** Begin Patch\n")?.strip_suffix("\n*** End Patch")?;
    let mut files: Vec<FileChange> = Vec::new();
    for text in body.split('\n') {
        if let Some(file) = head(text) {
            files.push(file);
            continue;
        }
        let file = files.last_mut()?;
        if let Some(to) = text.strip_prefix("*** Move to: ") {
            if file.change != Change::Update || !file.lines.is_empty() {
                return None;
            }
            file.change = Change::Move { to: path(to)? };
        } else {
            let line = line(text)?;
            if !fits(&file.change, line.kind) {
                return None;
            }
            file.lines.push(line);
        }
    }
    Some(files)
}

fn head(text: &str) -> Option<FileChange> {
    let starts =
        [("*** Add File: ", Change::Add), ("*** Delete File: ", Change::Delete), ("*** Update File: ", Change::Update)];
    let (rest, change) = starts.into_iter().find_map(|(start, change)| Some((text.strip_prefix(start)?, change)))?;
    Some(FileChange { path: path(rest)?, change, lines: Vec::new() })
}

fn path(text: &str) -> Option<String> {
    (!text.is_empty() && text.trim() == text).then(|| text.to_owned())
}

fn line(text: &str) -> Option<Line> {
    let of = |kind, text: &str| Some(Line { kind, text: text.to_owned() });
    if text == "@@" || text.starts_with("@@ ") || text == "*** End of File" {
        return of(LineKind::Hunk, text);
    }
    match text.split_at_checked(1)? {
        ("+", added) => of(LineKind::Added, added),
        ("-", removed) => of(LineKind::Removed, removed),
        (" ", context) => of(LineKind::Context, context),
        _ => None,
    }
}

fn fits(change: &Change, kind: LineKind) -> bool {
    match change {
        Change::Add => kind == LineKind::Added,
        Change::Delete | Change::Write => false,
        Change::Update | Change::Move { .. } => true,
    }
}

/// One line per file and per line of its diff.
#[cfg(test)]
pub(super) fn sketch(files: &[FileChange]) -> String {
    let mut out = Vec::new();
    for file in files {
        out.push(match &file.change {
            Change::Add => format!("add {}", file.path),
            Change::Delete => format!("delete {}", file.path),
            Change::Update => format!("update {}", file.path),
            Change::Move { to } => format!("move {} to {to}", file.path),
            Change::Write => format!("write {}", file.path),
        });
        for line in &file.lines {
            let mark = match line.kind {
                LineKind::Hunk => '@',
                LineKind::Context => '=',
                LineKind::Added => '+',
                LineKind::Removed => '-',
            };
            out.push(format!("{mark}{}", line.text));
        }
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{files, sketch};

    #[test]
    fn understood() {
        for (name, body, expected) in [
            ("add", "*** Add File: made.txt\n+hello\n+", "add made.txt\n+hello\n+"),
            ("add an empty file", "*** Add File: a", "add a"),
            ("delete", "*** Delete File: a b.txt", "delete a b.txt"),
            (
                "update",
                "*** Update File: a\n@@ fn main() {\n let x\n-old\n+new",
                "update a\n@@@ fn main() {\n=let x\n-old\n+new",
            ),
            ("update without a hunk mark", "*** Update File: a\n-old\n+new", "update a\n-old\n+new"),
            ("end of file", "*** Update File: a\n@@\n+new\n*** End of File", "update a\n@@@\n+new\n@*** End of File"),
            ("move", "*** Update File: a\n*** Move to: b\n@@\n-x\n+y", "move a to b\n@@@\n-x\n+y"),
            (
                "several files",
                "*** Add File: a\n+1\n*** Delete File: b\n*** Update File: c\n@@\n+2",
                "add a\n+1\ndelete b\nupdate c\n@@@\n+2",
            ),
            (
                "markers inside a file's text",
                "*** Add File: a\n+*** Delete File: b\n+*** End Patch",
                "add a\n+*** Delete File: b\n+*** End Patch",
            ),
        ] {
            for end in ["", "\n"] {
                let patch = format!("*** Begin Patch\n{body}\n*** End Patch{end}");
                assert_eq!(files(&patch).as_deref().map(sketch).as_deref(), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn not_understood() {
        for (name, patch) in [
            ("empty", ""),
            ("no begin", "*** Add File: a\n+1\n*** End Patch"),
            ("no end", "*** Begin Patch\n*** Add File: a\n+1"),
            ("nothing in it", "*** Begin Patch\n*** End Patch"),
            ("text in front", "x\n*** Begin Patch\n*** Delete File: a\n*** End Patch"),
            ("text behind", "*** Begin Patch\n*** Delete File: a\n*** End Patch\nrm b"),
            ("heredoc", "<<'EOF'\n*** Begin Patch\n*** Delete File: a\n*** End Patch\nEOF"),
            ("a line before the first file", "*** Begin Patch\n+1\n*** End Patch"),
            ("no path", "*** Begin Patch\n*** Delete File: \n*** End Patch"),
            ("blanks around a path", "*** Begin Patch\n*** Delete File: a \n*** End Patch"),
            ("carriage return after a path", "*** Begin Patch\n*** Delete File: a\r\n*** End Patch"),
            ("blanks before a marker", "*** Begin Patch\n*** Add File: a\n+1\n  *** Delete File: b\n*** End Patch"),
            ("unknown marker", "*** Begin Patch\n*** Chmod File: a\n*** End Patch"),
            ("unknown marker in a hunk", "*** Begin Patch\n*** Update File: a\n*** Mode: 755\n+1\n*** End Patch"),
            ("context in an added file", "*** Begin Patch\n*** Add File: a\n 1\n*** End Patch"),
            ("lines in a deleted file", "*** Begin Patch\n*** Delete File: a\n-1\n*** End Patch"),
            ("blank line", "*** Begin Patch\n*** Update File: a\n+1\n\n+2\n*** End Patch"),
            ("moved twice", "*** Begin Patch\n*** Update File: a\n*** Move to: b\n*** Move to: c\n+1\n*** End Patch"),
            ("moved late", "*** Begin Patch\n*** Update File: a\n+1\n*** Move to: b\n*** End Patch"),
            ("an added file moved", "*** Begin Patch\n*** Add File: a\n*** Move to: b\n*** End Patch"),
        ] {
            assert_eq!(files(patch), None, "{name}");
        }
    }
}
