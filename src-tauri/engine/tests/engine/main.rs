//! The engine with real processes.

#[cfg(test)]
mod argv;
#[cfg(test)]
mod background;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod mcp;
#[cfg(test)]
mod order;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod world;
