//! Tells whether a program is linked statically: a static one asks for no interpreter.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The program header that names the dynamic loader.
const PT_INTERP: u32 = 3;

/// Fails unless the 64-bit little-endian ELF program runs without a dynamic loader.
pub(crate) fn require_static(program: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| format!("reading {}", program.display()))?;
    match interpreter_wanted(&bytes) {
        Some(false) => Ok(()),
        Some(true) => bail!("{} is linked dynamically: agents would wait for its loader", program.display()),
        None => bail!("{} is no 64-bit little-endian ELF program", program.display()),
    }
}

fn interpreter_wanted(bytes: &[u8]) -> Option<bool> {
    if bytes.get(..6)? != b"\x7fELF\x02\x01" {
        return None;
    }
    let table = usize::try_from(u64::from_le_bytes(bytes.get(32..40)?.try_into().ok()?)).ok()?;
    let size = usize::from(u16::from_le_bytes(bytes.get(54..56)?.try_into().ok()?));
    let count = usize::from(u16::from_le_bytes(bytes.get(56..58)?.try_into().ok()?));
    for index in 0..count {
        let header = bytes.get(table.checked_add(index * size)?..)?;
        if u32::from_le_bytes(header.get(..4)?.try_into().ok()?) == PT_INTERP {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_program_is_dynamic() {
        let program = std::env::current_exe().expect("a running program has a file");
        assert_eq!(interpreter_wanted(&fs::read(program).expect("it is readable")), Some(true));
    }

    #[test]
    fn a_header_without_an_interpreter_is_static() {
        let mut program = vec![0; 64 + 56];
        program[..6].copy_from_slice(b"\x7fELF\x02\x01");
        program[32] = 64;
        program[54] = 56;
        program[56] = 1;
        program[64] = 1;
        assert_eq!(interpreter_wanted(&program), Some(false));
        program[64] = 3;
        assert_eq!(interpreter_wanted(&program), Some(true));
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(interpreter_wanted(b"#!/bin/sh"), None);
        assert_eq!(interpreter_wanted(b"\x7fELF\x02\x01"), None);
    }
}
