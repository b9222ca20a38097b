//! What a panic in the relay becomes.

use std::{panic, process};

/// From now on a panic ends the process at once with exit code 0 and without a word: no decision. Nothing goes to stderr either;
/// for an agent it is part of the answer.
pub fn are_no_decision() {
    panic::set_hook(Box::new(|_| process::exit(0)));
}
