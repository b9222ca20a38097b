//! A change to files, as a person looks at it before it is made.

use config::{Change, Plan};
use similar::{ChangeTag, TextDiff};

use crate::card::pieces;
use crate::dto::{ChangeView, FileView, LineKindView, LineView, PlanView};

/// Unchanged lines around a changed one.
const CONTEXT: usize = 3;

pub(crate) fn view(plan: &Plan) -> PlanView {
    PlanView { digest: plan.digest(), files: plan.changes.iter().map(file).collect() }
}

pub(crate) fn file(change: &Change) -> FileView {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let (before, after) = (text(&change.before), text(&change.after));
    let kind = match (&change.before, &change.after) {
        (None, _) => ChangeView::Add,
        (_, None) => ChangeView::Delete,
        (Some(_), Some(_)) => ChangeView::Update,
    };
    let lines = lines(&before, &after);
    let count = |kind| u32::try_from(lines.iter().filter(|line| line.kind == kind).count()).unwrap_or(u32::MAX);
    FileView {
        path: pieces(&change.path.to_string_lossy()),
        change: kind,
        to: None,
        binary: false,
        added: count(LineKindView::Added),
        removed: count(LineKindView::Removed),
        lines,
    }
}

/// How one text differs from the other.
pub(crate) fn lines(before: &str, after: &str) -> Vec<LineView> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(CONTEXT) {
        let Some(first) = group.first() else { continue };
        let hunk = format!("@@ line {} @@", first.new_range().start + 1);
        lines.push(LineView { kind: LineKindView::Hunk, text: pieces(&hunk) });
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let kind = match change.tag() {
                ChangeTag::Equal => LineKindView::Context,
                ChangeTag::Insert => LineKindView::Added,
                ChangeTag::Delete => LineKindView::Removed,
            };
            lines.push(LineView { kind, text: pieces(change.value().trim_end_matches(['\n', '\r'])) });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let before = "one\ntwo\nthree\nfour\nfive\n";
        let after = before.replace("five", "5\nsix");
        let change = Change {
            path: "/x".into(),
            before: Some(before.into()),
            after: Some(after.into_bytes()),
            mode: Change::PRIVATE,
        };
        let file = file(&change);
        assert_eq!((file.change, file.added, file.removed), (ChangeView::Update, 2, 1));
        let kinds: Vec<_> = file.lines.iter().map(|line| line.kind).collect();
        use LineKindView::{Added, Context, Hunk, Removed};
        assert_eq!(kinds, [Hunk, Context, Context, Context, Removed, Added, Added]);
    }
}
