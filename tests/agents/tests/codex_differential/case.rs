//! A behaviour of hooks: what is declared for one event, and what each handler does.

use std::fmt::{self, Display};
use std::fs;
use std::path::{Path, PathBuf};

use model::HookEvent;
use serde_json::{Value, json};

/// The handlers of one event. The same seed is the same case.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) seed: u64,
    pub(crate) event: HookEvent,
    pub(crate) tool: Tool,
    pub(crate) handlers: Vec<Handler>,
}

/// What the model calls, where the event is about a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Shell,
    Patch,
}

/// One handler: how it is declared, and what it does the first time it runs. After that it is silent.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) matcher: Option<String>,
    pub(crate) status_message: Option<String>,
    pub(crate) context_limit: Option<u64>,
    pub(crate) place: Place,
    pub(crate) stdin: Stdin,
    /// Milliseconds before it answers.
    pub(crate) wait: u64,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) end: End,
}

/// Whether it has a matcher group of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    OwnGroup,
    /// Its own matcher does not count.
    GroupBefore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stdin {
    Read,
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Exit(i32),
    Killed,
    /// It would go on long after its timeout of one second.
    TimesOut,
}

impl Handler {
    /// Keeps the payload, and says nothing.
    pub(crate) fn silent() -> Self {
        Self {
            matcher: None,
            status_message: None,
            context_limit: None,
            place: Place::OwnGroup,
            stdin: Stdin::Read,
            wait: 0,
            stdout: Vec::new(),
            stderr: Vec::new(),
            end: End::Exit(0),
        }
    }

    fn declaration(&self, script: &Path) -> Value {
        let timeout = if self.end == End::TimesOut { 1 } else { 20 };
        let mut handler =
            json!({ "type": "command", "command": format!("sh {}", script.display()), "timeout": timeout });
        if let Some(message) = &self.status_message {
            handler["statusMessage"] = json!(message);
        }
        if let Some(limit) = self.context_limit {
            handler["additionalContextLimit"] = json!(limit);
        }
        handler
    }

    /// A shell script that does it, with its files beside it: `.in` the payload, `.ran` that it ran.
    fn write(&self, stem: &Path) {
        let file = |ending: &str| stem.with_extension(ending);
        fs::write(file("out"), &self.stdout).expect("the lab's folder is ours");
        fs::write(file("err"), &self.stderr).expect("the lab's folder is ours");
        let stem = stem.display();
        let read = match self.stdin {
            // Renamed when whole: a hook may be killed.
            Stdin::Read => format!("cat > {stem}.part && mv {stem}.part {stem}.in\n"),
            Stdin::Ignored => String::new(),
        };
        let wait = match self.wait {
            0 => String::new(),
            wait => format!("sleep {}.{:03}\n", wait / 1000, wait % 1000),
        };
        let end = match self.end {
            End::Exit(code) => format!("exit {code}\n"),
            End::Killed => "kill -KILL $$\n".to_owned(),
            End::TimesOut => "sleep 30\n".to_owned(),
        };
        let text = format!(
            "[ -e {stem}.ran ] && exit 0\n: > {stem}.ran\n{read}{wait}cat {stem}.out\ncat {stem}.err >&2\n{end}"
        );
        fs::write(file("sh"), text).expect("the lab's folder is ours");
    }
}

impl Case {
    /// Stands in the prompt and in the names of files.
    pub(crate) fn tag(&self) -> String {
        format!("case-{}.", self.seed)
    }

    /// What the tool leaves in the repository when it ran.
    pub(crate) fn mark(&self) -> String {
        format!("mark-{}", self.seed)
    }

    /// What the tool is called with. `word` is what it leaves.
    pub(crate) fn call(&self, word: &str) -> String {
        let mark = self.mark();
        match self.tool {
            Tool::Shell => format!("printf {word} >> {mark}; echo it ran"),
            Tool::Patch => format!("*** Begin Patch\n*** Add File: {mark}\n+{word}\n*** End Patch"),
        }
    }

    /// Puts hooks.json and the scripts in place.
    pub(crate) fn write(&self, codex_home: &Path, folder: &Path) {
        // A case is run again to find its smallest form.
        drop(fs::remove_dir_all(folder));
        fs::create_dir_all(folder).expect("the lab's folder is ours");
        let mut groups: Vec<Value> = Vec::new();
        for (at, handler) in self.handlers.iter().enumerate() {
            let stem = folder.join(at.to_string());
            handler.write(&stem);
            let declaration = handler.declaration(&stem.with_extension("sh"));
            match groups.last_mut().and_then(|group| group["hooks"].as_array_mut()) {
                Some(hooks) if handler.place == Place::GroupBefore => hooks.push(declaration),
                _ => groups.push(json!({ "matcher": handler.matcher, "hooks": [declaration] })),
            }
        }
        let text = json!({ "hooks": { self.event.name(): groups } }).to_string();
        fs::write(codex_home.join("hooks.json"), text).expect("the lab's folder is ours");
    }

    /// Whether some handler keeps the payload, whatever it is.
    pub(crate) fn is_recorded(&self) -> bool {
        let records = |handler: &Handler| {
            handler.matcher.is_none() && handler.place == Place::OwnGroup && handler.stdin == Stdin::Read
        };
        self.handlers.iter().any(records)
    }

    /// What Codex wrote to its hooks, taken away, so that they run anew.
    pub(crate) fn take_payloads(&self, folder: &Path) -> Vec<String> {
        let stems: Vec<PathBuf> = (0..self.handlers.len()).map(|at| folder.join(at.to_string())).collect();
        let take = |stem: &PathBuf| {
            // Not there where the handler did not run.
            drop(fs::remove_file(stem.with_extension("ran")));
            let path = stem.with_extension("in");
            let text = fs::read_to_string(&path).ok()?;
            fs::remove_file(&path).expect("the lab's folder is ours");
            Some(text)
        };
        stems.iter().filter_map(take).collect()
    }
}

impl Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, {}, {:?}", self.seed, self.event.name(), self.tool)?;
        for handler in &self.handlers {
            let Handler { matcher, context_limit, place, stdin, wait, stdout, stderr, end, .. } = handler;
            writeln!(
                f,
                "- {end:?} after {wait} ms, matcher {matcher:?}, limit {context_limit:?}, {place:?}, {stdin:?}"
            )?;
            for (name, bytes) in [("stdout", stdout), ("stderr", stderr)] {
                writeln!(f, "  {name}: {}", shortened(&format!("{:?}", String::from_utf8_lossy(bytes))))?;
            }
        }
        Ok(())
    }
}

/// Short enough to be read.
pub(crate) fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= 600 {
        return text.to_owned();
    }
    let start: String = text.chars().take(300).collect();
    let end: String = text.chars().skip(count - 200).collect();
    format!("{start} […{count} characters…] {end}")
}
