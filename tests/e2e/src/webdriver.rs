//! The few WebDriver commands the suite needs, as JSON over HTTP to `WebKitWebDriver` on this machine.

use std::cell::RefCell;
use std::net::TcpListener;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wait::{until, within};

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One session with one application.
pub(crate) struct Session {
    port: u16,
    id: String,
    window: RefCell<String>,
}

/// A port on which nobody listens now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Session {
    /// Lets the driver at `port` start `binary` with these arguments.
    pub(crate) async fn start(port: u16, binary: &str, arguments: &[&str]) -> Result<Self> {
        until("the driver listens", async || Ok(TcpStream::connect(("127.0.0.1", port)).await.ok())).await?;
        let wanted = json!({ "webkitgtk:browserOptions": { "binary": binary, "args": arguments } });
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let session =
            send(port, "POST", "/session", Some(&body)).await.context("the application takes no automation")?;
        let id = session["sessionId"].as_str().context("a session has an id")?.to_owned();
        Ok(Self { port, id, window: RefCell::default() })
    }

    pub(crate) async fn windows(&self) -> Result<Vec<String>> {
        let handles = self.get("window/handles").await?;
        Ok(serde_json::from_value(handles)?)
    }

    /// Later commands go to this window.
    pub(crate) async fn choose(&self, window: &str) -> Result<()> {
        if *self.window.borrow() != window {
            self.post("window", &json!({ "handle": window })).await?;
            self.window.replace(window.to_owned());
        }
        Ok(())
    }

    pub(crate) async fn url(&self) -> Result<String> {
        Ok(self.get("url").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Runs the body of a function in the page.
    pub(crate) async fn execute(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.post("execute/sync", &json!({ "script": script, "args": arguments })).await
    }

    /// The same for a function that calls its last argument with the result.
    pub(crate) async fn execute_async(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.post("execute/async", &json!({ "script": script, "args": arguments })).await
    }

    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        let element = self.find(css).await?;
        self.post(&format!("element/{element}/click"), &json!({})).await.map(drop)
    }

    pub(crate) async fn type_into(&self, css: &str, text: &str) -> Result<()> {
        let element = self.find(css).await?;
        self.post(&format!("element/{element}/value"), &json!({ "text": text })).await.map(drop)
    }

    async fn find(&self, css: &str) -> Result<String> {
        let found = self.post("element", &json!({ "using": "css selector", "value": css })).await?;
        Ok(found[ELEMENT].as_str().with_context(|| format!("{css} is an element"))?.to_owned())
    }

    async fn get(&self, command: &str) -> Result<Value> {
        send(self.port, "GET", &format!("/session/{}/{command}", self.id), None).await
    }

    async fn post(&self, command: &str, body: &Value) -> Result<Value> {
        send(self.port, "POST", &format!("/session/{}/{command}", self.id), Some(body)).await
    }
}

async fn send(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
    let answer = within(&format!("WebDriver answers {method} {path}"), exchange(port, method, path, body)).await?;
    let (head, text) = answer.split_once("\r\n\r\n").context("an answer has a head")?;
    let value =
        serde_json::from_str::<Value>(text).with_context(|| format!("answer to {path}: {text}"))?["value"].take();
    if head.split(' ').nth(1) != Some("200") {
        bail!("WebDriver {method} {path}: {} ({})", value["error"], value["message"]);
    }
    Ok(value)
}

async fn exchange(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<String> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8(answer)?)
}
