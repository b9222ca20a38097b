//! Running a hook of the past again: the one that is configured now under its key, never the command of the history.

use std::path::PathBuf;
use std::sync::Arc;

use history::Reader;
use model::{Reported, RunId};
use tokio::task::spawn_blocking;

use super::{given, is_cut};
use crate::dto::{Altered, RunAgain};
use crate::hooks::{sample, screen, view};
use crate::hosted::Hosted;
use crate::{Error, Paths};

/// What it takes to run it again. Runs nothing.
pub(crate) async fn again(paths: &Paths, hosted: &Arc<Hosted>, reader: &Reader, id: RunId) -> Result<RunAgain, Error> {
    let reader = reader.clone();
    let read = move || {
        let Some(ran) = reader.run(&id)? else { return Err(Error::NoRun(id.to_string())) };
        if ran.reported == Reported::Imported {
            return Err(Error::Imported);
        }
        let given = given(&reader, &ran)?.0;
        let masked = ran.event.as_ref().map_or(Ok(ran.masked), |event| reader.masked(event))?;
        Ok((ran, given, masked))
    };
    let (ran, given, masked) = spawn_blocking(read).await.map_err(|_| Error::Ending)??;
    if given.text.is_empty() {
        return Err(Error::NoPayload);
    }
    let key = ran.hook.ok_or_else(|| Error::HookGone(ran.command.clone()))?;
    let folder = ran.project.or(ran.cwd).unwrap_or_else(|| PathBuf::from("/"));
    let found = screen::find(paths, hosted, &folder).await?.discovery.hooks;
    let same = found.iter().find(|hook| hook.key == key && hook.event == ran.run.event && !view::is_ours(hook));
    let hook = same.ok_or_else(|| Error::HookGone(key.to_string()))?;
    Ok(RunAgain {
        folder: folder.to_string_lossy().into_owned(),
        event: hook.event.name().to_owned(),
        key: key.to_string(),
        altered: if is_cut(&given) {
            Some(Altered::Cut)
        } else {
            // Its own output may be what was masked: an agent's payload is not told apart.
            (masked > 0).then_some(Altered::Masked)
        },
        changed: ran.hash.is_some_and(|hash| hash != hook.hash),
        payload: sample::editable(&given.text),
    })
}
