//! The application's processes, as the kernel tells of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::World;

/// Linux counts in hundredths of a second towards programs, whatever it does inside (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// The ids of the application itself and of the web processes it started.
pub(crate) fn of(world: &World) -> Result<Vec<u32>> {
    let mut found = world.apps()?;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end while it is looked at.
        if stat(id, PARENT).is_ok_and(|parent| found.iter().any(|&app| u64::from(app) == parent)) {
            found.push(id);
        }
    }
    Ok(found)
}

/// The processor time that all of them used so far.
pub(crate) fn cpu(world: &World) -> Result<Duration> {
    let mut ticks = 0;
    for id in of(world)? {
        ticks += stat(id, USER_TIME)? + stat(id, SYSTEM_TIME)?;
    }
    Ok(TICK * u32::try_from(ticks)?)
}

/// Their memory in bytes; what several share is counted once.
pub(crate) fn memory(ids: &[u32]) -> Result<u64> {
    let mut kilobytes = 0;
    for id in ids {
        let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
        let pss = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("the kernel tells the PSS")?;
        kilobytes += pss.trim().trim_end_matches(" kB").parse::<u64>()?;
    }
    Ok(kilobytes * 1024)
}

/// How long ago the process started.
pub(crate) fn age(id: u32) -> Result<Duration> {
    let uptime = fs::read_to_string("/proc/uptime")?;
    let uptime = uptime.split_whitespace().next().context("the kernel tells its uptime")?;
    Ok(Duration::from_secs_f64(uptime.parse()?).saturating_sub(TICK * u32::try_from(stat(id, START)?)?))
}

/// The files that all of them have mapped.
pub(crate) fn files(world: &World) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for id in of(world)? {
        let maps = fs::read_to_string(format!("/proc/{id}/maps"))?;
        let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).map(Path::new);
        files.extend(paths.filter(|path| path.is_file()).map(Path::to_owned));
    }
    Ok(files)
}

/// Fields of `/proc/PID/stat`, counted from 1 (proc_pid_stat(5)).
const PARENT: usize = 4;
const USER_TIME: usize = 14;
const SYSTEM_TIME: usize = 15;
const START: usize = 22;

fn stat(id: u32, field: usize) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The second field is a name in brackets, in which there may be blanks.
    let (_, rest) = text.rsplit_once(')').context("a process has a name")?;
    let value = rest.split_whitespace().nth(field - 3).context("a process has this field")?;
    Ok(value.parse()?)
}
