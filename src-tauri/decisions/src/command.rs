//! What a shell command line runs, as far as that can be told from its text.
//!
//! An allow list and not a deny list: a step counts as understood only where every word of it is plain, and the line
//! only where it is nothing but such steps joined by `&&`, `||`, `;`, `|` and line ends. What is not understood is kept
//! apart and named; it matches no rule that allows.

pub(crate) mod scan;
mod tree;

/// A command line, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// In the order of the text; those inside substitutions, subshells and control flow too.
    pub steps: Vec<Step>,
    /// Nothing stands in the text but steps with plain words and what joins them.
    pub plain: bool,
}

/// One simple command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// As it stands in the text.
    pub text: String,
    /// Its words with the quotes taken away; a word that is not plain is `None`.
    pub words: Vec<Option<String>>,
    /// What is in the way of understanding it or the place it stands in, if anything.
    pub obscured: Option<Obscured>,
}

/// Why a step matches no rule that allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obscured {
    /// `$x`, `${x}`, `$((1))`
    Expansion,
    /// `$(…)`, backticks, `<(…)`
    Substitution,
    /// `>`, `<`, heredocs
    Redirection,
    /// `*`, `?`, `[…]`, `{a,b}`, `~`
    Pattern,
    /// `A=b command`
    Assignment,
    /// `if`, `for`, `function`, `( … )`, `{ … }`, `!`, `&`
    Control,
    /// Letters and signs that mean something to some shell, or look like others.
    Character,
    /// Too long, or no shell text that we can read.
    Unreadable,
}

/// A longer text is not plain: nobody writes a rule for such a line.
const PLAIN: usize = 16 * 1024;
/// A longer text is not even cut into steps.
const READABLE: usize = 256 * 1024;
/// Neither is one with more `|`: the parser's time grows with the square of a pipeline's length, and it does not stop there when told.
const PIPES: usize = 1000;

/// Reads a line as Bash does; what zsh or another shell would read differently is not plain. Takes time in proportion
/// to its length.
///
/// Two readers have to agree before a line is plain: the grammar of Bash, and a strict reader that knows nothing but
/// words and joints.
pub fn read(text: &str) -> Line {
    let readable = text.len() <= READABLE && text.bytes().filter(|byte| *byte == b'|').count() <= PIPES;
    let Some(mut steps) = readable.then(|| tree::steps(text)).flatten() else {
        return Line { steps: vec![unreadable(text)], plain: false };
    };
    let strict = (text.len() <= PLAIN).then(|| scan::line(text)).flatten();
    let agreed = steps.iter().all(|step| step.obscured.is_none())
        && strict.is_some_and(|strict| {
            strict.len() == steps.len() && strict.iter().zip(&steps).all(|(words, step)| same(words, step))
        });
    if agreed {
        return Line { steps, plain: true };
    }
    for step in steps.iter_mut().filter(|step| step.obscured.is_none()) {
        let alone = scan::line(&step.text);
        if !alone.is_some_and(|alone| alone.len() == 1 && same(&alone[0], step)) {
            step.obscured = Some(Obscured::Character);
        }
    }
    if steps.iter().all(|step| step.obscured.is_none()) {
        let why = if text.len() > PLAIN { Obscured::Unreadable } else { Obscured::Character };
        steps.iter_mut().for_each(|step| step.obscured = Some(why));
    }
    Line { steps, plain: false }
}

fn same(words: &[String], step: &Step) -> bool {
    words.iter().map(Some).eq(step.words.iter().map(Option::as_ref))
}

fn unreadable(text: &str) -> Step {
    Step { text: text.to_owned(), words: Vec::new(), obscured: Some(Obscured::Unreadable) }
}
