//! The history on real files.

#[cfg(test)]
mod past;
#[cfg(test)]
mod reopening;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trouble;
