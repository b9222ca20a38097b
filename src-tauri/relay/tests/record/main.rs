//! `hookwright-relay record`: every hook is run bare and recorded, and an agent must see the same of both.

#[cfg(test)]
mod descriptors;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod journals;
#[cfg(test)]
mod lab;
