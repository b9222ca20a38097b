//! The other reader: the grammar of Bash. It finds the steps wherever they stand, and names what is not plain about
//! them.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::{Obscured, Step, scan, unreadable};

/// Text of steps that is kept, in bytes. Steps nest, so that theirs may be many times the line's.
const KEPT: usize = 1024 * 1024;
/// How long the parser may take. Lines that people write take less than a thousandth of it; where it runs out, the line
/// is unreadable and nothing more.
const PATIENCE: Duration = Duration::from_millis(500);

/// The steps of a text in its order, or `None` where it can't be parsed in a bounded time.
pub(super) fn steps(text: &str) -> Option<Vec<Step>> {
    let tree = parse(text)?;
    let mut walk = Walk { text, steps: Vec::new(), kept: 0 };
    walk.all(tree.root_node());
    let mut steps = walk.steps;
    let unread = tree.root_node().has_error() || steps.is_empty();
    if unread && steps.iter().all(|step| step.obscured != Some(Obscured::Unreadable)) {
        match steps.iter_mut().find(|step| step.obscured.is_none()) {
            Some(step) => step.obscured = Some(Obscured::Unreadable),
            None => steps.push(unreadable(text)),
        }
    }
    Some(steps)
}

/// The text with a word's sign in place of every byte that is neither plain ASCII nor a line end nor a tab.
///
/// To Bash these are letters of words, and the grammar takes some for blanks. Its scanner, in C, looks characters up in
/// tables that end before Unicode does (`isdigit` on a code point, tree-sitter-bash 0.25.1): a line could end the
/// process.
fn for_parser(text: &str) -> Vec<u8> {
    let letter = |byte: u8| if matches!(byte, b' '..=b'~' | b'\n' | b'\t') { byte } else { b'%' };
    text.bytes().map(letter).collect()
}

fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let end = Instant::now() + PATIENCE;
    let mut progress =
        |_: &ParseState| if Instant::now() < end { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let text = for_parser(text);
    let mut chunk = |offset: usize, _| text.get(offset..).unwrap_or_default();
    parser.parse_with_options(&mut chunk, None, Some(ParseOptions::new().progress_callback(&mut progress)))
}

struct Walk<'a> {
    text: &'a str,
    steps: Vec<Step>,
    kept: usize,
}

/// A node still to be looked at.
#[derive(Clone, Copy)]
struct Open<'tree> {
    node: Node<'tree>,
    /// What it stands in, in so far as that is in the way.
    place: Option<Obscured>,
    /// The statement whose redirections belong to the last step of its body.
    redirected: Option<Node<'tree>>,
    /// The kind of the node it stands in.
    parent: &'static str,
}

impl Walk<'_> {
    fn all(&mut self, root: Node<'_>) {
        // Not by recursion: text from outside decides how deep it goes.
        let mut open = vec![Open { node: root, place: None, redirected: None, parent: "" }];
        while let Some(now) = open.pop() {
            if is_step(now) && !self.keep(now) {
                return;
            }
            let within = inside(now.node).or(now.place);
            let redirected = if now.node.kind() == "redirected_statement" { Some(now.node) } else { now.redirected };
            let mut cursor = now.node.walk();
            let children: Vec<_> = now.node.children(&mut cursor).collect();
            for (at, node) in children.iter().enumerate().rev() {
                let behind = children.get(at + 1).map_or("", Node::kind);
                let before = at.checked_sub(1).map_or("", |at| children[at].kind());
                let apart = behind == "&" || behind == "|&" || before == "|&";
                let place = if apart { within.or(Some(Obscured::Control)) } else { within };
                open.push(Open { node: *node, place, redirected, parent: now.node.kind() });
            }
        }
    }

    /// Adds a step; `false` where there is no room for more.
    fn keep(&mut self, open: Open<'_>) -> bool {
        let body = |statement: &Node<'_>| statement.child_by_field_name("body").map(|body| body.end_byte());
        let end = match open.redirected.filter(|statement| body(statement) == Some(open.node.end_byte())) {
            Some(statement) => statement.end_byte(),
            None => open.node.end_byte(),
        };
        let text = part(self.text, open.node.start_byte()..end);
        self.kept += text.len();
        if self.kept > KEPT {
            self.steps.push(unreadable(part(self.text, open.node.start_byte()..self.text.len())));
            return false;
        }
        self.steps.push(step(open.node, text, self.text, open.place));
        true
    }
}

/// A part of the text, with all of a character of which it has a byte: the parser sees bytes where [`for_parser`] put
/// signs.
fn part(text: &str, range: Range<usize>) -> &str {
    &text[text.floor_char_boundary(range.start)..text.ceil_char_boundary(range.end)]
}

/// Whether the node runs or sets something by itself.
fn is_step(open: Open<'_>) -> bool {
    match open.node.kind() {
        "command" | "declaration_command" | "unset_command" | "test_command" => true,
        "variable_assignment" => !matches!(open.parent, "command" | "declaration_command"),
        "redirected_statement" => open.node.child_by_field_name("body").is_none(),
        _ => false,
    }
}

/// What standing inside of the node means for a step.
fn inside(node: Node<'_>) -> Option<Obscured> {
    match node.kind() {
        "ERROR" => Some(Obscured::Unreadable),
        "command_substitution" | "process_substitution" => Some(Obscured::Substitution),
        "redirected_statement" => Some(Obscured::Redirection),
        "subshell"
        | "compound_statement"
        | "if_statement"
        | "for_statement"
        | "c_style_for_statement"
        | "while_statement"
        | "case_statement"
        | "function_definition"
        | "negated_command"
        | "test_command" => Some(Obscured::Control),
        _ => None,
    }
}

fn step(node: Node<'_>, text: &str, whole: &str, place: Option<Obscured>) -> Step {
    let (mut words, mut obscured) = (Vec::new(), None);
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        let why = match child.kind() {
            "variable_assignment" if node.kind() == "command" => Some(Obscured::Assignment),
            "file_redirect" | "heredoc_redirect" | "herestring_redirect" => Some(Obscured::Redirection),
            "subshell" => Some(Obscured::Control),
            _ if matches!(node.kind(), "variable_assignment" | "redirected_statement" | "test_command") => None,
            _ => {
                let (word, why) = word(part(whole, child.byte_range()));
                words.push(word);
                why
            }
        };
        obscured = obscured.or(why);
    }
    let itself = match node.kind() {
        "variable_assignment" => Some(Obscured::Assignment),
        "test_command" => Some(Obscured::Control),
        _ if node.has_error() => Some(Obscured::Unreadable),
        _ => None,
    };
    Step { text: text.to_owned(), words, obscured: obscured.or(itself).or(place) }
}

/// A word with its quotes taken away, where that can be told, and what is not plain about it.
///
/// A word in pieces (`g"i"t`, `\git`) is known and not plain: a deny sees through it, an allow does not trust it.
fn word(text: &str) -> (Option<String>, Option<Obscured>) {
    let (mut value, mut why) = (String::new(), None);
    let mut rest = text.chars();
    let mut quote = None;
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => value.push(c),
            (_, '`') => return (None, Some(Obscured::Substitution)),
            (_, '$') => return (None, Some(expansion(&rest))),
            (_, '\\') => {
                why = Some(Obscured::Character);
                match rest.next() {
                    Some('\n') | None => {}
                    Some(c) if quote.is_some() && !matches!(c, '"' | '\\' | '$' | '`') => value.extend(['\\', c]),
                    Some(c) => value.push(c),
                }
            }
            (Some(_), c) => value.push(c),
            (None, '<' | '>') => return (None, Some(Obscured::Substitution)),
            (None, '*' | '?' | '[' | '{' | '~') => return (None, Some(Obscured::Pattern)),
            (None, c) => {
                if !scan::is_plain(c) {
                    why = Some(Obscured::Character);
                }
                value.push(c);
            }
        }
    }
    (Some(value), why)
}

fn expansion(rest: &std::str::Chars<'_>) -> Obscured {
    let rest = rest.as_str();
    if rest.starts_with('(') && !rest.starts_with("((") { Obscured::Substitution } else { Obscured::Expansion }
}
