//! JSON text made readable without reading it: every character stays, only blanks between tokens change.

/// Longer text stays as it came: indenting could make it many times longer.
const LONGEST: usize = 1 << 20;
/// Deeper levels stay on one line.
const DEEPEST: usize = 16;

/// Indents `json`, which must be valid JSON.
pub(super) fn indent(json: &str) -> String {
    if json.len() > LONGEST {
        return json.to_owned();
    }
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0usize;
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push(c);
                copy_string(&mut chars, &mut out);
            }
            '{' | '[' => {
                out.push(c);
                skip_blanks(&mut chars);
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    new_line(&mut out, depth, depth);
                }
            }
            '}' | ']' => {
                new_line(&mut out, depth, depth.saturating_sub(1));
                depth = depth.saturating_sub(1);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth, depth);
            }
            ':' => out.push_str(": "),
            ' ' | '\t' | '\n' | '\r' => {}
            _ => out.push(c),
        }
    }
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn copy_string(chars: &mut Chars<'_>, out: &mut String) {
    while let Some(c) = chars.next() {
        out.push(c);
        match c {
            '"' => return,
            '\\' => out.extend(chars.next()),
            _ => {}
        }
    }
}

fn skip_blanks(chars: &mut Chars<'_>) {
    while chars.next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r')).is_some() {}
}

fn new_line(out: &mut String, level: usize, blanks: usize) {
    if level <= DEEPEST {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", blanks));
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, indent};

    #[test]
    fn only_blanks_change() {
        for (json, expected) in [
            ("{}", "{}"),
            ("[ \n ]", "[]"),
            ("5", "5"),
            (r#""a{b""#, r#""a{b""#),
            (r#"{"a":1,"b":[true,null]}"#, "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}"),
            (r#"{"a":"\"}, {","a":1e999}"#, "{\n  \"a\": \"\\\"}, {\",\n  \"a\": 1e999\n}"),
        ] {
            assert_eq!(indent(json), expected);
        }
    }

    #[test]
    fn depth_and_length_do_not_explode() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(indent(&deep).len() < 2 * deep.len());
        let long = format!("[{}0]", "0,".repeat(LONGEST));
        assert_eq!(indent(&long), long);
    }
}
