//! Tells Tauri where our capability and permission files are, and embeds ui/dist.

fn main() -> anyhow::Result<()> {
    for path in ["src-tauri/capabilities", "src-tauri/permissions", "icons"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/*.json")
        .app_manifest(tauri_build::AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml"));
    tauri_build::try_build(attributes)
}
