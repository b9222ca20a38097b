//! Every wait of the suite has an end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long anything that should happen may take on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Between two looks at something that sends no event.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Looks until `look` finds something.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    until_within(PATIENCE, what, look).await
}

pub(crate) async fn until_within<T>(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = within(what, look()).await? {
            return Ok(found);
        }
        if Instant::now() > end {
            bail!("waited {limit:?} in vain: {what}");
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The result of `work`, or an error after [`PATIENCE`].
pub async fn within<T>(what: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(result) => result,
        Err(_) => bail!("waited {PATIENCE:?} in vain: {what}"),
    }
}

/// Makes sure that something does not happen for a while, where no event could tell that it will not.
pub async fn never(span: Duration, what: &str, mut happened: impl FnMut() -> Result<bool>) -> Result<()> {
    let end = Instant::now() + span;
    while Instant::now() < end {
        if happened()? {
            bail!("this must not happen: {what}");
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}
