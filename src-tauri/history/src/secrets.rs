//! Known shapes of secrets, which are masked before anything is stored. What has no known shape stays as it is.
//!
//! The list is told to people in `docs/history.md`. Matching is linear in the length of a text, whatever stands in it.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use regex::{Captures, Regex};

use crate::row;

/// Names, what stands in every text that holds such a secret (in lower case: most texts are done with when that is not there),
/// and what secrets of that name look like. Where a group is there, it alone is the secret; `\\b` is [`EDGE`]. None matches across a quotation
/// mark, so that JSON stays JSON, and none matches what a mask left.
const SHAPES: &[(&str, &[&str], &str)] = &[
    (
        "private key",
        &["private key"],
        r#"-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\:,.]|-[A-Za-z0-9])*(?:-----END[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"#,
    ),
    ("AWS access key", &["akia", "asia"], r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b"),
    ("AWS secret key", &["secret"], r#"(?i)aws_?secret_?(?:access_?)?key["'\\\s:=]{1,8}([a-z0-9/+]{40})"#),
    ("Anthropic key", &["sk-ant-"], r"\b(sk-ant-[A-Za-z0-9_-]{20,})"),
    ("OpenAI key", &["sk-"], r"\b(sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,}))"),
    (
        "GitHub token",
        &["gho_", "ghp_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(gh[opusr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    ),
    (
        "GitLab token",
        &["glpat-", "glrt-", "gldt-", "glcbt-", "glptt-"],
        r"\b(gl(?:pat|rt|dt|cbt|ptt)-[A-Za-z0-9_-]{20,})",
    ),
    ("Slack token", &["xox", "xapp-"], r"\b(xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,})"),
    ("Slack webhook", &["hooks.slack.com/"], r"https://hooks\.slack\.com/(?:services|workflows)/([A-Za-z0-9/_-]{20,})"),
    (
        "Stripe key",
        &["k_live_", "k_test_", "whsec_"],
        r"\b([rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,})",
    ),
    ("Google key", &["aiza"], r"\b(AIza[A-Za-z0-9_-]{35})"),
    ("Google token", &["ya29.", "gocspx-"], r"\b(ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})"),
    ("npm token", &["npm_"], r"\b(npm_[A-Za-z0-9]{36})"),
    ("PyPI token", &["pypi-"], r"\b(pypi-[A-Za-z0-9_-]{50,})"),
    ("Hugging Face token", &["hf_"], r"\b(hf_[A-Za-z0-9]{30,})"),
    ("web token", &["eyj"], r"\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})"),
    (
        "authorization",
        &["authorization"],
        r#"(?i)\b(?:proxy-)?authorization["'\\]{0,3}\s{0,4}[:=]\s{0,4}["'\\]{0,3}(?:bearer|basic|token|digest)\s+([a-z0-9._~+/=-]{8,})"#,
    ),
    ("bearer token", &["bearer"], r"(?i)\bbearer\s+([a-z0-9._~+/=-]{20,})"),
    (
        "password in an address",
        &["://"],
        r#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'\\<>]*:([^\s/@"'\\<>\[$][^\s/@"'\\<>]*)@"#,
    ),
    (
        "secret in an address",
        &["password=", "passwd=", "pwd=", "secret=", "token=", "key=", "auth=", "sig=", "signature="],
        r#"(?i)[?&](?:password|passwd|pwd|secret|token|access_token|refresh_token|id_token|client_secret|api_?key|apikey|auth|sig|signature)=([^\s&#"'\\<>\[$][^\s&#"'\\<>]{5,})"#,
    ),
    (
        "secret in a variable",
        &["password", "passwd", "secret", "token", "api_key", "apikey", "access_key", "private_key", "credentials"],
        r#"\b[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS)[A-Z0-9_]*=["'\\]{0,2}([^\s"'\\$<>(\[&;,][^\s"'\\&;,]{5,})"#,
    ),
    (
        "secret in an option",
        &["--pass", "--token", "--secret", "--api-key", "--access-token", "--client-secret", "--auth-token"],
        r#"--(?:password|passwd|token|secret|api-key|access-token|client-secret|auth-token)[= ]["'\\]{0,2}([^\s"'\\$<>(\[-][^\s"'\\]{5,})"#,
    ),
];

/// Where a word begins or ends, also behind what JSON writes for the end of a line.
const EDGE: &str = r"(?:\b|\\[nrtbf])";

static PATTERNS: [OnceLock<Regex>; SHAPES.len()] = [const { OnceLock::new() }; SHAPES.len()];

/// Masks what looks like a secret in `text`. Returns how many there were.
pub(crate) fn mask(text: &mut String) -> u32 {
    let mut masked = 0;
    let mut there = [false; 256];
    text.bytes().for_each(|byte| there[usize::from(byte.to_ascii_lowercase())] = true);
    // Once is enough: masking takes signs away, and one too many costs a look.
    let lower = OnceCell::new();
    for ((name, signs, pattern), known) in SHAPES.iter().zip(&PATTERNS) {
        let lower = || lower.get_or_init(|| text.to_ascii_lowercase());
        let may_be = |sign: &&str| sign.bytes().all(|byte| there[usize::from(byte)]) && lower().contains(*sign);
        if !signs.iter().any(may_be) {
            continue;
        }
        let known = known.get_or_init(|| Regex::new(&pattern.replace(r"\b", EDGE)).expect("a shape is a pattern"));
        let replaced = known.replace_all(text, |found: &Captures<'_>| {
            masked += 1;
            let whole = found.get_match();
            let secret = found.get(1).unwrap_or(whole);
            let (before, after) = (secret.start() - whole.start(), whole.end() - secret.end());
            format!("{}[masked: {name}]{}", &found[0][..before], &found[0][whole.len() - after..])
        });
        if let Cow::Owned(replaced) = replaced {
            *text = replaced;
        }
    }
    masked
}

/// What becomes of secrets in what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    Masked,
    Plain,
}

/// What is said for some projects; elsewhere secrets are masked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plain(pub(crate) BTreeMap<PathBuf, Secrets>);

impl Plain {
    fn holds(&self, folder: Option<&PathBuf>) -> bool {
        let said = folder.and_then(|folder| folder.ancestors().find_map(|folder| self.0.get(folder)));
        said == Some(&Secrets::Plain)
    }

    /// The row as it is stored, and how many secrets were masked in it.
    pub(crate) fn event(&self, row: &row::Event) -> (row::Event, u32) {
        let mut row = row.clone();
        if self.holds(row.event.cwd.as_ref()) {
            return (row, 0);
        }
        let masked = mask(&mut row.event.payload) + row.event.prompt.as_mut().map_or(0, mask);
        (row, masked)
    }

    /// The row as it is stored.
    pub(crate) fn run(&self, row: &row::Run) -> row::Run {
        let mut row = row.clone();
        if self.holds(row.project.as_ref().or(row.cwd.as_ref())) {
            return row;
        }
        let texts = [&mut row.command, &mut row.input.text, &mut row.stdout.text, &mut row.stderr.text];
        let entries = row.run.entries.iter_mut().map(|entry| &mut entry.text);
        let told = row.told.iter_mut().flat_map(|told| told.entries.iter_mut().map(|(_, text)| text));
        let more = entries.chain(told).chain(row.run.status_message.as_mut());
        let masked: u32 = texts.into_iter().chain(more).map(mask).sum();
        row.masked = row.masked.saturating_add(masked);
        row
    }

    /// The row as it is stored, and how many secrets were masked in it. Its digest stays that of what was shown.
    pub(crate) fn request(&self, row: &row::Request) -> (row::Request, u32) {
        let mut row = row.clone();
        if self.holds(row.project.as_ref()) {
            return (row, 0);
        }
        let masked = mask(&mut row.summary) + mask(&mut row.shown);
        (row, masked)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn masked(text: &str) -> (String, u32) {
        let mut text = text.to_owned();
        let count = mask(&mut text);
        (text, count)
    }

    #[test]
    fn each_known_shape_is_masked_and_named() {
        let x = |count: usize| "aB3xY9kQ".repeat(count.div_ceil(8))[..count].to_owned();
        let check = |name: &str, before: &str, secret: &str, after: &str| {
            let expected = format!("{before}[masked: {name}]{after}");
            assert_eq!(masked(&format!("{before}{secret}{after}")), (expected.clone(), 1));
            assert_eq!(masked(&expected), (expected, 0), "a mask is not masked again");
        };
        check("AWS access key", "key ", "AKIAIOSFODNN7EXAMPLE", ".");
        check("AWS access key", "{\"a\":\"x\\n", "AKIAIOSFODNN7EXAMPLE", "\\n\"}");
        check("secret in a variable", "{\"command\":\"cd x\\nexport TOKEN=", "hunter22", "\\nmake\"}");
        check("secret in a variable", "a\\nTOKEN=", "hunter22", "\\n");
        check("AWS secret key", "aws_secret_access_key = ", &x(40), "\n");
        check("AWS secret key", r#"{"awsSecretKey":""#, &x(40), r#""}"#);
        check("Anthropic key", "", &format!("sk-ant-api03-{}", x(40)), "");
        check("OpenAI key", "(", &format!("sk-proj-{}", x(40)), ")");
        check("OpenAI key", "", &format!("sk-{}", x(48)), " ");
        check("GitHub token", "", &format!("ghp_{}", x(36)), "");
        check("GitHub token", "", &format!("github_pat_{}", x(60)), "");
        check("GitLab token", "", &format!("glpat-{}", x(20)), "");
        check("Slack token", "", &format!("xoxb-1234-{}", x(20)), "");
        check("Slack webhook", "https://hooks.slack.com/services/", &format!("T0/B0/{}", x(24)), "");
        check("Stripe key", "", &format!("sk_live_{}", x(24)), "");
        check("Google key", "", &format!("AIza{}", x(35)), "");
        check("Google token", "", &format!("ya29.{}", x(40)), "");
        check("npm token", "//registry/:_authToken=", &format!("npm_{}", x(36)), "");
        check("PyPI token", "", &format!("pypi-{}", x(60)), "");
        check("Hugging Face token", "", &format!("hf_{}", x(34)), "");
        check("web token", "", &format!("eyJ{}.eyJ{}.{}", x(20), x(30), x(20)), "");
        check("authorization", "Authorization: Basic ", "dXNlcjpwYXNz", "\r\n");
        check("authorization", r#"{\"Authorization\": \"Bearer "#, &x(16), r#"\"}"#);
        check("bearer token", "bearer ", &x(24), "");
        check("password in an address", "postgres://ada:", "s3cret", "@db:5432/x");
        check("secret in an address", "https://x.org/?user=1&access_token=", &x(12), "&b=2");
        check("secret in a variable", "export DB_PASSWORD=", "hunter22", " make");
        check("secret in a variable", r#"{"command":"API_KEY='"#, "hunter22", r#"' make"}"#);
        check("secret in an option", "mysql --password=", "hunter22", " db");
        let pem = format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{}\n-----END RSA PRIVATE KEY-----",
            x(64)
        );
        check("private key", "a\n", &pem, "\nb c");
        check("private key", "{\"k\":\"", &pem.replace('\n', "\\n"), "\\nx\"}");
        check("private key", "cut: ", &format!("-----BEGIN PRIVATE KEY-----\n{}", x(64)), "\"");
    }

    #[test]
    fn several_are_counted_and_what_is_around_them_stays() {
        let key = format!("ghp_{}", "a1".repeat(18));
        let (text, count) = masked(&format!("{{\"a\":\"{key}\",\"b\":[\"{key}\",\"TOKEN={key}\"]}}"));
        assert_eq!(count, 3);
        assert!(!text.contains("ghp_") && serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [
            "cargo test --workspace && git push origin main",
            "let token = next_token(&mut tokens)?; // password: see docs",
            "TOKEN=$TOKEN make; PASSWORD=\"$(pass show db)\" psql; SECRET=",
            "https://example.org/path?page=2&sort=name#top and git@github.com:a/b.git",
            "task-force-alpha-one-two-three-four-five sk-folding-cube-animation-wrapper",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "0d9e8b5c-9f0e-4c4e-8a55-000000000000 eyJub3QiOiJhIHRva2VuIn0",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "the bearer of this letter; Authorization: none; bearer x",
            "运行 cargo build 完成",
        ] {
            assert_eq!(masked(text), (text.to_owned(), 0));
        }
    }

    #[test]
    fn hostile_texts_take_time_in_proportion() {
        let time = |text: String| {
            let start = Instant::now();
            masked(&text);
            start.elapsed()
        };
        for piece in [
            "-----BEGIN PRIVATE KEY-----",
            "a://",
            "a://b:",
            "eyJaaaaaaaa.eyJaaaaaaaa",
            "AAAA_PASSWORD",
            "bearer ",
            "aws_secret_key=====",
            "?token=",
            "x",
        ] {
            time(piece.repeat(100));
            let of = |bytes: usize| time(piece.repeat(bytes / piece.len()));
            let (short, long) = (of(50 << 10), of(400 << 10));
            // Eight times as long: 64 times where the time goes with the square.
            assert!(long < short * 30 + Duration::from_millis(200), "{piece}: {short:?} {long:?}");
        }
    }
}
