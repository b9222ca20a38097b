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

impl Words {
    /// `{name}` in the template stands for the value of that name.
    pub(crate) fn of(template: &'static str, values: Vec<(&'static str, Self)>) -> Self {
        Self { english: filled(template, &values, |value| value.english.clone()), template, values }
    }

    /// In somebody else's words, which no translation changes.
    pub fn told(text: String) -> Self {
        Self { english: text, template: "", values: Vec::new() }
    }

    pub fn as_str(&self) -> &str {
        &self.english
    }

    /// In another language, of which `template` knows for an English one how it is said there.
    pub fn said<'t>(&self, template: &impl Fn(&str) -> Option<&'t str>) -> String {
        match template(self.template) {
            Some(other) => filled(other, &self.values, |value| value.said(template)),
            None => self.english.clone(),
        }
    }
}

fn filled(template: &str, values: &[(&'static str, Words)], said: impl Fn(&Words) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let named =
            after.split_once('}').and_then(|(name, after)| Some((values.iter().find(|(it, _)| *it == name)?, after)));
        text += before;
        match named {
            Some(((_, value), after)) => {
                text += &said(value);
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text + rest
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
