//! Hooks that are tools of an MCP server. A server is started at its first call and kept.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use model::McpServer;
use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, CallToolResult, RequestMetaObject};
use rmcp::service::{RoleClient, RunningService};
use serde_json::{Map, Value, json};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::group::Group;
use crate::{Captured, End, Finished, Surroundings};

/// What a server gets of the environment. Codex 0.169.
const PASSED: [&str; 11] =
    ["HOME", "LOGNAME", "PATH", "SHELL", "USER", "__CF_USER_TEXT_ENCODING", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ"];

/// The servers by name. Their process groups are killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Servers(BTreeMap<String, Server>);

#[derive(Debug)]
struct Server {
    start: McpServer,
    environment: Vec<(OsString, OsString)>,
    client: Mutex<Option<Arc<Client>>>,
}

#[derive(Debug)]
struct Client {
    service: RunningService<RoleClient, ()>,
    _group: Group,
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) server: &'a str,
    pub(crate) tool: &'a str,
    pub(crate) arguments: &'a Map<String, Value>,
    pub(crate) session: Option<&'a str>,
    /// Where the server starts, if it has no place of its own.
    pub(crate) cwd: Option<&'a Path>,
}

impl Servers {
    pub(crate) fn of(surroundings: &Surroundings) -> Self {
        let passed = |(name, _): &&(OsString, OsString)| PASSED.iter().any(|passed| name == passed);
        let environment: Vec<_> = surroundings.environment.iter().filter(passed).cloned().collect();
        let server = |start: &McpServer| Server {
            start: start.clone(),
            environment: environment.clone(),
            client: Mutex::default(),
        };
        Self(surroundings.mcp_servers.iter().map(|(name, start)| (name.clone(), server(start))).collect())
    }

    /// What the tool says stands for what a command writes.
    pub(crate) async fn call(&self, call: Call<'_>) -> Finished {
        match self.answer(call).await {
            Ok(text) => {
                Finished { end: End::Exited(0), stdout: Captured { text, whole: None }, stderr: Captured::default() }
            }
            Err(words) => Finished::failed(words),
        }
    }

    /// The error is in Codex's words.
    async fn answer(&self, call: Call<'_>) -> Result<String, String> {
        let Call { server: name, tool, arguments, session, cwd } = call;
        let server = self.0.get(name).ok_or_else(|| format!("unknown MCP server '{name}'"))?;
        let client = server.client(cwd).await.map_err(|error| {
            tracing::warn!("failed to start the MCP server {name}: {error}");
            "failed to get client".to_owned()
        })?;
        let mut request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments.clone());
        request.meta = session.map(|session| {
            let mut meta = RequestMetaObject::default();
            meta.insert("threadId".to_owned(), json!(session));
            meta
        });
        let result = client.service.call_tool(request).await.map_err(|error| {
            tracing::warn!("failed to call {tool} of the MCP server {name}: {error}");
            format!("tool call failed for `{name}/{tool}`")
        })?;
        said(&result)
    }
}

impl Server {
    /// The one that is kept, or a new one where there is none or it has gone.
    async fn client(&self, cwd: Option<&Path>) -> Result<Arc<Client>, String> {
        let mut kept = self.client.lock().await;
        if let Some(client) = kept.as_ref().filter(|client| !client.service.is_transport_closed()) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.connect(cwd).await?);
        *kept = Some(Arc::clone(&client));
        Ok(client)
    }

    async fn connect(&self, cwd: Option<&Path>) -> Result<Client, String> {
        let McpServer { command: program, arguments, environment, .. } = &self.start;
        let mut command = Command::new(program);
        crate::command::environment(&mut command, &self.environment, environment);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(cwd) = self.start.cwd.as_deref().or(cwd) {
            command.current_dir(cwd);
        }
        let mut group = Group::spawn(&mut command).map_err(|error| error.to_string())?;
        let input = group.0.stdin.take().expect("piped");
        let output = group.0.stdout.take().expect("piped");
        let service = ().serve((output, input)).await.map_err(|error| error.to_string())?;
        Ok(Client { service, _group: group })
    }
}

/// The texts of a result, one below the other.
fn said(result: &CallToolResult) -> Result<String, String> {
    let texts: Vec<_> = result.content.iter().filter_map(|block| block.as_text()).map(|text| &*text.text).collect();
    let text = texts.join("\n");
    if result.is_error == Some(true) { Err(format!("MCP tool returned an error: {text}")) } else { Ok(text) }
}
