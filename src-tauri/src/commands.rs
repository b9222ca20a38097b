//! What the pages may call. Each command stands in `permissions/commands.toml` and in the capability file of the windows that
//! may call it.

mod editor;

use std::time::Duration;

use api::dto::{
    AgentView, Aim, Arming, Choice, EventDetail, Failure, HooksView, HostedWish, InsightsView, LiveSnapshot,
    LiveUpdate, PastDetail, PastFilter, PastPage, PastRunDetail, PastRunPage, PlanView, RuleDraft, RulePreview,
    RuleWish, RulesView, RunAgain, RunFilter, SeenHook, Setting, Snapshot, Surface, TestOutcome, TrialPayloads,
    TrialUpdate, TrialWish, UntrustedView, Update,
};
use api::{App, Paths};
use model::Agent;
use tauri::ipc::{Channel, Invoke};
use tauri::{State, WebviewWindow, Wry};

use crate::{events, windows};

pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        subscribe,
        painted,
        decide,
        deny_session,
        past,
        past_shown,
        past_detail,
        runs,
        run,
        run_again,
        insights,
        live,
        event,
        agents,
        plan,
        carry_out,
        trust,
        install_relay,
        test_request,
        hooks,
        untrusted_hooks,
        trial_payloads,
        try_hooks,
        stop_trial,
        wish_hosted,
        editor::hook_files,
        editor::open_hook_file,
        editor::keep_hook_draft,
        editor::read_hook_text,
        editor::edit_hook_text,
        editor::preview_hook_save,
        editor::save_hook_file,
        editor::merge_hook_file,
        editor::hook_backups,
        editor::hook_backup,
        editor::watch_hook_file,
        editor::hook_templates,
        editor::pick_hook_file,
        editor::hook_drops,
        editor::hook_trust_items,
        editor::trust_hooks,
        editor::enable_hook,
        rules,
        rule_drafts,
        preview_rule,
        save_rule,
        wish_rule,
        confirm_rules,
        restore_rules,
        open_rule_draft,
        change_setting,
        open_data_folder,
        pause,
        resume,
        open_main,
        hide_popup,
        focus_popup,
        popup_empty,
        popup_size,
        quit,
    ]
}

/// The window that calls, as one that can decide.
fn surface(window: &WebviewWindow) -> Result<Surface, Failure> {
    windows::surface(window.label())
        .ok_or_else(|| Failure { code: "wrongWindow".to_owned(), detail: window.label().to_owned() })
}

#[tauri::command]
async fn subscribe(
    app: State<'_, App>,
    streams: State<'_, events::Streams>,
    window: WebviewWindow,
    channel: Channel<Update>,
) -> Result<Snapshot, Failure> {
    let (snapshot, updates) = app.subscribe().await?;
    streams.open(window.label(), updates, channel);
    Ok(snapshot)
}

#[tauri::command]
async fn painted(app: State<'_, App>, window: WebviewWindow, id: String, digest: String) -> Result<Arming, Failure> {
    let surface = surface(&window)?;
    if !windows::in_sight(&window) {
        return Err(Failure { code: "notShown".to_owned(), detail: window.label().to_owned() });
    }
    Ok(app.painted(surface, &id, &digest).await?)
}

#[tauri::command]
async fn decide(
    app: State<'_, App>,
    window: WebviewWindow,
    id: String,
    digest: String,
    choice: Choice,
) -> Result<(), Failure> {
    let surface = surface(&window)?;
    if matches!(choice, Choice::Allow | Choice::AllowSession) && !windows::in_sight(&window) {
        return Err(Failure { code: "notShown".to_owned(), detail: window.label().to_owned() });
    }
    app.decide(surface, &id, &digest, choice).await?;
    windows::answered(&window);
    Ok(())
}

#[tauri::command]
async fn deny_session(
    app: State<'_, App>,
    window: WebviewWindow,
    session: String,
    message: String,
) -> Result<u32, Failure> {
    let denied = app.deny_session(&session, message).await?;
    windows::answered(&window);
    Ok(denied)
}

#[tauri::command]
async fn past(app: State<'_, App>, filter: PastFilter, cursor: Option<String>) -> Result<PastPage, Failure> {
    Ok(app.past(filter, cursor).await?)
}

#[tauri::command]
async fn past_shown(app: State<'_, App>, id: String) -> Result<Option<serde_json::Value>, Failure> {
    let json = app.past_shown(&id).await?;
    let shown = json.map(|json| serde_json::from_str(&json)).transpose();
    shown.map_err(|error| Failure { code: "history".to_owned(), detail: error.to_string() })
}

#[tauri::command]
async fn past_detail(app: State<'_, App>, id: String) -> Result<Option<PastDetail>, Failure> {
    Ok(app.past_detail(&id).await?)
}

#[tauri::command]
async fn runs(app: State<'_, App>, filter: RunFilter, cursor: Option<String>) -> Result<PastRunPage, Failure> {
    Ok(app.runs(filter, cursor).await?)
}

#[tauri::command]
async fn run(app: State<'_, App>, id: String) -> Result<Option<PastRunDetail>, Failure> {
    Ok(app.run(&id).await?)
}

#[tauri::command]
async fn run_again(app: State<'_, App>, id: String) -> Result<RunAgain, Failure> {
    Ok(app.run_again(&id).await?)
}

#[tauri::command]
async fn insights(app: State<'_, App>, since: String, until: String, ahead: i32) -> Result<InsightsView, Failure> {
    Ok(app.insights(since, until, ahead).await?)
}

#[tauri::command]
async fn live(
    app: State<'_, App>,
    streams: State<'_, events::Streams>,
    window: WebviewWindow,
    channel: Channel<LiveUpdate>,
) -> Result<LiveSnapshot, Failure> {
    let (snapshot, updates) = app.live().await?;
    streams.open_live(window.label(), updates, channel);
    Ok(snapshot)
}

#[tauri::command]
async fn event(app: State<'_, App>, id: String) -> Result<Option<EventDetail>, Failure> {
    Ok(app.event(&id).await?)
}

#[tauri::command]
async fn agents(app: State<'_, App>) -> Result<Vec<AgentView>, Failure> {
    Ok(app.agents().look().await)
}

/// The agent of this name.
fn named(agent: &str) -> Result<Agent, Failure> {
    agent.parse().map_err(|model::agent::UnknownAgent(name)| Failure { code: "internal".to_owned(), detail: name })
}

#[tauri::command]
async fn plan(app: State<'_, App>, agent: String, aim: Aim) -> Result<PlanView, Failure> {
    Ok(app.agents().plan(named(&agent)?, aim).await?)
}

#[tauri::command]
async fn carry_out(app: State<'_, App>, agent: String, aim: Aim, digest: String) -> Result<(), Failure> {
    Ok(app.agents().carry_out(named(&agent)?, aim, &digest).await?)
}

#[tauri::command]
async fn trust(app: State<'_, App>, agent: String) -> Result<(), Failure> {
    Ok(app.agents().trust(named(&agent)?).await?)
}

#[tauri::command]
async fn install_relay(app: State<'_, App>) -> Result<(), Failure> {
    Ok(app.agents().install_relay()?)
}

#[tauri::command]
async fn test_request(app: State<'_, App>, agent: String) -> Result<TestOutcome, Failure> {
    Ok(app.agents().test_request(named(&agent)?).await?)
}

#[tauri::command]
async fn hooks(app: State<'_, App>, folder: Option<String>) -> Result<HooksView, Failure> {
    Ok(app.hooks(folder).await?)
}

#[tauri::command]
async fn untrusted_hooks(app: State<'_, App>) -> Result<Vec<UntrustedView>, Failure> {
    Ok(app.untrusted_hooks().await?)
}

#[tauri::command]
async fn trial_payloads(
    app: State<'_, App>,
    folder: String,
    event: String,
    key: Option<String>,
) -> Result<TrialPayloads, Failure> {
    Ok(app.trial_payloads(&folder, &event, key.as_deref()).await?)
}

#[tauri::command]
async fn try_hooks(app: State<'_, App>, wish: TrialWish, channel: Channel<TrialUpdate>) -> Result<(), Failure> {
    // A window that is gone needs no news: `windows::destroyed` stops the trial.
    let tell = move |update| drop(channel.send(update));
    Ok(app.try_hooks(&wish, tell).await?)
}

#[tauri::command]
async fn stop_trial(app: State<'_, App>) -> Result<(), Failure> {
    app.stop_trial().await;
    Ok(())
}

#[tauri::command]
async fn wish_hosted(app: State<'_, App>, hook: SeenHook, wish: HostedWish) -> Result<(), Failure> {
    Ok(app.wish_hosted(&hook.key, &hook.hash, wish).await?)
}

#[tauri::command]
async fn rules(app: State<'_, App>) -> Result<RulesView, Failure> {
    Ok(app.rules().await?)
}

#[tauri::command]
async fn rule_drafts(app: State<'_, App>, request: String) -> Result<Vec<RuleDraft>, Failure> {
    Ok(app.rule_drafts(&request).await?)
}

#[tauri::command]
async fn preview_rule(app: State<'_, App>, draft: RuleDraft, request: Option<String>) -> Result<RulePreview, Failure> {
    Ok(app.preview_rule(draft, request.as_deref()).await?)
}

#[tauri::command]
async fn save_rule(
    app: State<'_, App>,
    id: Option<String>,
    draft: RuleDraft,
    from: Option<String>,
) -> Result<RulesView, Failure> {
    Ok(app.save_rule(id.as_deref(), draft, from.as_deref()).await?)
}

#[tauri::command]
async fn wish_rule(app: State<'_, App>, id: String, wish: RuleWish) -> Result<RulesView, Failure> {
    Ok(app.wish_rule(&id, wish).await?)
}

#[tauri::command]
async fn confirm_rules(app: State<'_, App>, digest: String) -> Result<RulesView, Failure> {
    Ok(app.confirm_rules(&digest).await?)
}

#[tauri::command]
async fn restore_rules(app: State<'_, App>) -> Result<RulesView, Failure> {
    Ok(app.restore_rules().await?)
}

/// The main window is shown by whoever follows the updates.
#[tauri::command]
async fn open_rule_draft(app: State<'_, App>, request: String) -> Result<(), Failure> {
    app.ask_rule(&request).await;
    Ok(())
}

#[tauri::command]
async fn change_setting(app: State<'_, App>, setting: Setting) -> Result<(), Failure> {
    Ok(app.change(setting).await?)
}

#[tauri::command]
async fn open_data_folder(paths: State<'_, Paths>) -> Result<(), Failure> {
    // Ends by itself; the runtime waits for it.
    let opened = tokio::process::Command::new("xdg-open").arg(paths.state()).spawn();
    opened.map(drop).map_err(|error| Failure { code: "files".to_owned(), detail: format!("xdg-open: {error}") })
}

#[tauri::command]
async fn pause(app: State<'_, App>, minutes: Option<u32>) -> Result<(), Failure> {
    app.pause(minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)))).await;
    Ok(())
}

#[tauri::command]
async fn resume(app: State<'_, App>) -> Result<(), Failure> {
    app.resume().await;
    Ok(())
}

#[tauri::command]
fn open_main(window: WebviewWindow) {
    windows::show_main(tauri::Manager::app_handle(&window));
}

#[tauri::command]
fn hide_popup(window: WebviewWindow) {
    windows::hide_popup(tauri::Manager::app_handle(&window));
}

#[tauri::command]
fn focus_popup(window: WebviewWindow) {
    windows::focus_popup(tauri::Manager::app_handle(&window));
}

#[tauri::command]
fn popup_empty(window: WebviewWindow) {
    windows::popup_empty(tauri::Manager::app_handle(&window));
}

#[tauri::command]
fn popup_size(window: WebviewWindow, height: u32) -> Result<(), Failure> {
    windows::fit_popup(tauri::Manager::app_handle(&window), height)
        .map_err(|error| Failure { code: "internal".to_owned(), detail: error.to_string() })
}

#[tauri::command]
async fn quit(app: State<'_, App>, window: WebviewWindow, hand_back: bool) -> Result<(), Failure> {
    if hand_back {
        events::quit(tauri::Manager::app_handle(&window).clone()).await;
    } else {
        app.stay().await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    fn read(path: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    }

    /// The command names in `text` that stand between `before` and `after`.
    fn between<'t>(text: &'t str, before: &str, after: &str) -> BTreeSet<&'t str> {
        text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().trim()).collect()
    }

    fn handled() -> BTreeSet<String> {
        let source = read("src-tauri/src/commands.rs");
        let list = source.split("generate_handler![").nth(1).unwrap().split(']').next().unwrap();
        let name = |path: &str| path.rsplit("::").next().unwrap_or_default().trim().to_owned();
        list.split(',').map(name).filter(|name| !name.is_empty()).collect()
    }

    fn granted(window: &str) -> BTreeSet<String> {
        let capability: serde_json::Value =
            serde_json::from_str(&read(&format!("src-tauri/capabilities/{window}.json"))).unwrap();
        assert_eq!(capability["windows"], serde_json::json!([window]));
        let permissions = capability["permissions"].as_array().unwrap();
        permissions
            .iter()
            .map(|permission| permission.as_str().unwrap().strip_prefix("allow-").unwrap().replace('-', "_"))
            .collect()
    }

    #[test]
    fn every_command_has_a_permission_and_a_window() {
        let permissions = read("src-tauri/permissions/commands.toml");
        let named: BTreeSet<_> =
            between(&permissions, "commands.allow = [\"", "\"]").into_iter().map(str::to_owned).collect();
        assert_eq!(named, handled());
        assert_eq!(&granted("main") | &granted("popup"), handled());
    }

    #[test]
    fn each_window_may_call_what_it_needs_and_no_more() {
        let only = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(
            &granted("main") - &granted("popup"),
            only(&[
                "agents",
                "carry_out",
                "hook_files",
                "open_hook_file",
                "keep_hook_draft",
                "read_hook_text",
                "edit_hook_text",
                "preview_hook_save",
                "save_hook_file",
                "merge_hook_file",
                "hook_backups",
                "hook_backup",
                "watch_hook_file",
                "hook_templates",
                "pick_hook_file",
                "hook_drops",
                "hook_trust_items",
                "trust_hooks",
                "enable_hook",
                "change_setting",
                "confirm_rules",
                "event",
                "hooks",
                "install_relay",
                "live",
                "open_data_folder",
                "past",
                "past_detail",
                "runs",
                "run",
                "run_again",
                "insights",
                "past_shown",
                "pause",
                "plan",
                "preview_rule",
                "quit",
                "restore_rules",
                "resume",
                "rule_drafts",
                "rules",
                "save_rule",
                "stop_trial",
                "test_request",
                "trial_payloads",
                "trust",
                "try_hooks",
                "untrusted_hooks",
                "wish_hosted",
                "wish_rule",
            ])
        );
        assert_eq!(
            &granted("popup") - &granted("main"),
            only(&["focus_popup", "hide_popup", "open_main", "open_rule_draft", "popup_empty", "popup_size"])
        );
    }

    #[test]
    fn the_pages_call_exactly_these_commands() {
        let door = read("ui/src/ipc/tauri.ts");
        for command in handled() {
            assert!(door.contains(&format!("'{command}'")), "{command} is not called by the pages");
        }
    }
}
