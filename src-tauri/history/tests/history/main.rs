//! The history on real files.

#[cfg(test)]
mod awaited;
#[cfg(test)]
mod events;
#[cfg(test)]
mod import;
#[cfg(test)]
mod insights;
#[cfg(test)]
mod joined;
#[cfg(test)]
mod older;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod past;
#[cfg(test)]
mod prune;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod reopening;
#[cfg(test)]
mod room;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod words;
