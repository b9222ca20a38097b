//! The hooks editor.

use std::path::PathBuf;

use api::App;
use api::dto::{
    BackupView, DropUpdate, Failure, HookEdit, HookEdited, HookFile, HookReading, MergeView, OpenHookFile, SaveOutcome,
    SavePreview, SeenHook, SeenItem, TemplateView, TrustItem,
};
use tauri::ipc::Channel;
use tauri::{State, WebviewWindow};

use crate::drops::Drops;

#[tauri::command]
pub(super) async fn hook_files(app: State<'_, App>, folder: Option<String>) -> Result<Vec<HookFile>, Failure> {
    Ok(app.editor().files(folder).await?)
}

#[tauri::command]
pub(super) async fn open_hook_file(app: State<'_, App>, path: PathBuf) -> Result<OpenHookFile, Failure> {
    Ok(app.editor().open(path).await?)
}

#[tauri::command]
pub(super) async fn keep_hook_draft(
    app: State<'_, App>,
    path: PathBuf,
    text: String,
    base: Option<String>,
    templates: Vec<String>,
) -> Result<(), Failure> {
    Ok(app.editor().keep(path, text, base, templates).await?)
}

#[tauri::command]
pub(super) async fn read_hook_text(
    app: State<'_, App>,
    path: PathBuf,
    text: String,
    templates: Vec<String>,
) -> Result<HookReading, Failure> {
    Ok(app.editor().read(path, text, templates).await?)
}

#[tauri::command]
pub(super) async fn edit_hook_text(
    app: State<'_, App>,
    path: PathBuf,
    text: String,
    edit: HookEdit,
    templates: Vec<String>,
) -> Result<HookEdited, Failure> {
    Ok(app.editor().edit(path, text, edit, templates).await?)
}

#[tauri::command]
pub(super) async fn preview_hook_save(
    app: State<'_, App>,
    path: PathBuf,
    text: String,
    templates: Vec<String>,
) -> Result<SavePreview, Failure> {
    Ok(app.editor().preview(path, text, templates).await?)
}

#[tauri::command]
pub(super) async fn save_hook_file(
    app: State<'_, App>,
    path: PathBuf,
    digest: Option<String>,
    text: String,
    seen: String,
    templates: Vec<String>,
) -> Result<SaveOutcome, Failure> {
    Ok(app.editor().save(path, digest, text, seen, templates).await?)
}

#[tauri::command]
pub(super) async fn merge_hook_file(
    app: State<'_, App>,
    path: PathBuf,
    base: String,
    mine: String,
) -> Result<MergeView, Failure> {
    Ok(app.editor().merge(path, base, mine).await?)
}

#[tauri::command]
pub(super) async fn hook_backups(app: State<'_, App>, path: PathBuf) -> Result<Vec<BackupView>, Failure> {
    Ok(app.editor().backups(path).await?)
}

#[tauri::command]
pub(super) async fn hook_backup(app: State<'_, App>, path: PathBuf, id: String) -> Result<String, Failure> {
    Ok(app.editor().backup(path, id).await?)
}

#[tauri::command]
pub(super) async fn watch_hook_file(
    app: State<'_, App>,
    path: PathBuf,
    channel: Channel<Option<String>>,
) -> Result<(), Failure> {
    // A window that is gone needs no news.
    Ok(app.editor().watch(path, move |digest| drop(channel.send(digest))).await?)
}

#[tauri::command]
pub(super) async fn hook_templates(app: State<'_, App>, path: PathBuf) -> Result<Vec<TemplateView>, Failure> {
    Ok(app.editor().templates(path).await?)
}

#[tauri::command]
pub(super) async fn hook_trust_items(
    app: State<'_, App>,
    folder: String,
    keys: Vec<String>,
) -> Result<Vec<TrustItem>, Failure> {
    Ok(app.hook_trust_items(&folder, &keys).await?)
}

#[tauri::command]
pub(super) async fn trust_hooks(app: State<'_, App>, folder: String, seen: Vec<SeenItem>) -> Result<(), Failure> {
    Ok(app.trust_hooks(&folder, &seen).await?)
}

#[tauri::command]
pub(super) async fn enable_hook(
    app: State<'_, App>,
    folder: String,
    seen: SeenHook,
    enabled: bool,
) -> Result<(), Failure> {
    let to = if enabled { api::Switch::On } else { api::Switch::Off };
    Ok(app.enable_hook(&folder, &seen, to).await?)
}

/// Tells of files that are dragged over the window and dropped there, from now on.
#[tauri::command]
pub(super) fn hook_drops(drops: State<'_, Drops>, channel: Channel<DropUpdate>) {
    drops.open(channel);
}

/// The system's file dialog; `None` where nothing was chosen.
#[tauri::command]
pub(super) async fn pick_hook_file(window: WebviewWindow) -> Result<Option<PathBuf>, Failure> {
    let (told, chosen) = tokio::sync::oneshot::channel();
    let ask = move || {
        let dialog = rfd::AsyncFileDialog::new().add_filter("JSON, TOML", &["json", "jsonc", "toml"]).pick_file();
        // It belongs to the toolkit's own thread; waiting does not.
        tauri::async_runtime::spawn(async move { told.send(dialog.await) });
    };
    window
        .run_on_main_thread(ask)
        .map_err(|error| Failure { code: "internal".to_owned(), detail: error.to_string() })?;
    // Without an answer nothing was chosen.
    Ok(chosen.await.ok().flatten().map(|file| file.path().to_owned()))
}
