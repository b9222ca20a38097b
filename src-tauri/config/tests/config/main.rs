//! Hook files on a real disk: what connecting writes, and what disconnecting leaves.

#[cfg(test)]
mod between;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod edit;
#[cfg(test)]
mod edit_files;
#[cfg(test)]
mod edit_laws;
#[cfg(test)]
mod edit_trust;
#[cfg(test)]
mod files;
#[cfg(test)]
mod found;
#[cfg(test)]
mod hosted;
#[cfg(test)]
mod laws;
mod layers;
mod matching;
#[cfg(test)]
mod records;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod saving;
#[cfg(test)]
mod support;
