//! The protocol of an installed Codex, by its own word. An answer that its server would not understand counts as a refusal there,
//! so each is held against this before it is sent.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::{Error, Group, Launch, Version};

/// How long Codex may take to print it.
const LIMIT: Duration = Duration::from_secs(30);

/// The questions that can be answered, and the file with what may be answered to each.
const ANSWERS: [(&str, &str); 3] = [
    ("item/commandExecution/requestApproval", "CommandExecutionRequestApprovalResponse.json"),
    ("item/fileChange/requestApproval", "FileChangeRequestApprovalResponse.json"),
    ("item/permissions/requestApproval", "PermissionsRequestApprovalResponse.json"),
];

/// What may be answered to a server of one version.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(crate) version: Version,
    pub(crate) answers: Vec<(&'static str, Value)>,
}

impl Schema {
    /// Lets the installed Codex print it, within 30 s. Reaches nothing, and writes nothing into a person's `CODEX_HOME`.
    pub async fn of(launch: &Launch) -> Result<Self, Error> {
        let (home, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let launch = Launch { home: Some(home.path().to_owned()), ..launch.clone() };
        let version = run(launch.command().arg("--version"), "--version").await?;
        let version = Version::last_word(&version).ok_or(Error::NoVersion(version))?;
        let arguments = ["app-server", "generate-json-schema", "--experimental", "--out"];
        run(launch.command().args(arguments).arg(folder.path()), "generate-json-schema").await?;
        let answer =
            |(method, file): (&'static str, &str)| read(&folder.path().join(file)).map(|schema| (method, schema));
        // A newer Codex may have another name for one: then this one cannot be answered.
        let answers = ANSWERS.into_iter().filter_map(answer).collect();
        Ok(Self { version, answers })
    }

    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Fails unless this is the version of the server.
    pub(crate) fn is_of(&self, server: Option<&Version>) -> Result<(), Error> {
        if server == Some(&self.version) {
            return Ok(());
        }
        Err(Error::OtherVersion { schema: self.version.clone(), server: server.cloned() })
    }

    /// Fails unless a server of this version takes `result` as an answer to a question of this name.
    pub fn takes(&self, method: &str, result: &Value) -> Result<(), Error> {
        let found = self.answers.iter().find(|(of, _)| *of == method);
        let (_, schema) = found.ok_or_else(|| Error::NoSchema(method.to_owned()))?;
        let broken = |why: String| Error::NotInSchema { method: method.to_owned(), why };
        let validator = jsonschema::validator_for(schema).map_err(|error| broken(error.to_string()))?;
        validator.validate(result).map_err(|error| broken(error.to_string()))
    }
}

fn read(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

/// Runs Codex to its end and gives what it printed.
async fn run(command: &mut Command, what: &str) -> Result<String, Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut group = Group::spawn(command)?;
    let mut output = group.take_output().expect("piped above");
    let mut text = String::new();
    let read = timeout(LIMIT, output.read_to_string(&mut text)).await;
    // Its output is closed: it is done, and what it left behind is not wanted.
    group.end().await?;
    read.map_err(|_| Error::TimedOut(what.to_owned()))??;
    Ok(text)
}
