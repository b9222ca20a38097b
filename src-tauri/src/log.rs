//! The log: rotating files in the data folder. Never holds payloads.

use api::Paths;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Opens the log; `HOOKWRIGHT_LOG` sets what it holds. The guard writes what is left when it goes. Without a log the app runs all
/// the same.
pub(crate) fn open(paths: &Paths) -> Option<WorkerGuard> {
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("desktop")
        .filename_suffix("log")
        .max_log_files(7)
        .build(paths.logs());
    let (writer, guard) = tracing_appender::non_blocking(files.ok()?);
    let filter =
        EnvFilter::try_from_env("HOOKWRIGHT_LOG").unwrap_or_else(|_| EnvFilter::new("warn,api=info,bridge=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(writer).try_init().ok()?;
    Some(guard)
}
