//! Output. What came from outside reaches the terminal only through here: no control character of it ever does, and no line of
//! it can be taken for one of ours.

use std::io::{self, Write};

use api::dto::{Folded, Piece};
use api::text::text;
use serde::Serialize;
use serde_json::Value;

/// One line of text on stdout.
pub(crate) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// One line of text on stderr.
pub(crate) fn warn(line: &str) {
    // Where nobody reads stderr, nobody can be told.
    let _ = writeln!(io::stderr(), "{line}");
}

/// One line of JSON.
pub(crate) fn json_line(value: &impl Serialize) -> io::Result<()> {
    say(&escaped(&serde_json::to_string(value)?))
}

/// Indented JSON.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    say(&escaped(&serde_json::to_string_pretty(value)?))
}

/// One line of CSV with its own end, and in it marks for what a terminal acts on or does not show.
pub(crate) fn csv_line(line: &str) -> io::Result<()> {
    let line = line.trim_end_matches("\r\n").replace("\r\n", "\n");
    write!(io::stdout(), "{}\r\n", marked(&line, |code| format!("[U+{code:04X}]")))
}

/// The same JSON, without characters that a terminal acts on or does not show. JSON itself leaves most of them alone.
fn escaped(json: &str) -> String {
    marked(json, |code| format!("\\u{code:04x}"))
}

/// The text with a mark for each character that a terminal acts on or does not show.
fn marked(text: &str, mark: impl Fn(u32) -> String) -> String {
    let mut marked = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => marked.push(character),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                marked.push_str(&mark(character.into()));
            }
            other if other.is_control() => marked.push_str(&mark(other.into())),
            other => marked.push(other),
        }
    }
    marked
}

/// Text from outside on one line.
pub(crate) fn line(pieces: &[Piece]) -> String {
    drawn(pieces).replace('\n', "[LF]").replace('\t', " ")
}

/// Text from outside over as many lines as it has, each behind `indent`.
pub(crate) fn block(pieces: &[Piece], indent: &str) -> String {
    let lines: Vec<_> = drawn(pieces).split('\n').map(|line| format!("{indent}{line}")).collect();
    lines.join("\n")
}

/// A bare text, such as an error's, on one line.
pub(crate) fn plain(text: &str) -> String {
    line(&api::pieces(text))
}

fn drawn(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text { text } => text.clone(),
        Piece::Mark { label, .. } => format!("[{label}]"),
        Piece::Fold { count, of, .. } => {
            let count = count.to_string();
            let fold = match of {
                Folded::Blanks => text("body.fold.blanks", &[("count", &count)]),
                Folded::LineBreaks => text("body.fold.lineBreaks", &[("count", &count)]),
            };
            format!("[{fold}]")
        }
    };
    pieces.iter().map(piece).collect()
}

/// A DTO as lines `name: value` behind `indent`; the names are those of the JSON.
pub(crate) fn fields(value: &Value, indent: &str) -> String {
    let Value::Object(object) = value else { return format!("{indent}{}", bare(value)) };
    let lines = object.iter().filter_map(|(name, value)| {
        let name = format!("{indent}{}", plain(name));
        let deeper = format!("{indent}  ");
        match value {
            Value::Null => None,
            // The patch itself stands beside them.
            Value::Array(_) if name.ends_with("lines") => None,
            Value::Array(items) if items.is_empty() => None,
            Value::Array(items) => Some(match serde_json::from_value::<Vec<Piece>>(value.clone()) {
                Ok(pieces) if drawn(&pieces).contains('\n') => format!("{name}:\n{}", block(&pieces, &deeper)),
                Ok(pieces) => format!("{name}: {}", line(&pieces)),
                Err(_) => {
                    let items: Vec<_> = items.iter().map(|item| fields(item, &deeper)).collect();
                    format!("{name}:\n{}", items.join("\n"))
                }
            }),
            Value::Object(_) => Some(format!("{name}:\n{}", fields(value, &deeper))),
            Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(format!("{name}: {}", bare(value))),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        other => plain(&other.to_string()),
    }
}

/// The word of a choice, as in the JSON.
pub(crate) fn word(choice: &impl Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => word,
        other => unreachable!("a choice is a word: {other:?}"),
    }
}

/// Columns of a list on one line; empty ones are left out.
pub(crate) fn columns<const N: usize>(columns: [String; N]) -> String {
    columns.into_iter().filter(|column| !column.is_empty()).collect::<Vec<_>>().join("  ")
}

/// How long, in milliseconds, as the windows say it.
pub(crate) fn duration(ms: &str) -> String {
    match ms.parse::<u64>() {
        Ok(ms @ ..1_000) => text("duration.ms", &[("ms", &ms.to_string())]),
        Ok(ms @ ..60_000) => text("duration.seconds", &[("seconds", &(ms / 1_000).to_string())]),
        Ok(ms) => {
            let (minutes, seconds) = ((ms / 60_000).to_string(), (ms / 1_000 % 60).to_string());
            text("duration.minutes", &[("minutes", &minutes), ("seconds", &seconds)])
        }
        Err(_) => plain(ms),
    }
}

/// A time of a DTO (milliseconds since the Unix epoch) in UTC, to the second.
pub(crate) fn time(ms: &str) -> String {
    let Ok(ms) = ms.parse::<i64>() else { return plain(ms) };
    let (days, seconds) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1000);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The Gregorian date of a day since 1970-01-01. Years are counted from March here, so that the leap day comes last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + later, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_act_and_cannot_forge_a_line() {
        let drawn = plain("rm\u{1b}[2J \u{202e}x\u{9b}31m\r\ny\tz");
        assert!(!drawn.chars().any(|character| character.is_control()), "{drawn:?}");
        assert!(drawn.contains("[ESC]") && drawn.contains("[LF]y z"), "{drawn}");
        assert_eq!(block(&api::pieces("a\nb"), "  "), "  a\n  b");
        assert_eq!(plain(&" ".repeat(300)), "[⋯ 300 blanks]");
    }

    #[test]
    fn what_a_dto_says_is_drawn_by_the_names_of_its_json() {
        let value = serde_json::json!({
            "none": null, "empty": [], "tool": "Ba\u{1b}sh", "outside": true,
            "short": api::pieces("a\u{202e}b"), "long": api::pieces("a\nb"),
            "action": { "kind": "shell", "items": [{ "name": "x" }] },
        });
        let expected = "action:\n  items:\n    name: x\n  kind: shell\nlong:\n  a\n  b\noutside: true\nshort: a[U+202E]b\n\
                        tool: Ba[ESC]sh";
        let mut lines: Vec<_> = expected.split('\n').collect();
        let drawn = fields(&value, "");
        let mut found: Vec<_> = drawn.split('\n').collect();
        lines.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, lines);
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = "\u{1b}\u{7f}\u{9b}\u{202e}\u{feff}é\n";
        let json = escaped(&serde_json::to_string(text).unwrap());
        assert!(json.chars().all(|character| character == 'é' || character.is_ascii_graphic()), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn times_are_dates_in_utc() {
        for (ms, expected) in [
            ("0", "1970-01-01T00:00:00Z"),
            ("951827696000", "2000-02-29T12:34:56Z"),
            ("1735689599999", "2024-12-31T23:59:59Z"),
            ("-1", "1969-12-31T23:59:59Z"),
            ("4107542400000", "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(time(ms), expected, "{ms}");
        }
        assert_eq!(time("\u{1b}"), "[ESC]");
    }
}
