//! Our discovery of hooks against the real one: the same files, the same list, the same words.

#[cfg(test)]
mod layers;
mod notations;
mod plugins;
mod shapes;
#[cfg(test)]
mod world;
