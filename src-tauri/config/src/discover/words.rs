//! What is said of a hook file: in English, and so that it can be said in another language.

use std::fmt::{self, Display, Formatter};
use std::ops::Deref;

/// A text in English that knows what it is made of. It can be used as that text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    english: String,
    template: &'static str,
    values: Vec<(&'static str, Words)>,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'w> {
    /// In our words.
    Said(&'w str),
    /// In somebody else's: it stands in a file, or an agent says so. May hold anything.
    Told(&'w str),
}

impl<'w> Part<'w> {
    fn text(self) -> &'w str {
        let (Self::Said(text) | Self::Told(text)) = self;
        text
    }
}

impl Words {
    /// `{name}` in the template stands for the value of that name.
    pub(crate) fn of(template: &'static str, values: Vec<(&'static str, Self)>) -> Self {
        let mut words = Self { english: String::new(), template, values };
        words.english = words.said(&|_| None);
        words
    }

    /// In somebody else's words, which no translation changes.
    pub fn told(text: String) -> Self {
        Self { english: text, template: "", values: Vec::new() }
    }

    pub fn as_str(&self) -> &str {
        &self.english
    }

    /// In another language, of which `template` knows for an English one how it is said there.
    pub fn said(&self, template: &impl Fn(&str) -> Option<&'static str>) -> String {
        self.parts(template).into_iter().map(Part::text).collect()
    }

    /// The same in its parts.
    pub fn parts(&self, template: &impl Fn(&str) -> Option<&'static str>) -> Vec<Part<'_>> {
        if self.template.is_empty() {
            return vec![Part::Told(&self.english)];
        }
        let text = template(self.template).unwrap_or(self.template);
        let mut parts = Vec::new();
        let (mut said, mut at) = (0, 0);
        while let Some(open) = text[at..].find('{').map(|open| at + open) {
            let named = text[open + 1..].find('}').map(|len| open + 1 + len);
            let value = named.and_then(|end| self.values.iter().find(|(name, _)| *name == &text[open + 1..end]));
            at = open + 1;
            if let (Some(end), Some((_, value))) = (named, value) {
                parts.push(Part::Said(&text[said..open]));
                parts.extend(value.parts(template));
                (said, at) = (end + 1, end + 1);
            }
        }
        parts.push(Part::Said(&text[said..]));
        parts.retain(|part| !part.text().is_empty());
        parts
    }
}

impl Display for Words {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        &self.english
    }
}

/// What can stand in a text.
pub(crate) trait Value {
    fn value(&self) -> Words;
}

impl Value for Words {
    fn value(&self) -> Words {
        self.clone()
    }
}

macro_rules! plain {
    ($($plain:ty),+) => {
        $(impl Value for $plain {
            fn value(&self) -> Words {
                Words::told(self.to_string())
            }
        })+
    };
}

plain!(str, String, u64, i64);

/// [`Words`] of a template and what stands in it by name.
macro_rules! words {
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::discover::words::Words::of($template, vec![$((stringify!($name), $crate::discover::words!(@ $name $(= $value)?))),*])
    };
    (@ $name:ident = $value:expr) => { { use $crate::discover::words::Value as _; ($value).value() } };
    (@ $name:ident) => { { use $crate::discover::words::Value as _; $name.value() } };
}
pub(crate) use words;
