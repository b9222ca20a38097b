//! The part of a query after `WHERE`, put together from the conditions that are set.

use rusqlite::types::Value;

/// Conditions that must all hold, with their operands.
pub(crate) struct Conditions {
    sql: String,
    pub(crate) values: Vec<Value>,
}

impl Conditions {
    pub(crate) fn new() -> Self {
        Self { sql: "TRUE".to_owned(), values: Vec::new() }
    }

    pub(crate) fn add(&mut self, condition: &str, operands: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(operands);
    }

    pub(crate) fn equal(&mut self, column: &str, word: Option<&str>) {
        if let Some(word) = word {
            self.add(&format!("{column} = ?"), [word.to_owned().into()]);
        }
    }

    /// Every word of `text` must occur in `within`, ASCII letters in any case.
    pub(crate) fn words(&mut self, text: &str, within: &str) {
        let words: Vec<String> = text.split_whitespace().map(str::to_ascii_lowercase).collect();
        if !words.is_empty() {
            let missing = format!("SELECT 1 FROM json_each(?) word WHERE 0 = instr(lower({within}), word.value)");
            self.add(&format!("NOT EXISTS ({missing})"), [serde_json::Value::from(words).to_string().into()]);
        }
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }
}
