//! From a seed to a case.

use model::HookEvent;
use serde_json::{Value, json};

use super::answers;
use super::case::{Case, End, Handler, Place, Stdin, Tool};
use super::random::Rng;

/// Events whose answers can do more come more often.
const EVENTS: [HookEvent; 20] = [
    HookEvent::PreToolUse,
    HookEvent::PermissionRequest,
    HookEvent::UserPromptSubmit,
    HookEvent::PostToolUse,
    HookEvent::Stop,
    HookEvent::SessionStart,
    HookEvent::PreCompact,
    HookEvent::PreToolUse,
    HookEvent::PermissionRequest,
    HookEvent::PostCompact,
    HookEvent::SubagentStart,
    HookEvent::SubagentStop,
    HookEvent::Interrupt,
    HookEvent::SessionEnd,
    HookEvent::PreModelRequest,
    HookEvent::PostModelRequest,
    HookEvent::PreToolUse,
    HookEvent::PostToolUse,
    HookEvent::UserPromptSubmit,
    HookEvent::Stop,
];

/// Seeds in a row go through all events.
pub(crate) fn case(seed: u64) -> Case {
    let mut rng = Rng::new(seed);
    let at = usize::try_from(seed).expect("a small seed") % EVENTS.len();
    let event = EVENTS[at].clone();
    let tool = match event {
        HookEvent::PreToolUse | HookEvent::PostToolUse if rng.one_in(4) => Tool::Patch,
        _ => Tool::Shell,
    };
    let mut case = Case { seed, event, tool, handlers: Vec::new() };
    let count = [1, 1, 1, 2, 3][rng.below(5)];
    case.handlers = (0..count).map(|at| handler(&mut rng, &case, at)).collect();
    spread(&mut rng, &mut case);
    if !case.is_recorded() {
        case.handlers.push(Handler::silent());
    }
    case
}

/// They do not end in the order in which they stand.
fn spread(rng: &mut Rng, case: &mut Case) {
    // How long after the others one has to end for its rewriting to be the last, also on a busy machine.
    let step = if case.event == HookEvent::PreToolUse { 300 } else { 60 };
    let count = case.handlers.len();
    let start = rng.below(count);
    if count > 1 {
        for (at, handler) in case.handlers.iter_mut().enumerate() {
            handler.wait = step * ((start + at) % count) as u64;
        }
    }
}

fn handler(rng: &mut Rng, case: &Case, at: usize) -> Handler {
    let end = match rng.below(100) {
        0..=69 => End::Exit(0),
        70..=85 => End::Exit(2),
        86..=93 => End::Exit([1, 3, 126, 127, 255][rng.below(5)]),
        94..=97 => End::Killed,
        _ => End::TimesOut,
    };
    let quiet = end == End::Exit(0) && !rng.one_in(3);
    Handler {
        matcher: rng.one_in(3).then(|| matcher(rng, case)),
        status_message: rng.one_in(4).then(|| rng.pick(&["Checking", "é 😀", ""]).to_owned()),
        context_limit: rng.one_in(4).then(|| [0, 1, 20, 40, 2500][rng.below(5)]),
        place: if rng.one_in(4) { Place::GroupBefore } else { Place::OwnGroup },
        stdin: if rng.one_in(8) { Stdin::Ignored } else { Stdin::Read },
        wait: 0,
        stdout: answers::stdout(rng, &case.event, &rewrites(case, at)),
        stderr: if quiet { Vec::new() } else { answers::stderr(rng) },
        end,
    }
}

/// The input of the tool as this handler may rewrite it.
fn rewrites(case: &Case, at: usize) -> [Value; 8] {
    let good = json!({ "command": case.call(&format!("rewritten{at}")) });
    let more = json!({ "command": case.call(&format!("more{at}")), "workdir": "/" });
    let bad = [json!({ "cmd": "true" }), json!({ "command": 7 }), json!("true"), Value::Null];
    let [cmd, number, text, null] = bad;
    [good.clone(), good.clone(), good, more, cmd, number, text, null]
}

fn matcher(rng: &mut Rng, case: &Case) -> String {
    let subject = match case.event {
        HookEvent::PreToolUse | HookEvent::PermissionRequest | HookEvent::PostToolUse => match case.tool {
            Tool::Shell => "Bash",
            Tool::Patch => "apply_patch",
        },
        HookEvent::PreCompact | HookEvent::PostCompact => "manual",
        HookEvent::SessionEnd => "other",
        HookEvent::SubagentStart | HookEvent::SubagentStop => "default",
        _ => "startup",
    };
    let (first, rest) = subject.split_at(1);
    match rng.below(14) {
        0 | 1 => subject.to_owned(),
        2 => String::new(),
        3 => "*".to_owned(),
        4 => ".*".to_owned(),
        5 => format!("^{subject}$"),
        6 => format!("Nope|{subject}"),
        7 => first.to_owned(),
        8 => format!("{first}.+"),
        9 => format!("(?i){}", subject.to_uppercase()),
        10 => format!("{}{rest}", first.to_uppercase()),
        11 => "Edit|Write".to_owned(),
        12 => format!("{subject} "),
        _ => rng.pick(&["Nope", "(", "(?!x)"]).to_owned(),
    }
}
