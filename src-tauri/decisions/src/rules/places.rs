//! Where a request reaches: files and hosts.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use super::Unfit;

/// Folders whose files make agents and git run things. An allow reaches into them only where its pattern names them.
const NAMED: [&str; 4] = [".git", ".codex", ".agents", ".claude"];

/// Reads a path pattern. Only `*` and `**` mean something in it.
pub(super) fn files(pattern: &str) -> Result<GlobMatcher, Unfit> {
    let rest = pattern.strip_prefix('/').ok_or_else(|| Unfit::NotAbsolute(pattern.to_owned()))?;
    for part in rest.split('/') {
        if matches!(part, "" | "." | "..") {
            return Err(Unfit::Path(format!("{part:?} is no name in a full path")));
        }
        if part.contains("**") && part != "**" {
            return Err(Unfit::Path("`**` stands for whole folders".to_owned()));
        }
    }
    let literal = pattern.split('*').map(globset::escape).collect::<Vec<_>>().join("*");
    let glob = GlobBuilder::new(&literal).literal_separator(true).backslash_escape(false).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| Unfit::Path(error.to_string()))
}

/// Whether an allow with this pattern reaches the file.
pub(super) fn file_allowed(pattern: &str, file: &Path) -> bool {
    let names = |part: &str| pattern.split('/').any(|named| named == part);
    let hidden = file.iter().filter_map(|part| part.to_str()).any(|part| NAMED.contains(&part) && !names(part));
    !hidden && file.to_str().is_some() && files(pattern).is_ok_and(|pattern| pattern.is_match(file))
}

/// The host of a target such as `https://example.org:443`, in small letters; `None` where it is not plainly one.
pub(super) fn host(target: &str) -> Option<String> {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None if authority.matches(':').count() == 1 => authority.split_once(':')?.0,
        None => authority,
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    is_host(&host).then_some(host)
}

/// Whether the pattern of a network rule reaches this host.
pub(super) fn host_fits(pattern: &str, host: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => pattern == host,
    }
}

pub(super) fn check_host(pattern: &str) -> Result<(), Unfit> {
    let name = pattern.strip_prefix("*.").unwrap_or(pattern).to_ascii_lowercase();
    if is_host(&name) && !name.ends_with('.') { Ok(()) } else { Err(Unfit::Host(pattern.to_owned())) }
}

/// A name or an address, in small letters. Names beyond ASCII are written as `xn--…`, so that none looks like another.
fn is_host(host: &str) -> bool {
    let sign = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_' | ':');
    !host.is_empty() && !host.starts_with('.') && !host.contains("..") && host.chars().all(sign)
}
