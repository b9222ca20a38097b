//! A home that has been in use for long: a million rows of history, two hundred rules.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Options, POPUP, Payload, Reply, Start, World, event, run, shell};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

const PROJECTS: usize = 20;
const RULES_EACH: usize = 10;

/// What was asked, again and again. The mark is another number each time.
const COMMANDS: [&str; 10] = [
    "make target-3 CASE=9090909",
    "make target-4 CASE=9090909",
    "cargo test -p part-9090909 --locked -- --nocapture",
    "cd parts && cargo clippy -p part-9090909 --all-targets -- -D warnings 2>&1 | tail -40",
    "rg -n 'fn case_9090909' src tests | head -20",
    "git add -A && git commit -q -m 'part 9090909: reads what it needs' && git status --short",
    "for file in src/*.rs; do grep -n 9090909 \"$file\"; done",
    "python3 - <<'END'\nimport json\nprint(json.load(open('case-9090909.json')))\nEND",
    "npm run build --silent -- --outDir dist/9090909",
    "sed -i 's/9090908/9090909/' docs/cases.md && git diff --stat",
];
const MARK: &str = "9090909";
/// Each of them has five rows: the request, its decision and three events.
const COPIES: i64 = 20_000;
/// Between one copy and the next, in milliseconds: three weeks for all.
const STEP: i64 = 90_000;

/// Files as a long used home has them.
pub(crate) struct Full {
    folder: TempDir,
}

impl Full {
    /// Lets the application write some rows, and copies them until there are a million.
    pub(crate) fn make() -> Result<Self> {
        let started = Instant::now();
        let full = Self { folder: tempfile::Builder::new().prefix("hw").tempdir()? };
        run(Options { start: Start::Not, ..Options::default() }, async |world| {
            put_rules(world)?;
            world.restart(|| ()).await?;
            world.listening().await?;
            for command in COMMANDS {
                happen(world, command).await?;
            }
            world.restart(|| ()).await?;
            world.listening().await?;
            let history = history(&world.home());
            let mut copied = Ok(());
            world.restart(|| copied = copy(&history).and_then(|()| keep(&history, &full.history()))).await?;
            copied
        });
        let took = started.elapsed().as_secs();
        let (rows, bytes) = (count(&full.history())?, fs::metadata(full.history())?.len());
        ensure!(rows >= 1_000_000, "only {rows} rows");
        let (megabytes, rules) = (bytes / 1_000_000, PROJECTS * RULES_EACH);
        println!("full home: {rows} rows of history in {megabytes} MB, {rules} rules; made in {took} s");
        Ok(full)
    }

    /// Gives these files to a world in which the application does not run yet.
    pub(crate) fn put(&self, world: &World) -> Result<()> {
        put_rules(world)?;
        keep(&self.history(), &history(&world.home()))
    }

    fn history(&self) -> PathBuf {
        self.folder.path().join("history.db")
    }
}

/// A request about which one of the rules speaks.
pub(crate) fn ruled(world: &World) -> Result<Payload> {
    asked(world, "make target-0 again")
}

/// A request in the first project.
pub(crate) fn asked(world: &World, command: &str) -> Result<Payload> {
    let project = project(world, 0)?;
    let project = project.to_str().context("a temp folder is UTF-8")?;
    Ok(shell(command).in_folder(project).for_prompt(project, "please do it"))
}

fn project(world: &World, number: usize) -> Result<PathBuf> {
    let folder = world.home().with_file_name(format!("project-{number}"));
    fs::create_dir_all(&folder)?;
    Ok(folder.canonicalize()?)
}

/// The person's own file and the copy of what was confirmed.
fn put_rules(world: &World) -> Result<()> {
    let mut text = String::new();
    for place in 0..PROJECTS {
        let folder = project(world, place)?;
        for number in 0..RULES_EACH {
            writeln!(
                text,
                "[[rules]]\nid = \"{place}-{number}\"\nmade = 2026-11-21T16:00:00Z\nsays = \"allow\"\nagent = \"codex\"\n\
                 project = \"{}\"\ncommand = \"make target-{number} **\"\n",
                folder.display()
            )?;
        }
    }
    for folder in ["config", "state"] {
        let folder = world.home().join(folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("rules.toml"), &text)?;
    }
    Ok(())
}

/// One call of a tool from beginning to end.
async fn happen(world: &World, command: &str) -> Result<()> {
    let input = json!({ "command": command });
    let before = event("PreToolUse", json!({ "tool_input": input, "tool_use_id": "call-1" }));
    assert_eq!(world.ask(&before)?.reply().await?, Reply::Nothing);
    let mut asking = world.ask(&asked(world, command)?)?;
    if command.starts_with("make") {
        assert_eq!(asking.reply().await?, Reply::Allow, "a rule speaks about {command}");
    } else {
        let popup = world.popup().await?;
        popup.wait_text("@command", MARK).await?;
        popup.armed().await?;
        popup.click("@leave").await?;
        assert_eq!(asking.reply().await?, Reply::Nothing);
        world.display().hidden(POPUP).await?;
    }
    let response = json!({ "output": "a line of output\n".repeat(20) });
    let after =
        event("PostToolUse", json!({ "tool_input": input, "tool_response": response, "tool_use_id": "call-1" }));
    assert_eq!(world.ask(&after)?.reply().await?, Reply::Nothing);
    Ok(())
}

fn history(home: &Path) -> PathBuf {
    home.join("state/history.db")
}

/// Copies a database that nobody writes to.
fn keep(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
    fs::copy(from, to)?;
    Ok(())
}

/// Copies every row, each time with another number in it.
fn copy(file: &Path) -> Result<()> {
    let connection = Connection::open(file)?;
    // Not while the application that was ended just now is still letting go of it.
    let alone = Instant::now();
    while let Err(error) = connection.execute_batch("PRAGMA journal_mode = DELETE") {
        ensure!(alone.elapsed() < Duration::from_secs(5), error);
        thread::sleep(Duration::from_millis(50));
    }
    connection.execute_batch(&format!(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; BEGIN;
         CREATE TEMP TABLE copies AS WITH RECURSIVE
            copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {COPIES}) SELECT n FROM copies;"
    ))?;
    for table in ["requests", "decisions", "events"] {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1) WHERE name <> 'number'")?;
        let columns = statement.query_map([table], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        let copied: Vec<_> = columns.iter().map(|column| in_a_copy(column)).collect();
        connection.execute_batch(&format!(
            "CREATE TEMP TABLE first AS SELECT * FROM {table};
             INSERT INTO {table} ({}) SELECT {} FROM copies, first;
             DROP TABLE first;",
            columns.join(", "),
            copied.join(", "),
        ))?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// What a column has in the copy of this number.
fn in_a_copy(column: &str) -> String {
    match column {
        "id" | "request" => format!("{column} || '-' || n"),
        "session" => "session || '-' || n / 100".to_owned(),
        "at" => format!("at - n * {STEP}"),
        "summary" | "shown" | "payload" => format!("replace({column}, '{MARK}', printf('%07d', n))"),
        _ => column.to_owned(),
    }
}

fn count(file: &Path) -> Result<i64> {
    let sql =
        "SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM decisions) + (SELECT count(*) FROM events)";
    Ok(Connection::open(file)?.query_row(sql, [], |row| row.get(0))?)
}
