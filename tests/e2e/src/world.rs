//! One world per test: everything the application touches, and nothing of the machine's real user.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use fixtures::codex::{Lab, installed};
use serde_json::{Map, json};
use tempfile::TempDir;

use crate::display::{Display, Manager};
use crate::notifications::{Notifications, Server};
use crate::page::Page;
use crate::payload::Payload;
use crate::process::{Guard, Process, Starter, program, running};
use crate::relay::{Asking, stdin};
use crate::screens::Screens;
use crate::tray::Tray;
use crate::wait::until;
use crate::webdriver::{Session, free_port};
use crate::{MAIN, POPUP, bus};

/// A test that takes longer has lost its way.
const TEST_LIMIT: Duration = Duration::from_secs(120);

/// How a world differs from an ordinary start.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Content of `settings.toml`, behind what `first_run` says.
    pub settings: &'static str,
    pub first_run: FirstRun,
    pub look: Look,
    pub start: Start,
    pub tray_host: TrayHost,
    pub manager: Manager,
    pub screens: Screens,
    /// What the application gets on its command line.
    pub arguments: &'static [&'static str],
    /// What it finds in its environment beside the world's own.
    pub environment: &'static [(&'static str, &'static str)],
}

/// Whether the person has been shown around already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstRun {
    #[default]
    Done,
    Ahead,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    #[default]
    Light,
    Dark,
}

/// Who starts the application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// WebDriver, so that its pages can be read.
    #[default]
    Driven,
    /// We, as a person would: no page can be read.
    Plain,
    /// Nobody yet; see [`World::begin`] and [`World::launch`].
    Not,
}

/// Whether the desktop shows tray icons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrayHost {
    #[default]
    Present,
    Absent,
}

// Fields are dropped in this order: the application first, its display and bus after it.
pub struct World {
    arguments: &'static [&'static str],
    session: Option<Session>,
    app: Option<Process>,
    tray: Option<Tray>,
    display: Display,
    bus: Process,
    relay: PathBuf,
    program: PathBuf,
    asked: Cell<u32>,
    starter: Starter,
    guard: Guard,
    folder: TempDir,
}

/// Runs one test in a world of its own. What went wrong is printed with the logs, and a picture is kept.
pub fn run(options: Options, test: impl AsyncFnOnce(&mut World) -> Result<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let mut world = World::start(options).await.expect("a world starts");
        match tokio::time::timeout(TEST_LIMIT, test(&mut world)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("{error:?}"),
            Err(_) => panic!("the test took more than {TEST_LIMIT:?}"),
        }
    });
}

impl World {
    pub async fn start(options: Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("hw").tempdir()?;
        let guard = Guard::start()?;
        let mut starter = Starter { folder: folder.path().to_owned(), environment: Vec::new() };
        starter.set("PATH", std::env::var("PATH")?);
        starter.set("LANG", "C.UTF-8");
        starter.set("GSETTINGS_BACKEND", "memory");
        for (variable, value) in options.environment {
            starter.set(variable, *value);
        }
        let folders =
            [("HOME", "home"), ("CODEX_HOME", "codex"), ("XDG_RUNTIME_DIR", "run"), ("HOOKWRIGHT_HOME", "hw")];
        for (variable, name) in folders {
            let folder = folder.path().join(name);
            fs::create_dir(&folder)?;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
            starter.set(variable, folder.to_str().context("a temp folder is UTF-8")?);
        }
        fs::create_dir(folder.path().join("hw/config"))?;
        fs::write(folder.path().join("hw/config/settings.toml"), settings(&options))?;
        prefer(options.look, &folder.path().join("home"))?;

        let program = app_program()?;
        let relay = install_relay(folder.path(), &program)?;
        let bus = bus::start(&mut starter, &guard)?;
        let display = Display::start(&mut starter, &guard, options.manager, options.screens).await?;
        let address = starter.environment.iter().find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
        let tray = match (options.tray_host, address) {
            (TrayHost::Present, Some((_, address))) => Some(Tray::start(address).await?),
            (TrayHost::Present | TrayHost::Absent, _) => None,
        };
        let mut world = Self {
            arguments: options.arguments,
            session: None,
            app: None,
            tray,
            display,
            bus,
            relay,
            program,
            asked: Cell::default(),
            starter,
            guard,
            folder,
        };
        match options.start {
            Start::Driven => world.begin().await?,
            Start::Plain => {
                world.app = Some(world.launch("app")?);
                world.listening().await?;
            }
            Start::Not => {}
        }
        Ok(world)
    }

    /// Has WebDriver start the application, where that was left to the test.
    pub async fn begin(&mut self) -> Result<()> {
        self.drive().await?;
        self.listening().await
    }

    pub fn display(&self) -> &Display {
        &self.display
    }

    pub fn tray(&self) -> &Tray {
        self.tray.as_ref().expect("this world has a tray")
    }

    /// The folder that holds all of the application's files.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("hw")
    }

    /// Puts Codex where a terminal of this world would find it, with a folder that is a link, as people have who keep their settings
    /// elsewhere.
    pub fn install_codex(&self, lab: &Lab) -> Result<()> {
        let codex = self.folder.path().join("codex");
        fs::remove_dir(&codex)?;
        symlink(lab.codex_home(), codex)?;
        let programs = self.folder.path().join("home/.local/bin");
        fs::create_dir_all(&programs)?;
        Ok(symlink(lab.launcher(&installed()), programs.join("codex"))?)
    }

    /// Hooks of Codex's user, each an event and a command. None of them is trusted.
    pub fn write_hooks(&self, hooks: &[(&str, &str)]) -> Result<()> {
        let mut events = Map::new();
        for (event, command) in hooks {
            let groups = events.entry(*event).or_insert_with(|| json!([]));
            let group = json!({ "hooks": [{ "type": "command", "command": command }] });
            groups.as_array_mut().context("made an array above")?.push(group);
        }
        let file = self.folder.path().join("codex/hooks.json");
        Ok(fs::write(file, json!({ "hooks": events }).to_string())?)
    }

    /// From now on the desktop shows notifications.
    pub async fn notifications(&self, server: Server) -> Result<Notifications> {
        let address = self.starter.environment.iter().find(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
        let (_, address) = address.context("this world has a bus")?;
        Notifications::start(address, server).await
    }

    /// From the next start on the application finds no session bus.
    pub fn without_bus(&mut self) {
        self.starter.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    }

    /// Lets the session bus hang.
    pub fn hang_bus(&self) {
        self.bus.hang();
    }

    /// Where the application writes its log.
    pub fn logs(&self) -> PathBuf {
        self.home().join("state/logs")
    }

    /// The relay that agents of this world run.
    pub fn relay(&self) -> &Path {
        &self.relay
    }

    /// Starts the application as a person would, once more if it runs already.
    pub fn launch(&self, name: &str) -> Result<Process> {
        self.launch_with(name, self.arguments)
    }

    /// The same with other arguments.
    pub fn launch_with(&self, name: &str, arguments: &[&str]) -> Result<Process> {
        let mut command = self.starter.command(&self.program);
        command.args(arguments);
        self.starter.start(&self.guard, name, command)
    }

    /// Ends the driven application like a crash, does `between`, and lets WebDriver start it again.
    pub async fn restart(&mut self, between: impl FnOnce()) -> Result<()> {
        (self.session, self.app) = (None, None);
        self.app_ended().await?;
        between();
        self.drive().await
    }

    /// Starts the application as it is released, with these variables in its environment.
    pub fn launch_released(&self, variables: &[(&str, &str)]) -> Result<Process> {
        let released =
            std::env::var_os("HOOKWRIGHT_TEST_RELEASED_APP").context("xtask names the released application")?;
        let mut command = self.starter.command(Path::new(&released));
        command.envs(variables.iter().copied());
        self.starter.start(&self.guard, "released", command)
    }

    /// The ids of the application's main processes in this world.
    pub fn apps(&self) -> Result<Vec<u32>> {
        running(&self.program, &format!("HOOKWRIGHT_HOME={}", self.home().display()))
    }

    /// Waits until the application has ended and its icon is gone.
    pub async fn app_ended(&self) -> Result<()> {
        until("the application ends", async || Ok(self.apps()?.is_empty().then_some(()))).await?;
        match &self.tray {
            Some(tray) => tray.gone().await,
            None => Ok(()),
        }
    }

    /// Waits until the application takes requests.
    pub async fn listening(&self) -> Result<()> {
        let socket = self.home().join("run/bridge.sock");
        until("the application listens", async || Ok(socket.exists().then_some(()))).await
    }

    /// An agent asks.
    pub fn ask(&self, payload: &Payload) -> Result<Asking> {
        let number = self.asked.replace(self.asked.get() + 1);
        let name = format!("relay-{number}");
        let file = |kind: &str| self.folder.path().join(format!("{name}.{kind}"));
        let mut command = self.starter.command(&self.relay);
        command.arg("--home").arg(self.home()).arg("codex");
        let payload = payload.bytes(&file("jsonl"))?;
        let (stdin, stdout) = (stdin(&file("in"), &payload)?, fs::File::create(file("out"))?);
        let process = self.starter.start_with(&self.guard, &name, command, stdin.into(), stdout.into())?;
        Ok(Asking { process, stdout: file("out") })
    }

    /// The popup, as soon as it is on the screen.
    pub async fn popup(&self) -> Result<Page<'_>> {
        self.popup_titled(POPUP).await
    }

    /// The same where its title is in another language.
    pub async fn popup_titled(&self, title: &str) -> Result<Page<'_>> {
        self.page(title, "tauri://localhost/popup.html").await
    }

    /// The main window, as soon as it is on the screen.
    pub async fn main(&self) -> Result<Page<'_>> {
        self.page(MAIN, "tauri://localhost").await
    }

    /// Opens the main window from the tray.
    pub async fn open_main(&self) -> Result<Page<'_>> {
        self.tray().click("Open Hookwright").await?;
        self.main().await
    }

    async fn page(&self, title: &str, address: &str) -> Result<Page<'_>> {
        let window = self.display.shown(title).await?;
        let session = self.session.as_ref().context("this world is driven")?;
        Page::of(session, address, window).await
    }

    async fn drive(&mut self) -> Result<()> {
        self.starter.set("TAURI_WEBVIEW_AUTOMATION", "true");
        let port = free_port()?;
        let mut driver = self.starter.command(program("WebKitWebDriver", "webkit2gtk-driver")?);
        driver.args(["--host=127.0.0.1", &format!("--port={port}")]);
        self.app = Some(self.starter.start(&self.guard, "app", driver)?);
        let binary = self.program.to_str().context("the application's path is UTF-8")?;
        self.session = Some(Session::start(port, binary, self.arguments).await?);
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
            let picture = self.display.picture(&format!("failed-{test}"), None);
            eprintln!("{}picture: {picture:?}", self.starter.logs());
        }
    }
}

fn settings(options: &Options) -> String {
    let welcomed = match options.first_run {
        FirstRun::Done => "welcomed = true\n",
        FirstRun::Ahead => "",
    };
    [welcomed, options.settings].concat()
}

fn app_program() -> Result<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/debug/hookwright-desktop");
    let path = std::env::var_os("HOOKWRIGHT_TEST_APP").map_or(built, PathBuf::from);
    path.canonicalize().with_context(|| format!("{} is built with --features automation", path.display()))
}

/// A copy of the relay that trusts only the application under test.
fn install_relay(folder: &Path, app: &Path) -> Result<PathBuf> {
    let built = fixtures::relay_program();
    let relay = folder.join("hookwright-relay");
    fs::copy(&built, &relay).with_context(|| format!("failed to copy the relay {}", built.display()))?;
    let peers = folder.join("hookwright-relay.peers");
    fs::write(&peers, format!("{}\n", app.display()))?;
    fs::set_permissions(&peers, fs::Permissions::from_mode(0o600))?;
    Ok(relay)
}

/// What a person chose in the desktop's settings, where GTK looks for it.
fn prefer(look: Look, home: &Path) -> Result<()> {
    let dark = match look {
        Look::Light => "0",
        Look::Dark => "1",
    };
    let folder = home.join(".config/gtk-3.0");
    fs::create_dir_all(&folder)?;
    let text = format!("[Settings]\ngtk-application-prefer-dark-theme={dark}\ngtk-enable-animations=0\n");
    Ok(fs::write(folder.join("settings.ini"), text)?)
}
