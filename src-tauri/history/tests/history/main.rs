//! The history on real files.

#[cfg(test)]
mod awaited;
#[cfg(test)]
mod events;
#[cfg(test)]
mod past;
#[cfg(test)]
mod prune;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod reopening;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trouble;
