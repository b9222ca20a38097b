//! `Edit`, `Write` and `MultiEdit`: names that Codex 0.169 takes for `apply_patch` in matchers, with the input that other agents
//! give them. For display and rules; nothing is applied.

use model::{Change, FileChange, Line, LineKind};

use super::wire::{self, Edit, MultiEdit, RawValue, Replacement, Write};

/// What the tool does to its file, or `None` where the input does not fit.
pub(super) fn file(tool: &str, input: &RawValue) -> Option<FileChange> {
    let (path, change, lines) = match tool {
        "Write" => {
            let Write { file_path, content } = wire::read(input)?;
            (file_path, Change::Write, written(&content))
        }
        "Edit" => {
            let Edit { file_path, old_string, new_string, replace_all } = wire::read(input)?;
            let edit = Replacement { old_string, new_string, replace_all };
            (file_path, Change::Update, replaced(&edit, replace_all.then(|| REPLACE_ALL.to_owned())))
        }
        _ => {
            let MultiEdit { file_path, edits } = wire::read(input)?;
            let lines = edits.iter().enumerate().flat_map(|(at, edit)| {
                let all = if edit.replace_all { format!(" {REPLACE_ALL}") } else { String::new() };
                replaced(edit, Some(format!("edits[{at}]{all}")))
            });
            (file_path, Change::Update, lines.collect())
        }
    };
    (!path.is_empty() && (change == Change::Write || !lines.is_empty())).then_some(FileChange { path, change, lines })
}

/// The field's own name: what is replaced is replaced everywhere in the file.
const REPLACE_ALL: &str = "replace_all";
/// As git says it.
const NO_NEWLINE: &str = "\\ No newline at end of file";

fn written(content: &str) -> Vec<Line> {
    let whole = content.strip_suffix('\n');
    let mut lines: Vec<_> = match content {
        "" => Vec::new(),
        _ => whole.unwrap_or(content).split('\n').map(|text| line(LineKind::Added, text)).collect(),
    };
    if whole.is_none() && !lines.is_empty() {
        lines.push(line(LineKind::Hunk, NO_NEWLINE));
    }
    lines
}

/// Old and new text, line by line; lines that both begin or end with are context. A last line is there also where it is empty:
/// whether a text ends with a newline is all that some edits change.
fn replaced(edit: &Replacement, mark: Option<String>) -> Vec<Line> {
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = match edit.old_string.as_str() {
        "" => (Vec::new(), lines(&edit.new_string)),
        old => (lines(old), if edit.new_string.is_empty() { Vec::new() } else { lines(&edit.new_string) }),
    };
    let same = |(old, new): &(&String, &String)| old == new;
    let before = old.iter().zip(&new).take_while(same).count();
    let after = old[before..].iter().rev().zip(new[before..].iter().rev()).take_while(same).count();
    let parts = [
        (LineKind::Context, &old[..before]),
        (LineKind::Removed, &old[before..old.len() - after]),
        (LineKind::Added, &new[before..new.len() - after]),
        (LineKind::Context, &old[old.len() - after..]),
    ];
    let drawn = parts.into_iter().flat_map(|(kind, texts)| texts.iter().map(move |text| line(kind, text)));
    mark.map(|mark| line(LineKind::Hunk, &mark)).into_iter().chain(drawn).collect()
}

fn line(kind: LineKind, text: &str) -> Line {
    Line { kind, text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use model::Action;

    use super::super::{action, patch, wire};

    /// How a call is shown: its file and the lines of its diff, or `?` where it is not understood.
    fn shown(tool: &str, input: &str) -> String {
        let raw = serde_json::from_str::<&wire::RawValue>(input).unwrap();
        match action::read(tool, raw).0 {
            Action::Patch { files, text } => {
                assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), serde_json::json!(raw));
                patch::sketch(&files)
            }
            _ => "?".to_owned(),
        }
    }

    #[test]
    fn what_becomes_of_the_file() {
        for (name, tool, input, expected) in [
            ("written", "Write", r#"{"file_path":"/a","content":"1\n2\n"}"#, "write /a\n+1\n+2"),
            (
                "no newline at its end",
                "Write",
                r#"{"file_path":"/a","content":"1"}"#,
                "write /a\n+1\n@\\ No newline at end of file",
            ),
            ("an empty one", "Write", r#"{"file_path":"a b","content":""}"#, "write a b"),
            ("one empty line", "Write", r#"{"file_path":"a","content":"\n"}"#, "write a\n+"),
            (
                "edited",
                "Edit",
                r#"{"file_path":"/a","old_string":"x\nold\ny","new_string":"x\nnew\nmore\ny"}"#,
                "update /a\n=x\n-old\n+new\n+more\n=y",
            ),
            (
                "everywhere",
                "Edit",
                r#"{"file_path":"/a","old_string":"old","new_string":"","replace_all":true}"#,
                "update /a\n@replace_all\n-old",
            ),
            ("put in", "Edit", r#"{"file_path":"/a","old_string":"","new_string":"new"}"#, "update /a\n+new"),
            (
                "only a newline goes",
                "Edit",
                r#"{"file_path":"/a","old_string":"x\n","new_string":"x"}"#,
                "update /a\n=x\n-",
            ),
            (
                "the same line twice",
                "Edit",
                r#"{"file_path":"/a","old_string":"x\nx","new_string":"x"}"#,
                "update /a\n=x\n-x",
            ),
            (
                "several",
                "MultiEdit",
                r#"{"file_path":"/a","edits":[{"old_string":"a","new_string":"b"},{"old_string":"c","new_string":"d","replace_all":true}]}"#,
                "update /a\n@edits[0]\n-a\n+b\n@edits[1] replace_all\n-c\n+d",
            ),
        ] {
            assert_eq!(shown(tool, input), expected, "{name}");
        }
    }

    #[test]
    fn not_understood() {
        for (name, tool, input) in [
            ("no path", "Write", r#"{"file_path":"","content":"x"}"#),
            ("a field that is not known", "Write", r#"{"file_path":"/a","content":"x","mode":"0755"}"#),
            ("a field twice", "Write", r#"{"file_path":"/a","file_path":"/b","content":"x"}"#),
            ("no text", "Edit", r#"{"file_path":"/a","old_string":"x"}"#),
            ("no edit", "MultiEdit", r#"{"file_path":"/a","edits":[]}"#),
            (
                "another path in an edit",
                "MultiEdit",
                r#"{"file_path":"/a","edits":[{"file_path":"/b","old_string":"x","new_string":"y"}]}"#,
            ),
            ("another tool's input", "Edit", r#"{"command":"*** Begin Patch"}"#),
            ("another spelling", "edit", r#"{"file_path":"/a","old_string":"x","new_string":"y"}"#),
        ] {
            assert_eq!(shown(tool, input), "?", "{name}");
        }
    }
}
