//! What an agent's program and files say, as one view with the problems found and what mends each.

use std::collections::BTreeSet;
use std::path::Path;

use ::agents::codex::install as entry;
use appserver::{Listed as Hook, TrustStatus};
use config::{Found, FoundEntry, Home};
use model::{Agent, HookEvent};

use super::environment::Installation;
use super::records::Connections;
use super::{Listed, Told, install, sessions};
use crate::card::pieces;
use crate::dto::{
    AgentView, ConnectionView, EntryView, Fix, OpenSession, Problem, ProblemCode, ProgramView, TrustView,
};
use crate::{Error, Paths};

/// Blocks: reads files and the history.
pub(crate) fn view(
    paths: &Paths,
    reader: &history::Reader,
    agent: Agent,
    installation: &Installation,
    told: Option<Told>,
) -> AgentView {
    let home = Home::at(&installation.home);
    let mut problems = Problems::default();
    let program = installation.program.as_ref().map(|path| ProgramView {
        path: pieces(&path.to_string_lossy()),
        version: told.as_ref().and_then(|told| told.version.clone()),
    });
    if program.is_none() {
        problems.add(ProblemCode::NoProgram, "", None);
    }
    let listed = match told.map(|told| told.hooks) {
        Some(Ok(listed)) => Some(listed),
        Some(Err(error)) => {
            problems.add(ProblemCode::NotAsked, &error, None);
            None
        }
        None => None,
    };
    let looked = config::inspect(&home).map_err(Error::from).and_then(|found| Ok((found, Connections::read(paths)?)));
    let (found, connections) = match looked {
        Ok(looked) => looked,
        Err(error) => {
            problems.add(ProblemCode::Unreadable, &format!("failed to {error}"), None);
            return AgentView {
                agent: agent.name().to_owned(),
                title: agent.title().to_owned(),
                program,
                home: pieces(&installation.home.to_string_lossy()),
                file: pieces(&home.hooks().to_string_lossy()),
                connection: ConnectionView::Unreadable,
                trust: TrustView::Unknown,
                attached: Vec::new(),
                entries: Vec::new(),
                lacking: Vec::new(),
                last_event_at: last_event(reader, agent),
                problems: problems.0,
            };
        }
    };
    let removed = connections.removed(&installation.home, &found);
    let entries: Vec<_> = entry::EVENTS
        .iter()
        .map(|event| {
            let there = found.ours.iter().find(|entry| entry.event == *event);
            EntryView {
                event: event.name().to_owned(),
                there: there.is_some(),
                removed: removed.contains(event),
                trust: there.map_or(TrustView::Unknown, |entry| trust(entry, &found, listed.as_ref())),
            }
        })
        .collect();
    let connection = connection(paths, &found, &removed);
    problems.of_connection(connection, &entries, &found);
    let connected = matches!(connection, ConnectionView::Connected | ConnectionView::Partly);
    if connected && !install::is_current(paths) {
        problems.add(ProblemCode::RelayMissing, &paths.relay().to_string_lossy(), Some(Fix::Install));
    }
    if found.hooks_off || listed.as_ref().is_some_and(|listed| listed.hooks_on == Some(false)) {
        problems.add(ProblemCode::HooksOff, &home.config().to_string_lossy(), None);
    }
    let overall = overall(&entries);
    if !found.ours.is_empty() && connection != ConnectionView::Stale {
        // Only the agent itself writes its trust.
        let fix = program.is_some().then_some(Fix::Trust);
        problems.of_trust(overall, &entries, fix);
    }
    for other in others(&found, listed.as_ref()) {
        problems.add(ProblemCode::OtherHooks, &other, None);
    }
    let since = connections.at(&installation.home).map(|connection| connection.since);
    let lacking = match since {
        Some(since) if connected => lacking(reader, agent, &installation.home, since),
        Some(_) | None => Vec::new(),
    };
    if !lacking.is_empty() {
        let folders: Vec<_> = lacking.iter().map(|session| session.0.as_str()).collect();
        problems.add(ProblemCode::OpenSessions, &folders.join("\n"), None);
    }
    AgentView {
        agent: agent.name().to_owned(),
        title: agent.title().to_owned(),
        program,
        home: pieces(&installation.home.to_string_lossy()),
        file: pieces(&found.file.to_string_lossy()),
        connection,
        trust: overall,
        attached: Vec::new(),
        entries,
        lacking: lacking.into_iter().map(|(_, session)| session).collect(),
        last_event_at: last_event(reader, agent),
        problems: problems.0,
    }
}

/// What the agent lists in the place of this entry; `None`: nothing, because this version of it does not know the event.
pub(crate) fn listed_as<'h>(hooks: &'h [Hook], entry: &FoundEntry) -> Option<&'h Hook> {
    let place = |key: &str| key.rsplitn(4, ':').take(3).map(str::to_owned).collect::<Vec<_>>();
    let file = entry.file.canonicalize().ok();
    let same_file = |hook: &Hook| Path::new(&hook.source_path).canonicalize().ok() == file;
    hooks.iter().find(|hook| hook.key == entry.key || place(&hook.key) == place(&entry.key) && same_file(hook))
}

fn connection(paths: &Paths, found: &Found, removed: &[HookEvent]) -> ConnectionView {
    let current = |entry: &FoundEntry| entry.ours.relay == paths.relay() && entry.ours.home.as_deref() == paths.home();
    let there: BTreeSet<_> = found.ours.iter().map(|entry| entry.event.name().to_owned()).collect();
    if found.ours.is_empty() {
        return if removed.is_empty() { ConnectionView::NotConnected } else { ConnectionView::Removed };
    }
    if !found.ours.iter().all(current) {
        return ConnectionView::Stale;
    }
    // Without what a person took out, it is complete.
    let complete = entry::EVENTS.iter().all(|event| there.contains(event.name()) || removed.contains(event));
    if complete { ConnectionView::Connected } else { ConnectionView::Partly }
}

/// The agent's own word where it could be asked, else what its file says.
fn trust(entry: &FoundEntry, found: &Found, listed: Option<&Listed>) -> TrustView {
    if let Some(listed) = listed {
        let Some(hook) = listed_as(&listed.hooks.hooks, entry) else { return TrustView::Unknown };
        return match hook.trust_status {
            _ if hook.command.as_deref() != Some(entry.command.as_str()) => TrustView::Unknown,
            _ if !hook.enabled => TrustView::Disabled,
            TrustStatus::Trusted => TrustView::Trusted,
            TrustStatus::Untrusted => TrustView::Untrusted,
            TrustStatus::Modified => TrustView::Modified,
            TrustStatus::Other(_) => TrustView::Unknown,
        };
    }
    match found.trusted.get(&entry.key) {
        Some(trust) if trust.enabled == Some(false) => TrustView::Disabled,
        Some(trust) => match &trust.hash {
            Some(hash) if *hash == entry.hash => TrustView::Trusted,
            Some(_) => TrustView::Modified,
            None => TrustView::Untrusted,
        },
        None => TrustView::Untrusted,
    }
}

/// The worst of all entries that are there. Those of which nothing is known do not count beside others: an older agent knows fewer
/// events.
fn overall(entries: &[EntryView]) -> TrustView {
    let worst = [TrustView::Modified, TrustView::Untrusted, TrustView::Disabled, TrustView::Trusted];
    let there = || entries.iter().filter(|entry| entry.there).map(|entry| entry.trust);
    worst.into_iter().find(|bad| there().any(|trust| trust == *bad)).unwrap_or(TrustView::Unknown)
}

/// Other tools' handlers that the agent waits for when it needs permission.
fn others(found: &Found, listed: Option<&Listed>) -> Vec<String> {
    match listed {
        Some(listed) => {
            let asks = |hook: &&Hook| {
                hook.event_name == "permissionRequest"
                    && hook.enabled
                    && hook.command.as_deref().is_none_or(|command| entry::ours(command).is_none())
            };
            let told = listed.hooks.hooks.iter().filter(asks);
            told.map(|hook| format!("{}: {}", hook.source_path, hook.command.as_deref().unwrap_or(&hook.handler_type)))
                .collect()
        }
        None => {
            let others = found.others.iter().filter(|other| other.event == HookEvent::PermissionRequest);
            others.map(|other| format!("{}: {}", other.file.display(), other.command)).collect()
        }
    }
}

/// Sessions that are open since before the entries counted and of which nothing was heard.
fn lacking(reader: &history::Reader, agent: Agent, home: &Path, since: model::Timestamp) -> Vec<(String, OpenSession)> {
    let mut open = sessions::open(home, Path::new("/proc"));
    open.retain(|session| session.since < since);
    let ids: Vec<_> = open.iter().map(|session| session.id.clone()).collect();
    let heard = reader.sessions_with_events(agent, &ids).unwrap_or_default();
    open.retain(|session| !heard.contains(&session.id));
    let view = |session: sessions::Open| {
        let folder = session.folder.map(|folder| folder.to_string_lossy().into_owned());
        let told = folder.clone().unwrap_or_else(|| session.id.to_string());
        let view = OpenSession {
            id: session.id.to_string(),
            folder: folder.as_deref().map(pieces),
            since: session.since.0.to_string(),
            pid: session.pid,
        };
        (told, view)
    };
    open.into_iter().map(view).collect()
}

fn last_event(reader: &history::Reader, agent: Agent) -> Option<String> {
    reader.last_event(agent).ok().flatten().map(|at| at.0.to_string())
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, code: ProblemCode, detail: &str, fix: Option<Fix>) {
        self.0.push(Problem { code, detail: pieces(detail), fix });
    }

    fn of_connection(&mut self, connection: ConnectionView, entries: &[EntryView], found: &Found) {
        let file = found.file.to_string_lossy();
        match connection {
            ConnectionView::NotConnected => self.add(ProblemCode::NotConnected, &file, Some(Fix::Connect)),
            ConnectionView::Removed => self.add(ProblemCode::Removed, &file, Some(Fix::PutBack)),
            ConnectionView::Stale => {
                let relay = found.ours.iter().map(|entry| entry.ours.relay.to_string_lossy().into_owned());
                let relays: BTreeSet<_> = relay.collect();
                let relays: Vec<_> = relays.into_iter().collect();
                self.add(ProblemCode::StalePath, &relays.join("\n"), Some(Fix::Connect));
            }
            ConnectionView::Partly => {
                let missing = entries.iter().filter(|entry| !entry.there && !entry.removed);
                let missing: Vec<_> = missing.map(|entry| entry.event.as_str()).collect();
                self.add(ProblemCode::PartlyConnected, &missing.join(", "), Some(Fix::Connect));
            }
            ConnectionView::Connected | ConnectionView::Unreadable => {}
        }
    }

    fn of_trust(&mut self, trust: TrustView, entries: &[EntryView], fix: Option<Fix>) {
        let with = entries.iter().filter(|entry| entry.there && entry.trust == trust);
        let events: Vec<_> = with.map(|entry| entry.event.as_str()).collect();
        let (code, fix) = match trust {
            TrustView::Untrusted => (ProblemCode::Untrusted, fix),
            TrustView::Modified => (ProblemCode::Modified, fix),
            TrustView::Disabled => (ProblemCode::Disabled, None),
            TrustView::Trusted | TrustView::Unknown => return,
        };
        self.add(code, &events.join(", "), fix);
    }
}
