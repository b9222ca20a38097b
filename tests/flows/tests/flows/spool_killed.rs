//! Thousands of events while the app is started and killed at random: each is in the history exactly once.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fixtures::relay::{Installed, Outcome};
use fixtures::{Home, payload};
use flows::{Chance, spooled, until};
use protocol::Event;
use protocol::spool::Spool;
use serde_json::json;

use crate::headless::{self, Headless};
use crate::stored;

/// Relays that run at once, each a process.
const WRITERS: usize = 6;

/// Event number `n`, of one kind or another. Its session is its number.
fn payload(n: usize) -> Vec<u8> {
    let session = n.to_string();
    match n % 4 {
        0 => payload::bytes(&session, "UserPromptSubmit", json!({ "prompt": format!("prompt {n}") })),
        1 => payload::shell_in(&session, "make"),
        2 => payload::bytes(&session, "Stop", json!({ "last_assistant_message": "x".repeat(n % 5000) })),
        _ => {
            payload::bytes(&session, "PreToolUse", json!({ "tool_name": "Bash", "tool_input": { "command": "make" } }))
        }
    }
}

/// While relays tell of `count` events, starts and kills the app `kills` times, each at a random one of them.
fn start_and_kill(home: &Home, told: &AtomicUsize, count: usize, kills: usize, chance: &mut Chance) {
    let share = count / kills;
    for kill in 0..kills {
        let told_of = |many: usize| until("the relays", || (told.load(Ordering::Relaxed) >= many).then_some(()));
        let (start, life) = (chance.below(share / 2), 1 + chance.below(share / 2));
        told_of(kill * share + start);
        let app = Headless::unattended(home.path());
        told_of(kill * share + start + life);
        drop(app);
    }
}

#[test]
fn an_app_killed_while_it_takes_in_loses_nothing_and_takes_nothing_twice() {
    let soak = std::env::var_os("HOOKWRIGHT_SOAK").is_some();
    let (count, kills) = if soak { (20_000, 40) } else { (2000, 4) };
    let home = Home::new();
    let spool = Spool::make(&flows::spool(home.path())).unwrap();
    for n in 0..count {
        spool.keep(&Event::now("codex", payload(n)).unwrap()).unwrap();
    }
    let mut chance = Chance::seeded(20_261_206);
    let mut in_between = 0;
    for kill in 0..kills {
        let app = Headless::unattended(home.path());
        let many = kill * count / kills + chance.below(count / kills);
        until("some to come in", || (stored::count(home.path(), "events") >= many as i64).then_some(()));
        drop(app);
        let left = spooled(home.path()).len();
        assert!(stored::events(home.path()).len() + left >= count, "what is not stored is still there");
        in_between += usize::from((1..count).contains(&left));
    }
    assert!(in_between > 0, "no kill came in between");
    let _app = Headless::unattended(home.path());
    until("the spool to be empty", || spooled(home.path()).is_empty().then_some(()));
    let mut sessions: Vec<usize> =
        stored::events(home.path()).iter().map(|event| event.session.parse().unwrap()).collect();
    sessions.sort_unstable();
    assert_eq!(sessions, (0..count).collect::<Vec<_>>());
    println!("{count} events, {kills} kills, {in_between} of them in between");
}

#[test]
fn each_event_is_in_the_history_once_whenever_the_app_is_killed() {
    let soak = std::env::var_os("HOOKWRIGHT_SOAK").is_some();
    let (count, kills) = if soak { (10_000, 60) } else { (600, 6) };
    let seed = 20_261_205;
    let (home, relay) = (Home::new(), Installed::trusting(&[Path::new(headless::PROGRAM)]));
    drop(Headless::unattended(home.path()));

    let (next, told) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return;
                    }
                    let outcome = relay.ask(home.path(), &payload(n)).outcome();
                    assert_eq!(outcome, Outcome::silent(), "event {n}");
                    told.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        start_and_kill(&home, &told, count, kills, &mut Chance::seeded(seed));
    });

    let _app = Headless::unattended(home.path());
    until("the spool to be empty", || spooled(home.path()).is_empty().then_some(()));
    let events = stored::events_in(home.path(), count);
    let mut times: HashMap<&str, usize> = HashMap::new();
    for event in &events {
        *times.entry(&event.session).or_default() += 1;
    }
    for n in 0..count {
        assert_eq!(times.get(n.to_string().as_str()), Some(&1), "event {n} with seed {seed}");
    }
    let live = events.iter().filter(|event| event.reported == "live").count();
    assert!(live > 0 && live < count, "{live} of {count} were seen live: the app was always closed or never");
    assert!(
        events.iter().all(|event| event.reported == "live" || event.request.is_none()),
        "a kept event asks nothing"
    );
    println!("{count} events, {kills} kills, {live} seen live, {} came in from the spool", count - live);
}
