//! Variables that stand in commands and that nobody sets.

use std::ops::Range;

use super::command::ROOT;
use super::line::Command;
use super::shell::{Part, Step};
use super::{Checked, Finding, words};

impl Checked<'_> {
    /// Variables that other agents set for hooks. Codex 0.169 sets none, but for plugins.
    pub(super) fn variables(&self, command: &Command<'_>) -> Vec<Finding> {
        let sets = |name: &str| {
            command.before(command.line.steps.len()).flat_map(Step::all_words).any(|word| {
                let text = command.text[word.at.clone()].trim_start_matches("export ");
                text == name || text.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
            })
        };
        let mut found = Vec::new();
        for part in command.line.steps.iter().flat_map(Step::all_words).flat_map(|word| &word.parts) {
            let Part::Variable { name, at, quoted } = part else {
                continue;
            };
            if !self.is_unset(name) || sets(name) {
                continue;
            }
            let project = is_project(name);
            let with = if *quoted { ROOT.to_owned() } else { format!("\"{ROOT}\"") };
            let change = self.rewritten(command, at, &with).filter(|_| project);
            let finding = self.unset(command, &format!("${name}"), at, project);
            found.push(finding.fix(words!("ask git for the top of the repository"), change));
        }
        found
    }

    fn unset(&self, command: &Command<'_>, shown: &str, at: &Range<usize>, project: bool) -> Finding {
        let message = words!("Codex sets no {shown}: there is nothing in its place when the hook runs", shown);
        let hint = match project {
            true => words!("ask git for the top of the repository"),
            false => words!("what a hook has to know comes as JSON on stdin"),
        };
        Finding::error("unset-variable", self.part(command, at), message).hint(hint)
    }

    fn is_unset(&self, name: &str) -> bool {
        const OF_PLUGINS: [&str; 4] = ["PLUGIN_ROOT", "PLUGIN_DATA", "CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_DATA"];
        const OTHERS: [&str; 9] = [
            "CLAUDE_PROJECT_DIR",
            "CLAUDE_ENV_FILE",
            "CODEX_PROJECT_DIR",
            "CODEX_PLUGIN_ROOT",
            "CODEX_WORKSPACE_ROOT",
            "GEMINI_PROJECT_DIR",
            "CURSOR_PROJECT_DIR",
            "TOOL_INPUT",
            "TOOL_NAME",
        ];
        let invented = ["CLAUDE_TOOL_", "CLAUDE_FILE_", "CODEX_TOOL_", "CODEX_FILE_"];
        let in_plugin = || self.file.ancestors().any(|folder| folder.join(".codex-plugin").exists());
        OTHERS.contains(&name)
            || invented.iter().any(|begin| name.starts_with(begin))
            || (OF_PLUGINS.contains(&name) && !in_plugin())
    }

    /// The same as PowerShell and cmd.exe write them.
    pub(super) fn variables_of_windows(&self, command: &Command<'_>) -> Vec<Finding> {
        let text = command.text;
        let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let mut end = 0;
        let found = text.split_inclusive(ends).filter_map(|piece| {
            let (start, name) = (end, piece.trim_end_matches(ends));
            end += piece.len();
            if !self.is_unset(name) {
                return None;
            }
            let (before, after) = (&text[..start], &text[start + name.len()..]);
            let at = match before.len().checked_sub(5).and_then(|at| before.get(at..)) {
                Some(env) if env.eq_ignore_ascii_case("$env:") => start - env.len()..start + name.len(),
                _ if before.ends_with('%') && after.starts_with('%') => start - 1..start + name.len() + 1,
                _ => return None,
            };
            Some(self.unset(command, &text[at.clone()], &at, is_project(name)))
        });
        found.collect()
    }
}

/// A variable for the folder of the project.
fn is_project(name: &str) -> bool {
    name.ends_with("_PROJECT_DIR") || name == "CODEX_WORKSPACE_ROOT"
}
