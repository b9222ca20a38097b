//! How a file is written, and new JSON in the same way.

use agents::codex::install::Entry;

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

/// A JSON value to be written.
pub(crate) enum Json<'a> {
    Text(&'a str),
    Number(u64),
    List(Vec<Json<'a>>),
    Object(Vec<(&'a str, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The group that holds our one handler.
    pub(crate) fn group(entry: &'a Entry) -> Self {
        let handler = Self::Object(vec![
            ("type", Self::Text("command")),
            ("command", Self::Text(&entry.command)),
            ("timeout", Self::Number(entry.timeout)),
            ("statusMessage", Self::Text(&entry.status_message)),
        ]);
        Self::Object(vec![("hooks", Self::List(vec![handler]))])
    }

    pub(crate) fn write(&self, style: &Style, layout: Layout<'_>) -> String {
        match self {
            Self::Text(text) => serde_json::Value::from(*text).to_string(),
            Self::Number(number) => number.to_string(),
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
        format!("\"{key}\"{}{}", style.colon, self.write(style, layout))
    }
}

fn bracketed(
    [open, close]: [char; 2],
    style: &Style,
    layout: Layout<'_>,
    items: impl FnOnce(Layout<'_>) -> Vec<String>,
) -> String {
    match layout {
        Layout::OneLine => format!("{open}{}{close}", items(layout).join(&format!(",{}", style.gap))),
        Layout::Lines { base } => {
            let (eol, inside) = (style.eol, format!("{base}{}", style.unit));
            let items = items(Layout::Lines { base: &inside }).join(&format!(",{eol}{inside}"));
            format!("{open}{eol}{inside}{items}{eol}{base}{close}")
        }
    }
}
