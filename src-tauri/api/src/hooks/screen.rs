//! What the Hooks screen shows and offers. Runs nothing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::agents::codex::install as entry;
use appserver::{Attachment, Listed, Thread, ThreadId, TrustStatus};
use config::discover::{Discovery, Flags};
use history::{EventQuery, Reader};
use model::{Agent, Hook, HookEvent, HookKey, SessionId, SourceKind};

use super::since::Past;
use super::{Hooks, Which, aside, sample, view};
use crate::agents::environment;
use crate::dto::{GrantView, HooksView, RecordedPayload, TrialPayloads, UntrustedView};
use crate::hosted::Hosted;
use crate::{Error, Paths};

/// The agent whose hooks are shown. There is no other yet.
pub(crate) const AGENT: Agent = Agent::Codex;
/// So many sessions are looked through for their folders.
const SESSIONS: usize = 300;
/// So many folders are offered.
const FOLDERS: usize = 20;

/// What a session has, and whether the *allow* of hosted hooks counts.
pub(crate) struct Found {
    pub(crate) discovery: Discovery,
    grants: HashMap<HookKey, GrantView>,
}

/// The agent's own hooks in this folder, then the hosted ones as the running app has them.
pub(crate) async fn find(paths: &Paths, hosted: &Arc<Hosted>, folder: &Path) -> Result<Found, Error> {
    let which = Which::Of { agent: AGENT, folder: folder.to_owned() };
    let mut discovery = Hooks::of(paths).list(&which, &Flags::default()).await?;
    // What they are by their file alone is not what they are here.
    discovery.hooks.retain(|hook| hook.source.kind != SourceKind::Hosted);
    let hosted = hosted.clone();
    let (list, file) = aside(move || (hosted.list(), hosted.discovery())).await;
    let before = u32::try_from(discovery.hooks.len()).unwrap_or(u32::MAX);
    let mut grants = HashMap::new();
    for (hook, grant) in list {
        if hook.agents.as_ref().is_none_or(|agents| agents.contains(&AGENT)) {
            grants.insert(hook.key.clone(), grant);
            discovery.hooks.push(Hook { display_order: before.saturating_add(hook.display_order), ..hook });
        }
    }
    add(&mut discovery.skipped, &file.skipped);
    add(&mut discovery.warnings, &file.warnings);
    add(&mut discovery.errors, &file.errors);
    Ok(Found { discovery, grants })
}

fn add<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

/// The hooks of a session in this folder; without one, in that of the newest session, or at home.
pub(crate) async fn hooks(
    paths: &Paths,
    hosted: &Arc<Hosted>,
    reader: &Reader,
    folder: Option<String>,
) -> Result<HooksView, Error> {
    let reader = reader.clone();
    // A history that cannot be read offers no folders, and is told of elsewhere.
    let folders = aside(move || folders(&reader)).await.unwrap_or_default();
    let usual = || folders.first().map(PathBuf::from).or_else(environment::home);
    let folder = folder.map(PathBuf::from).or_else(usual).ok_or(Error::NoHome)?;
    let Found { discovery, grants } = find(paths, hosted, &folder).await?;
    let (trusted, backups) = (paths.trusted(), paths.backups());
    let view = move || {
        let since = Past { trusted: &trusted, backups: &backups }.since(&discovery);
        view::hooks(AGENT, &folder, &discovery, &grants, since, folders)
    };
    Ok(aside(view).await)
}

/// Hooks that these sessions of a server would run, were they trusted. Without our own entries, of which the Agents screen tells.
pub(crate) async fn untrusted(
    server: &Attachment,
    sessions: impl IntoIterator<Item = SessionId>,
) -> Result<Vec<UntrustedView>, Error> {
    let mut by_folder: HashMap<PathBuf, Vec<String>> = HashMap::new();
    let mut found = Vec::new();
    for session in sessions {
        // One that has just been closed is no reason to tell nothing of the others.
        let Ok(Thread { cwd: Some(folder), .. }) = server.thread(&ThreadId(session.to_string())).await else {
            continue;
        };
        let keys = match by_folder.get(&folder) {
            Some(keys) => keys.clone(),
            None => untrusted_in(server, &folder).await?,
        };
        if !keys.is_empty() {
            found.push(UntrustedView {
                agent_title: AGENT.title().to_owned(),
                session: session.to_string(),
                folder: folder.to_string_lossy().into_owned(),
                keys: keys.clone(),
            });
        }
        by_folder.insert(folder, keys);
    }
    Ok(found)
}

async fn untrusted_in(server: &Attachment, folder: &Path) -> Result<Vec<String>, Error> {
    let ours = |hook: &Listed| hook.command.as_deref().is_some_and(|command| entry::ours(command).is_some());
    let untrusted = |hook: &Listed| match hook.trust_status {
        TrustStatus::Untrusted | TrustStatus::Modified => hook.enabled && !ours(hook),
        TrustStatus::Trusted | TrustStatus::Other(_) => false,
    };
    let mut hooks = server.client().hooks(&[folder.to_owned()]).await?.hooks;
    hooks.retain(untrusted);
    Ok(hooks.into_iter().map(|hook| hook.key).collect())
}

/// What hooks of this event can be tried with; one of them, where `key` names it.
pub(crate) async fn payloads(
    paths: &Paths,
    hosted: &Arc<Hosted>,
    reader: &Reader,
    folder: &Path,
    event: HookEvent,
    key: Option<&str>,
) -> Result<TrialPayloads, Error> {
    let hooks = match key {
        Some(_) => find(paths, hosted, folder).await?.discovery.hooks,
        None => Vec::new(),
    };
    let hook = hooks.iter().find(|hook| Some(hook.key.as_str()) == key);
    let sample = sample::payload(&event, folder, hook.and_then(|hook| hook.matcher.as_ref()));
    let reader = reader.clone();
    Ok(TrialPayloads { sample, recorded: aside(move || recorded(&reader, event)).await? })
}

/// Folders of past sessions that are still there, the newest first.
fn folders(reader: &Reader) -> Result<Vec<String>, Error> {
    let query = EventQuery {
        agent: Some(AGENT),
        event: Some(HookEvent::SessionStart),
        limit: SESSIONS,
        ..EventQuery::default()
    };
    let mut folders = Vec::new();
    for folder in reader.events(&query)?.rows.into_iter().filter_map(|row| row.event.cwd) {
        let folder = folder.to_string_lossy().into_owned();
        if folders.len() < FOLDERS && !folders.contains(&folder) && Path::new(&folder).is_dir() {
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// The newest payload of this event.
fn recorded(reader: &Reader, event: HookEvent) -> Result<Option<RecordedPayload>, Error> {
    let query = EventQuery { agent: Some(AGENT), event: Some(event), limit: 1, ..EventQuery::default() };
    let Some(newest) = reader.events(&query)?.rows.into_iter().next() else { return Ok(None) };
    // A list leaves long payloads out.
    let row = reader.event(&newest.id)?;
    Ok(row.map(|row| RecordedPayload { at: row.at.0.to_string(), payload: sample::editable(&row.event.payload) }))
}
