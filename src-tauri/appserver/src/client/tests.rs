//! The client against scripted servers that behave as no Codex should.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::pipes::LINE_LIMIT;
use crate::{Client, Error, Launch};

/// For what is expected to come.
const LONG: Duration = Duration::from_secs(30);
/// For what is expected not to come.
const SHORT: Duration = Duration::from_millis(200);

const GREETING: &str = r#"read -r initialize
echo '{"id":1,"result":{"userAgent":"fake"}}'
read -r initialized"#;

/// A folder with a program in it.
struct Fake(TempDir);

impl Fake {
    /// A server that is greeted and then does as `body` says.
    fn greeted(body: &str) -> Self {
        Self::program(&format!("#!/bin/sh\ncd \"${{0%/*}}\"\n{GREETING}\n{body}\n"))
    }

    fn program(text: &str) -> Self {
        let fake = Self(tempfile::tempdir().unwrap());
        // Another process writes it: a program that this one has open for writing in some thread cannot be run.
        let writes = ["-c", "printf %s \"$1\" > \"$0\" && chmod 700 \"$0\""];
        let written = Command::new("/bin/sh").args(writes).arg(fake.file("codex")).arg(text).status();
        assert!(written.unwrap().success());
        fake
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn launch(&self) -> Launch {
        Launch { program: self.file("codex"), home: None, path: None, cwd: self.0.path().to_owned() }
    }

    async fn start(&self, limit: Duration) -> Result<Client, Error> {
        Client::start_within(&self.launch(), limit).await
    }

    async fn client(&self) -> Client {
        self.start(LONG).await.unwrap()
    }

    /// The numbers in this file, as soon as it ends with a line `.`.
    async fn processes(&self, name: &str) -> Vec<u32> {
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(self.file(name)).unwrap_or_default();
            if let Some(numbers) = text.strip_suffix(".\n") {
                return numbers.lines().map(|number| number.parse().unwrap()).collect();
            }
            assert!(started.elapsed() < LONG, "no processes in {text:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

fn runs(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

async fn all_end(processes: &[u32]) {
    let started = Instant::now();
    while processes.iter().any(|&process| runs(process)) {
        assert!(started.elapsed() < LONG, "{processes:?} still run");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_call_gets_its_own_reply_among_everything_else() {
    let fake = Fake::greeted(
        r#"read -r call
echo '{"method":"thread/started","params":{}}'
echo '{"id":2,"method":"item/commandExecution/requestApproval","params":{"command":"rm"}}'
echo '{"id":1,"result":"late"}'
echo '{"id":2,"result":{"mine":true}}'
cat > rest"#,
    );
    let mut client = fake.client().await;
    assert_eq!(client.call("a/b", json!({})).await.unwrap(), json!({ "mine": true }));
    client.close().await.unwrap();
    let rest = fs::read_to_string(fake.file("rest")).unwrap();
    assert_eq!(rest, "", "a server's question stays without any answer");
}

#[tokio::test]
async fn the_server_gets_its_arguments_its_home_and_the_greeting() {
    let fake = Fake::program(&format!(
        "#!/bin/sh\ncd \"${{0%/*}}\"\necho \"$@\" > arguments\necho \"$CODEX_HOME $PATH\" > environment\n{GREETING}\n{}",
        r#"printf '%s\n%s\n' "$initialize" "$initialized" > greeting
cat > rest"#
    ));
    let path = std::env::var_os("PATH").unwrap();
    let launch = Launch { home: Some(PathBuf::from("/h")), path: Some(path.clone()), ..fake.launch() };
    Client::start_within(&launch, LONG).await.unwrap().close().await.unwrap();
    let read = |name: &str| fs::read_to_string(fake.file(name)).unwrap();
    let arguments = "app-server -c features.plugins=false -c features.apps=false -c analytics.enabled=false\n";
    assert_eq!(read("arguments"), arguments);
    assert_eq!(read("environment"), format!("/h {}\n", path.display()));
    let greeting: Vec<Value> = read("greeting").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(greeting[0]["method"], "initialize");
    assert_eq!(greeting[0]["params"]["clientInfo"]["name"], "hookwright");
    assert_eq!(greeting[1], json!({ "method": "initialized" }));
}

#[tokio::test]
async fn a_server_that_ends_early_is_quoted() {
    let last = "x".repeat(10_000);
    let fake = Fake::program(&format!("#!/bin/sh\necho {last} >&2\necho 'no home' >&2\nexit 1\n"));
    let Err(Error::Ended(text)) = fake.start(LONG).await else { panic!("it ended") };
    assert!(text.ends_with("xxx\nno home") && text.len() <= 4096, "{text}");

    let fake = Fake::greeted("read -r call\necho '{\"id\":2,\"resul'\nexit 0");
    let error = fake.client().await.call("a/b", json!({})).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { .. }), "{error}");

    let fake = Fake::greeted("read -r call\nprintf '{\"id\":2,'");
    let mut client = fake.client().await;
    for _ in 0..2 {
        let error = client.call("a/b", json!({})).await.unwrap_err();
        assert!(matches!(&error, Error::Ended(text) if text.is_empty()), "{error}");
    }
}

#[tokio::test]
async fn the_servers_own_error_and_unexpected_results_are_told_apart() {
    let fake = Fake::greeted(
        r#"read -r call
echo '{"id":2,"error":{"code":-32600,"message":"not so"}}'
read -r call
echo '{"id":3,"result":{"data":"none"}}'
read -r call
echo 'thread main panicked'
cat > rest"#,
    );
    let mut client = fake.client().await;
    let error = client.call("a/b", json!({})).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { code: -32600, .. }), "{error}");
    assert_eq!(error.to_string(), "a/b: not so (-32600)");
    let error = client.hooks(&[]).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { what, .. } if what == "hooks/list"), "{error}");
    let error = client.call("a/b", json!({})).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { what, .. } if what == "a message"), "{error}");
}

#[tokio::test]
async fn no_wait_is_endless() {
    let silent = Fake::program("#!/bin/sh\nexec sleep 600\n");
    assert!(matches!(silent.start(SHORT).await, Err(Error::TimedOut(what)) if what == "initialize"));

    // Answers too late, does not read what is larger than a pipe, and does not end.
    let fake = Fake::greeted(
        "read -r call\nread -r call\necho '{\"id\":2,\"result\":2}'\necho '{\"id\":3,\"result\":3}'\nexec sleep 600",
    );
    let mut client = fake.start(LONG).await.unwrap();
    client.limit = SHORT;
    assert!(matches!(client.call("slow", json!({})).await, Err(Error::TimedOut(what)) if what == "slow"));
    client.limit = LONG;
    assert_eq!(client.call("next", json!({})).await.unwrap(), 3, "the late reply is not taken for this one");
    client.limit = SHORT;
    let long = json!("x".repeat(1024 * 1024));
    assert!(matches!(client.call("long", long).await, Err(Error::TimedOut(_))));
    let after = client.call("after half a message", json!({})).await;
    assert!(matches!(after, Err(Error::Ended(_)) | Err(Error::TimedOut(_))), "{after:?}");
    assert!(matches!(client.close().await, Err(Error::TimedOut(what)) if what == "the end"));
}

#[tokio::test]
async fn a_line_without_end_is_not_read_for_ever() {
    let fake = Fake::greeted(&format!("read -r call\nhead -c {} /dev/zero | tr '\\0' x\ncat > rest", LINE_LIMIT + 1));
    let error = fake.client().await.call("a/b", json!({})).await.unwrap_err();
    assert!(matches!(error, Error::TooLong { limit: LINE_LIMIT }), "{error}");

    let text = LINE_LIMIT - r#"{"id":2,"result":""}"#.len();
    let body = format!(
        "read -r call\nprintf '{{\"id\":2,\"result\":\"'; head -c {text} /dev/zero | tr '\\0' x; echo '\"}}'\ncat > rest"
    );
    let result = Fake::greeted(&body).client().await.call("a/b", json!({})).await.unwrap();
    assert_eq!(result.as_str().map(str::len), Some(text));
}

/// A server whose own child ignores polite signals, as npm's script and the program it starts.
const WITH_CHILD: &str = r#"(trap '' TERM HUP INT; exec sleep 600) &
printf '%s\n%s\n.\n' $$ $! > processes"#;

#[tokio::test]
async fn dropping_the_client_leaves_no_process() {
    let fake = Fake::greeted(&format!("{WITH_CHILD}\nwait"));
    let client = fake.client().await;
    let processes = fake.processes("processes").await;
    assert!(processes.iter().all(|&process| runs(process)), "{processes:?}");
    drop(client);
    all_end(&processes).await;
}

#[tokio::test]
async fn a_start_that_is_given_up_leaves_no_process() {
    let fake = Fake::program(&format!("#!/bin/sh\ncd \"${{0%/*}}\"\n{WITH_CHILD}\nwait\n"));
    {
        let starting = fake.start(LONG);
        let given_up = async { fake.processes("processes").await };
        tokio::select! {
            _ = starting => panic!("it never answers"),
            _ = given_up => {}
        }
    }
    all_end(&fake.processes("processes").await).await;
}

#[tokio::test]
async fn closing_ends_what_the_server_left_behind() {
    let fake = Fake::greeted(&format!("{WITH_CHILD}\nexec cat > rest"));
    let mut client = fake.client().await;
    let processes = fake.processes("processes").await;
    client.limit = SHORT;
    // The child holds the server's output open.
    assert!(matches!(client.close().await, Err(Error::TimedOut(_))));
    all_end(&processes).await;

    let fake = Fake::greeted("cat > rest");
    fake.client().await.close().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_started_is_named() {
    let start = |program: &Path| {
        let launch = Launch { program: program.to_owned(), home: None, path: None, cwd: PathBuf::from("/") };
        async move { Client::start_within(&launch, LONG).await.map(drop).unwrap_err() }
    };
    let fake = Fake::program("no program at all");
    let missing = fake.file("missing");
    assert!(matches!(start(&missing).await, Error::NotFound(path) if path == missing));
    assert!(matches!(start(&fake.file("codex")).await, Error::NotExecutable(_)), "no format the system knows");
    fs::set_permissions(fake.file("codex"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(start(&fake.file("codex")).await, Error::NotExecutable(_)));

    let launch = Launch { cwd: missing, ..Fake::greeted("").launch() };
    assert!(matches!(Client::start(&launch).await, Err(Error::Start { .. })), "the folder is missing, not the program");
}
