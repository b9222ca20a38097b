//! `connections.json`: what was done to agents' files, so that it can be undone to the byte, and so that an entry which a person
//! took out is not put back.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use config::{Found, Record};
use model::{HookEvent, Timestamp};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::{Error, Paths};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Connections {
    /// By the agent's own folder.
    #[serde(default)]
    homes: BTreeMap<String, Connection>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) record: Record,
    /// The events that were given an entry.
    pub(crate) events: Vec<String>,
    /// When the entries last began to count, in milliseconds since the Unix epoch: sessions from before do not have them.
    #[serde(with = "millis")]
    pub(crate) since: Timestamp,
}

impl Connection {
    /// Of entries that somebody else wrote.
    pub(crate) fn unknown(since: Timestamp) -> Self {
        Self { record: Record::default(), events: Vec::new(), since }
    }
}

impl Connections {
    pub(crate) fn read(paths: &Paths) -> Result<Self, Error> {
        let path = paths.connections();
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| Error::File { path, source: io::Error::new(io::ErrorKind::InvalidData, error) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    pub(crate) fn at(&self, home: &Path) -> Option<&Connection> {
        self.homes.get(&*home.to_string_lossy())
    }

    /// The events whose entry a person took out of the file.
    pub(crate) fn removed(&self, home: &Path, found: &Found) -> Vec<HookEvent> {
        let given = self.at(home).map(|connection| connection.events.as_slice()).unwrap_or_default();
        let gone = |event: &HookEvent| !found.ours.iter().any(|entry| entry.event == *event);
        given.iter().map(|name| HookEvent::from_name(name)).filter(gone).collect()
    }

    /// Replaces what is known of one home; `None` forgets it.
    pub(crate) fn change(
        paths: &Paths,
        home: &Path,
        change: impl FnOnce(Option<Connection>) -> Option<Connection>,
    ) -> Result<(), Error> {
        let mut all = Self::read(paths)?;
        let name = home.to_string_lossy().into_owned();
        if let Some(connection) = change(all.homes.remove(&name)) {
            all.homes.insert(name, connection);
        }
        let path = paths.connections();
        let write = || -> io::Result<()> {
            let folder = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            let mut file = NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut file, &all)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        paths.prepare()?;
        write().map_err(|source| Error::File { path: path.clone(), source })
    }
}

mod millis {
    use model::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(time.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(from).map(Timestamp)
    }
}
