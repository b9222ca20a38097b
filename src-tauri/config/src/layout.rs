//! How a file is written, and new JSON in the same way.

use std::ops::Range;

use agents::codex::install::Entry;
use serde_json::Value;

/// How a file is written.
pub(crate) struct Style {
    /// Whether it has more than one line.
    pub(crate) in_lines: bool,
    pub(crate) eol: &'static str,
    /// One level of indentation.
    pub(crate) unit: String,
    /// From the end of a key to its value.
    pub(crate) colon: String,
    /// Behind a comma, where elements stand on one line.
    pub(crate) gap: &'static str,
    /// Inside the braces of an object on one line.
    pub(crate) pad: &'static str,
}

impl Style {
    /// Of a JSON text: from its outermost object, and from the name and the value of its first property.
    pub(crate) fn of_json(text: &str, root: &Range<usize>, first: Option<(&Range<usize>, &Range<usize>)>) -> Self {
        let colon = first.map(|(name, value)| &text[name.end..value.start]);
        let colon = colon.filter(|colon| !colon.contains('\n')).unwrap_or(": ");
        let unit = first.map(|(name, _)| &text[root.start + 1..name.start]);
        let unit = unit.and_then(|blanks| blanks.rsplit_once('\n')).map_or("  ", |(_, unit)| unit);
        Self {
            in_lines: first.is_none() || text.trim().contains('\n'),
            eol: eol(text),
            unit: unit.to_owned(),
            colon: colon.to_owned(),
            gap: if colon.ends_with(' ') { " " } else { "" },
            pad: "",
        }
    }

    pub(crate) fn of_toml(text: &str) -> Self {
        Self { in_lines: false, eol: eol(text), unit: String::new(), colon: " = ".to_owned(), gap: " ", pad: " " }
    }
}

fn eol(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// How one value is written.
#[derive(Clone, Copy)]
pub(crate) enum Layout<'a> {
    OneLine,
    /// `base` is the indentation of its first line.
    Lines {
        base: &'a str,
    },
}

impl<'a> Layout<'a> {
    /// Of what stands behind these blanks.
    pub(crate) fn after(blanks: &'a str) -> Self {
        blanks.rsplit_once('\n').map_or(Self::OneLine, |(_, base)| Self::Lines { base })
    }
}

/// A JSON value to be written.
#[derive(Clone)]
pub(crate) enum Json<'a> {
    Text(&'a str),
    /// As it is written in either notation.
    Plain(String),
    Value(&'a Value),
    /// Without line breaks, whatever is around it.
    OneLine(Box<Json<'a>>),
    List(Vec<Json<'a>>),
    Object(Vec<(&'a str, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The group that holds our one handler.
    pub(crate) fn group(entry: &'a Entry) -> Self {
        let handler = Self::Object(vec![
            ("type", Self::Text("command")),
            ("command", Self::Text(&entry.command)),
            ("timeout", Self::Plain(entry.timeout.to_string())),
            ("statusMessage", Self::Text(&entry.status_message)),
        ]);
        Self::Object(vec![("hooks", Self::List(vec![handler]))])
    }

    pub(crate) fn write(&self, style: &Style, layout: Layout<'_>) -> String {
        match self {
            Self::Text(text) => Value::from(*text).to_string(),
            Self::Plain(text) => text.clone(),
            Self::Value(Value::Array(values)) => {
                Self::List(values.iter().map(Self::Value).collect()).write(style, layout)
            }
            Self::Value(Value::Object(fields)) => {
                Self::Object(fields.iter().map(|(key, value)| (key.as_str(), Self::Value(value))).collect())
                    .write(style, layout)
            }
            Self::Value(value) => value.to_string(),
            Self::OneLine(value) => value.write(style, Layout::OneLine),
            Self::List(values) => bracketed(['[', ']'], style, layout, |inside| {
                values.iter().map(|value| value.write(style, inside)).collect()
            }),
            Self::Object(fields) => bracketed(['{', '}'], style, layout, |inside| {
                fields.iter().map(|(key, value)| value.write_field(key, style, inside)).collect()
            }),
        }
    }

    /// As the value of a key.
    pub(crate) fn write_field(&self, key: &str, style: &Style, layout: Layout<'_>) -> String {
        format!("{}{}{}", Value::from(key), style.colon, self.write(style, layout))
    }
}

fn bracketed(
    [open, close]: [char; 2],
    style: &Style,
    layout: Layout<'_>,
    items: impl FnOnce(Layout<'_>) -> Vec<String>,
) -> String {
    let (eol, inside) = match layout {
        Layout::OneLine => ("", String::new()),
        Layout::Lines { base } => (style.eol, format!("{base}{}", style.unit)),
    };
    let items = match layout {
        Layout::OneLine => items(layout),
        Layout::Lines { .. } => items(Layout::Lines { base: &inside }),
    };
    match layout {
        _ if items.is_empty() => format!("{open}{close}"),
        Layout::OneLine => {
            let pad = if open == '{' { style.pad } else { "" };
            format!("{open}{pad}{}{pad}{close}", items.join(&format!(",{}", style.gap)))
        }
        Layout::Lines { base } => {
            format!("{open}{eol}{inside}{}{eol}{base}{close}", items.join(&format!(",{eol}{inside}")))
        }
    }
}
