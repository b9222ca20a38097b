//! Rules and hints from the outside: tables of command lines, laws, and a campaign against real shells.

#[cfg(target_os = "linux")]
#[cfg(test)]
mod campaign;
#[cfg(test)]
mod doc;
#[cfg(test)]
mod hints;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod others;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod support;
