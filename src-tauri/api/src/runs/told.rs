//! What an agent itself says of a run, in its own words where they are not known here.

use history::row::{self, RunFrom, Told};
use model::RunStatus;

use crate::card::{line, prose};
use crate::dto::{RunEntry, ToldView};
use crate::hooks::view;

/// What ran. Of a hook that is not configured the agent tells only what it calls the run.
pub(crate) fn what(row: &row::Run) -> &str {
    match row.from {
        RunFrom::Told if row.command.is_empty() => row.run.id.as_str(),
        RunFrom::Told | RunFrom::Recorded | RunFrom::Hosted | RunFrom::Tried => &row.command,
    }
}

/// What it left, as whoever told of it says.
pub(crate) fn entries(row: &row::Run) -> Vec<RunEntry> {
    entries_of(&alone(row).cloned().unwrap_or_else(|| Told::of(&row.run)))
}

/// Whether the agent waits for it, as whoever told of it says.
pub(crate) fn mode(row: &row::Run) -> &str {
    alone(row).map_or(row.run.mode.name(), |told| &told.mode)
}

/// The words of which the rest of the row is only what is known here.
fn alone(row: &row::Run) -> Option<&Told> {
    match row.from {
        RunFrom::Told => row.told.as_ref(),
        RunFrom::Recorded | RunFrom::Hosted | RunFrom::Tried => None,
    }
}

pub(super) fn view(row: &row::Run) -> Option<ToldView> {
    let told = row.told.as_ref()?;
    let known = RunStatus::ALL.into_iter().find(|status| status.name() == told.status);
    let entries = entries_of(told);
    let ours = Told::of(&row.run);
    Some(ToldView {
        status: view::status(known.unwrap_or(RunStatus::Unknown)),
        word: line(&told.status),
        took_ms: told.took_ms.map(|ms| u32::try_from(ms).unwrap_or(u32::MAX)),
        differs: (&told.status, &told.entries) != (&ours.status, &ours.entries),
        entries,
    })
}

fn entries_of(told: &Told) -> Vec<RunEntry> {
    told.entries.iter().map(|(kind, text)| RunEntry { kind: kind.clone(), text: prose(text) }).collect()
}
