//! `hooks check`: what is wrong in hook files, where, and what to do. Changes nothing.

use std::io;
use std::path::PathBuf;

use api::text::text;
use api::{Diagnostic, Hooks, Severity};
use serde::Serialize;

use crate::arguments::Form;
use crate::draw::{self, say};
use crate::hooks::shown;
use crate::stop::Stop;

/// The severity with which the check fails.
const ERROR: &str = "error";

#[derive(Serialize)]
struct Checked {
    file: String,
    diagnostics: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    severity: &'static str,
    code: &'static str,
    line: usize,
    column: usize,
    message: String,
    hint: Option<String>,
}

pub(crate) fn check(hooks: &Hooks, files: &[PathBuf], form: Form) -> Result<(), Stop> {
    let mut checked = Vec::new();
    for file in files {
        let diagnostics = hooks.check(file)?.into_iter().map(Finding::of).collect();
        checked.push(Checked { file: shown(file), diagnostics });
    }
    match form {
        Form::Json => draw::json(&checked)?,
        Form::Text => checked.iter().try_for_each(report)?,
    }
    let fine = checked.iter().flat_map(|it| &it.diagnostics).all(|it| it.severity != ERROR);
    if fine { Ok(()) } else { Err(Stop::Problems) }
}

impl Finding {
    fn of(diagnostic: Diagnostic) -> Self {
        let Diagnostic { severity, code, line, column, message, hint, .. } = diagnostic;
        let severity = match severity {
            Severity::Error => ERROR,
            Severity::Warning => "warning",
            Severity::Advice => "advice",
        };
        let hint = hint.map(|hint| hint.to_string());
        Self { severity, code, line, column, message: message.to_string(), hint }
    }
}

fn report(checked: &Checked) -> io::Result<()> {
    let file = draw::plain(&checked.file);
    if checked.diagnostics.is_empty() {
        return say(&text("cli.hooks.fine", &[("path", &file)]));
    }
    for Finding { severity, line, column, message, hint, .. } in &checked.diagnostics {
        say(&format!("{file}:{line}:{column}: {severity}: {}", draw::block(&api::prose(message), "  ").trim_start()))?;
        if let Some(hint) = hint {
            say(&format!("  {}", draw::plain(hint)))?;
        }
    }
    Ok(())
}
