//! The command line as a program, in a home of its own. The relay here is a stand-in; the real one is driven in `tests/flows`.

#[cfg(test)]
mod connect;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod history;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod import;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod run;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod support;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod wizard_tower;
