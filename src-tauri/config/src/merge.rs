//! Two changes of one file put together.

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Where both changed the same lines, both stand there between marks.
    pub text: String,
    pub conflicts: usize,
}

/// What both made of `base`.
pub fn merge(base: &str, mine: &str, theirs: &str) -> Merged {
    // A last line without an end would be glued to a mark.
    let whole =
        |text: &str| if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let open = [mine, theirs].iter().all(|text| !text.ends_with('\n'));
    let cut = |text: String| if open { text.strip_suffix('\n').map_or(text.clone(), str::to_owned) } else { text };
    let mut options = diffy::MergeOptions::new();
    options.set_conflict_style(diffy::ConflictStyle::Merge);
    match options.merge(&whole(base), &whole(mine), &whole(theirs)) {
        Ok(text) => Merged { text: cut(text), conflicts: 0 },
        Err(text) => {
            let conflicts = text.lines().filter(|line| line.starts_with("<<<<<<<")).count();
            Merged { text: cut(text), conflicts }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3,\n  \"d\": 4\n}\n";

    #[test]
    fn changes_at_two_places_are_both_there() {
        let (mine, theirs) = (BASE.replace("1", "one"), BASE.replace("4", "four"));
        let both = mine.replace("4", "four");
        assert_eq!(merge(BASE, &mine, &theirs), Merged { text: both, conflicts: 0 });
        assert_eq!(merge(BASE, &mine, BASE).text, mine);
        assert_eq!(merge(BASE, &mine, &mine), Merged { text: mine, conflicts: 0 });
    }

    #[test]
    fn of_the_same_line_both_versions_are_kept() {
        let merged = merge(BASE, &BASE.replace("2", "mine"), &BASE.replace("2", "theirs"));
        assert_eq!(merged.conflicts, 1);
        assert_eq!(merge("a", "b", "c").text, "<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs");
        assert_eq!(merge("a\nb\nc", "1\nb\nc", "a\nb\n3").text, "1\nb\n3");
        assert!(merged.text.contains("\"b\": mine") && merged.text.contains("\"b\": theirs"), "{}", merged.text);
    }
}
