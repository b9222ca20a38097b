//! What the demo's pretended Codex does: sessions as Codex 0.169 tells of them, in project folders that exist.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

const MODEL: &str = "gpt-5.5";

/// What an id stands for.
const SESSION: u32 = 1;
const TURN: u32 = 2;
const SUBAGENT: u32 = 3;

/// One conversation with the agent, from its start to its end.
#[derive(Debug)]
pub(crate) struct Session {
    number: u32,
    pub(crate) project: &'static str,
    files: &'static [(&'static str, &'static str)],
    prompt: &'static str,
    steps: &'static [Step],
    says: &'static str,
}

#[derive(Debug)]
enum Step {
    Tool(Tool),
    Subagent(Subagent),
}

#[derive(Debug)]
struct Subagent {
    role: &'static str,
    task: &'static str,
    tools: &'static [Tool],
    says: &'static str,
}

/// One use of a tool, which asks the person or does not.
#[derive(Debug)]
struct Tool {
    call: Call,
    asks: Asks,
    output: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Call {
    Shell(&'static str),
    Patch(&'static str),
    Spawn { task: &'static str },
    Mcp { tool: &'static str, arguments: &'static [(&'static str, &'static str)] },
}

#[derive(Debug, Clone, Copy)]
enum Asks {
    Nothing,
    Permission,
    /// With the agent's own words about why.
    Because(&'static str),
}

/// What happens next, as payloads.
#[derive(Debug)]
pub(crate) enum Moment {
    Happens(Value),
    /// `done` follows only where the person allowed it.
    Asks {
        request: Value,
        done: Value,
    },
}

/// Asks nothing: what a newcomer sees first.
pub(crate) const OPENING: Session = Session {
    number: 1,
    project: "recipes",
    files: &[
        ("README.md", "# Recipes\n\nOne file for each dish.\n"),
        ("bread.md", "500 g flour, 350 g water, 10 g salt, 5 g yeast.\n"),
    ],
    prompt: "What is in this folder?",
    steps: &[
        Step::Tool(Tool { call: Call::Shell("ls"), asks: Asks::Nothing, output: "README.md\nbread.md\n" }),
        Step::Tool(Tool {
            call: Call::Shell("head -n 3 bread.md"),
            asks: Asks::Nothing,
            output: "500 g flour, 350 g water, 10 g salt, 5 g yeast.\n",
        }),
    ],
    says: "A README and one recipe, for bread.",
};

/// At work side by side, so that requests queue up: one row after the other in each.
pub(crate) const AT_ONCE: [&[Session]; 2] = [
    &[
        Session {
            number: 2,
            project: "bakery-site",
            files: &[
                ("index.html", "<h1>Bakery</h1>\n<p>Open from 8 to 18.</p>\n<a href=\"/ordr\">Order</a>\n"),
                ("package.json", "{ \"name\": \"bakery-site\", \"scripts\": { \"release\": \"node release.js\" } }\n"),
            ],
            prompt: "The order link is broken. Fix it and publish the site.",
            steps: &[
                Step::Tool(Tool {
                    call: Call::Shell("grep -n href index.html"),
                    asks: Asks::Nothing,
                    output: "3:<a href=\"/ordr\">Order</a>\n",
                }),
                Step::Tool(Tool {
                    call: Call::Patch(
                        "*** Begin Patch\n*** Update File: index.html\n@@\n <p>Open from 8 to 18.</p>\n\
                         -<a href=\"/ordr\">Order</a>\n+<a href=\"/order\">Order</a>\n*** Add File: CHANGES.md\n\
                         +- The order link works again.\n*** End Patch",
                    ),
                    asks: Asks::Permission,
                    output: "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\n\
                             A CHANGES.md\nM index.html\n",
                }),
                Step::Tool(Tool {
                    call: Call::Shell("rm -rf build && npm run release"),
                    asks: Asks::Because("Publish the corrected site"),
                    output: "published bakery-site\n",
                }),
            ],
            says: "The link leads to /order now.",
        },
        Session {
            number: 4,
            project: "ledger",
            files: &[("ledger.txt", "2026-11-01 flour -42.00\n2026-11-02 bread 310.50\n")],
            prompt: "Remove the branch we merged last week.",
            steps: &[
                Step::Tool(Tool {
                    call: Call::Shell("git branch --merged main"),
                    asks: Asks::Nothing,
                    output: "  november-report\n* main\n",
                }),
                Step::Tool(Tool {
                    call: Call::Shell("git branch -d november-report && git push origin --delete november-report"),
                    asks: Asks::Because("Delete the merged branch here and on the server"),
                    output: "Deleted branch november-report (was 3f2c1aa).\n - [deleted]         november-report\n",
                }),
            ],
            says: "That is all there was to remove.",
        },
    ],
    &[Session {
        number: 3,
        project: "oven-control",
        files: &[("oven.py", "def too_hot(celsius):\n    return celsius > 260\n")],
        prompt: "Test the oven's upper limit, then report what you find to the tracker.",
        steps: &[
            Step::Subagent(Subagent {
                role: "tester",
                task: "Run the tests of the temperature limit and sum up what fails.",
                tools: &[
                    Tool {
                        call: Call::Shell("cat oven.py"),
                        asks: Asks::Nothing,
                        output: "def too_hot(celsius):\n    return celsius > 260\n",
                    },
                    Tool {
                        call: Call::Shell("python3 -m unittest --verbose test_oven"),
                        asks: Asks::Because("May I run the tests?"),
                        output: "test_limit (test_oven.Limit) ... ok\n\nRan 1 test in 0.001s\n\nOK\n",
                    },
                ],
                says: "The limit of 260 degrees is not tested at its edge.",
            }),
            Step::Tool(Tool {
                call: Call::Mcp {
                    tool: "mcp__tracker__create_issue",
                    arguments: &[
                        ("project", "oven-control"),
                        ("title", "Test the limit at exactly 260 degrees"),
                        ("body", "too_hot(260) is false; nobody has said whether that is meant."),
                    ],
                },
                asks: Asks::Permission,
                output: "created OVEN-17",
            }),
        ],
        says: "The limit needs a decision: is 260 degrees too hot?",
    }],
];

impl Session {
    /// Makes the project folder with the files the agent talks about.
    pub(crate) fn lay_out(&self, projects: &Path) -> Result<()> {
        let folder = self.folder(projects);
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        for (name, text) in self.files {
            fs::write(folder.join(name), text).with_context(|| format!("writing {name}"))?;
        }
        let transcript = self.transcript(projects);
        fs::write(&transcript, self.contexts(projects)).with_context(|| format!("writing {}", transcript.display()))
    }

    /// What Codex writes into its transcript about each turn: where it is at work, and that the person reviews.
    fn contexts(&self, projects: &Path) -> String {
        let turns = 1..=u32::try_from(self.steps.len() + 1).expect("a session has a few steps");
        let context = |number| {
            let context = json!({ "type": "turn_context", "payload": {
                "turn_id": self.id(TURN, number),
                "root_turn_id": self.id(TURN, 1),
                "cwd": self.folder(projects),
                "approval_policy": "on-request",
                "approvals_reviewer": "user",
            } });
            format!("{context}\n")
        };
        turns.map(context).collect()
    }

    fn transcript(&self, projects: &Path) -> PathBuf {
        projects.join(format!("{}.jsonl", self.project))
    }

    fn id(&self, kind: u32, number: u32) -> String {
        format!("01a20000-{kind:04}-7000-8000-{:08}{number:04}", self.number)
    }

    /// Everything that happens, in its order.
    pub(crate) fn moments(&self, projects: &Path) -> Vec<Moment> {
        let turn = Turn { session: self, projects, number: 1, subagent: None };
        let mut moments = vec![
            Moment::Happens(turn.outside("SessionStart", json!({ "source": "startup" }))),
            Moment::Happens(turn.inside("UserPromptSubmit", json!({ "prompt": self.prompt }))),
        ];
        for (number, step) in (2..).zip(self.steps) {
            match step {
                Step::Tool(tool) => turn.uses(tool, &mut moments),
                Step::Subagent(subagent) => {
                    turn.uses(&subagent.spawned(), &mut moments);
                    let part = Turn { number, subagent: Some(subagent.role), ..turn };
                    moments.push(Moment::Happens(part.inside("SubagentStart", json!({}))));
                    subagent.tools.iter().for_each(|tool| part.uses(tool, &mut moments));
                    moments.push(Moment::Happens(part.inside("SubagentStop", said(subagent.says))));
                }
            }
        }
        moments.push(Moment::Happens(turn.inside("Stop", said(self.says))));
        moments.push(Moment::Happens(turn.outside("SessionEnd", json!({ "reason": "other" }))));
        moments
    }

    fn folder(&self, projects: &Path) -> PathBuf {
        projects.join(self.project)
    }
}

impl Subagent {
    /// The tool by which Codex starts it.
    fn spawned(&self) -> Tool {
        Tool { call: Call::Spawn { task: self.task }, asks: Asks::Nothing, output: "{\"nickname\":\"Faraday\"}" }
    }
}

/// Who is at work: the agent itself or one of its subagents.
#[derive(Clone, Copy)]
struct Turn<'a> {
    session: &'a Session,
    projects: &'a Path,
    number: u32,
    subagent: Option<&'a str>,
}

impl Turn<'_> {
    fn uses(&self, tool: &Tool, moments: &mut Vec<Moment>) {
        let (name, mut input, output) = match tool.call {
            Call::Shell(command) => ("Bash", json!({ "command": command }), json!(tool.output)),
            Call::Patch(patch) => ("apply_patch", json!({ "command": patch }), json!(tool.output)),
            Call::Spawn { task } => ("spawn_agent", json!({ "message": task }), json!(tool.output)),
            Call::Mcp { tool: name, arguments } => {
                let content = json!({ "content": [{ "type": "text", "text": tool.output }] });
                (name, arguments.iter().map(|(name, value)| (*name, *value)).collect(), content)
            }
        };
        let id = format!("call_{}", moments.len());
        let used = json!({ "tool_name": name, "tool_input": input, "tool_use_id": id });
        moments.push(Moment::Happens(self.inside("PreToolUse", used.clone())));
        let done = self.inside("PostToolUse", with(used, json!({ "tool_response": output })));
        match tool.asks {
            Asks::Nothing => return moments.push(Moment::Happens(done)),
            Asks::Permission => {}
            Asks::Because(why) => input["description"] = json!(why),
        }
        let request = self.inside("PermissionRequest", json!({ "tool_name": name, "tool_input": input }));
        moments.push(Moment::Asks { request, done });
    }

    /// An event of the session, outside of its turns.
    fn outside(&self, event: &str, fields: Value) -> Value {
        let payload = json!({
            "session_id": self.session.id(SESSION, 1),
            "transcript_path": self.session.transcript(self.projects),
            "cwd": self.session.folder(self.projects),
            "hook_event_name": event,
            "model": MODEL,
            "permission_mode": "default",
        });
        with(payload, fields)
    }

    /// An event of this turn.
    fn inside(&self, event: &str, fields: Value) -> Value {
        let payload = with(self.outside(event, json!({ "turn_id": self.session.id(TURN, self.number) })), fields);
        match self.subagent {
            Some(role) => {
                with(payload, json!({ "agent_id": self.session.id(SUBAGENT, self.number), "agent_type": role }))
            }
            None => payload,
        }
    }
}

fn said(words: &str) -> Value {
    json!({ "stop_hook_active": false, "last_assistant_message": words })
}

/// Both objects' fields; those of `more` win.
fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut object, more) {
        fields.extend(more);
    }
    object
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use agents::codex::transcript;
    use model::{Action, HookEvent, Reviewer};

    use super::*;

    fn sessions() -> impl Iterator<Item = &'static Session> {
        std::iter::once(&OPENING).chain(AT_ONCE.into_iter().flatten())
    }

    fn payloads(session: &Session, projects: &Path) -> Vec<Value> {
        session
            .moments(projects)
            .into_iter()
            .flat_map(|moment| match moment {
                Moment::Happens(payload) => vec![payload],
                Moment::Asks { request, done } => vec![request, done],
            })
            .collect()
    }

    #[test]
    fn the_product_understands_every_payload() {
        let mut events = BTreeSet::new();
        let mut kinds = BTreeSet::new();
        let projects = tempfile::tempdir().unwrap();
        sessions().for_each(|session| session.lay_out(projects.path()).unwrap());
        for payload in sessions().flat_map(|session| payloads(session, projects.path())) {
            let parsed = agents::codex::parse(payload.to_string().as_bytes()).expect("it is as Codex writes it");
            assert!(!matches!(parsed.event.event, HookEvent::Other(_)), "{payload}");
            assert!(parsed.event.session.is_some() && parsed.event.cwd.is_some(), "{payload}");
            events.insert(payload["hook_event_name"].to_string());
            if let Some(ask) = parsed.request {
                let context = transcript::context(&parsed.transcript.unwrap(), &ask.turn.unwrap()).unwrap();
                assert_eq!((context.cwd, context.reviewer), (parsed.event.cwd, Reviewer::User));
                kinds.insert(match ask.action {
                    Action::Shell { .. } => "shell",
                    Action::Patch { .. } => "patch",
                    Action::Mcp { .. } => "mcp",
                    other => panic!("a card would show {other:?} as it is"),
                });
            }
        }
        assert_eq!(events.len(), 9, "{events:?}");
        assert_eq!(kinds, BTreeSet::from(["mcp", "patch", "shell"]));
    }

    #[test]
    fn the_opening_asks_nothing_and_the_others_ask_at_once() {
        let asks = |session: &Session| {
            let moments = session.moments(Path::new("/projects"));
            moments.iter().filter(|moment| matches!(moment, Moment::Asks { .. })).count()
        };
        assert_eq!(asks(&OPENING), 0);
        assert!(AT_ONCE.iter().all(|row| asks(&row[0]) > 0));
        let numbers: BTreeSet<u32> = sessions().map(|session| session.number).collect();
        assert_eq!(numbers.len(), sessions().count(), "each session has its own id");
    }
}
