//! Runs as lines of a table that other programs read (RFC 4180).

use crate::events::reported_name;
use crate::row::Run;
use crate::runs::from_name;

/// The names of the columns, in their order. New ones are appended.
const COLUMNS: [&str; 21] = [
    "id",
    "from",
    "reported",
    "started_ms",
    "agent",
    "event",
    "session",
    "turn",
    "tool",
    "project",
    "hook",
    "command",
    "status",
    "exit_code",
    "signal",
    "took_us",
    "input_bytes",
    "stdout_bytes",
    "stderr_bytes",
    "masked",
    "entries",
];

/// The first line.
pub fn header() -> String {
    line(COLUMNS)
}

/// One run, without what it read and wrote.
pub fn run(row: &Run) -> String {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let entries: Vec<_> =
        row.run.entries.iter().map(|entry| format!("{}: {}", entry.kind.name(), entry.text)).collect();
    let path = row.project.as_ref().map(|path| path.to_string_lossy());
    let took = row.took.map(|took| took.as_micros().to_string()).unwrap_or_default();
    line([
        row.id.as_str(),
        from_name(row.from),
        reported_name(row.reported),
        &row.run.started.0.to_string(),
        row.agent.name(),
        row.run.event.name(),
        row.session.as_ref().map_or("", |id| id.as_str()),
        row.turn.as_ref().map_or("", |id| id.as_str()),
        row.tool.as_deref().unwrap_or_default(),
        path.as_deref().unwrap_or_default(),
        row.hook.as_ref().map_or("", |key| key.as_str()),
        &row.command,
        row.run.status.name(),
        &number(row.exit_code.map(i64::from)),
        &number(row.signal.map(i64::from)),
        &took,
        &row.input.bytes.to_string(),
        &row.stdout.bytes.to_string(),
        &row.stderr.bytes.to_string(),
        &row.masked.to_string(),
        &entries.join("\n"),
    ])
}

fn line(cells: [&str; COLUMNS.len()]) -> String {
    let mut line = cells.map(cell).join(",");
    line.push_str("\r\n");
    line
}

fn cell(text: &str) -> String {
    // A table program would take this for a formula; text from outside must not be one. Numbers may be negative.
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<i64>().is_err();
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_none_is_a_formula() {
        let check = |text: &str, expected: &str| assert_eq!(cell(text), expected);
        check("make", "make");
        check("", "");
        check("-5", "-5");
        check("a,b", "\"a,b\"");
        check("say \"hi\"\n", "\"say \"\"hi\"\"\n\"");
        check("=cmd()", "'=cmd()");
        check("-rf", "'-rf");
        check("@a,\"b", "\"'@a,\"\"b\"");
    }

    #[test]
    fn a_line_has_as_many_cells_as_there_are_columns() {
        assert_eq!(header().matches(',').count(), COLUMNS.len() - 1);
        assert!(header().ends_with("entries\r\n"));
    }
}
