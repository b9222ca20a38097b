//! Rules about other things than commands, and when a rule counts at all.

use std::path::PathBuf;

use decisions::rules::{Unfit, check, pattern, pattern_text, proposals, verdicts};
use model::{Action, Agent, Rule, RuleId, RuleSays, SessionId, Timestamp, What};

use crate::support::{Case, Fate, command_rule, deny, in_project, rule};

fn patch(files: &[&str]) -> Case {
    let mut case = Case::of("apply_patch", Action::Patch { files: Vec::new(), text: String::new() });
    case.files = Some(files.iter().map(PathBuf::from).collect());
    case
}

fn network(target: &str, command: &str) -> Case {
    Case::of("Bash", Action::Network { target: target.to_owned(), command: command.to_owned() })
}

fn mcp(server: &str, tool: &str) -> Case {
    let action = Action::Mcp { server: server.to_owned(), tool: tool.to_owned(), arguments: Vec::new() };
    Case::of(&format!("mcp__{server}__{tool}"), action)
}

fn files(says: RuleSays, pattern: &str) -> Rule {
    rule(says, What::Files { pattern: pattern.to_owned() })
}

fn host(says: RuleSays, host: &str) -> Rule {
    rule(says, What::Network { host: host.to_owned() })
}

fn tool(says: RuleSays, name: &str) -> Rule {
    rule(says, What::Tool { name: name.to_owned() })
}

#[test]
fn an_allow_of_files_needs_each_of_them_and_a_deny_one() {
    for (pattern, changed, expected) in [
        ("/code/site/a.rs", &["/code/site/a.rs"][..], Fate::Allow),
        ("/code/site/a.rs", &["/code/site/a.rs2"], Fate::Person),
        ("/code/site/*", &["/code/site/a.rs"], Fate::Allow),
        ("/code/site/*", &["/code/site/b/a.rs"], Fate::Person),
        ("/code/site/**", &["/code/site/b/c/a.rs", "/code/site/d"], Fate::Allow),
        ("/code/site/**", &["/code/site/b", "/code/other/b"], Fate::Person),
        ("/code/site/**/*.rs", &["/code/site/a.rs", "/code/site/b/c/d.rs"], Fate::Allow),
        ("/code/site/**", &["/code/sites/a"], Fate::Person),
        ("/code/site/**", &["/code/site"], Fate::Person),
        ("/code/site/[a]?{b,c}", &["/code/site/[a]?{b,c}"], Fate::Allow),
        ("/code/site/[ab]", &["/code/site/a"], Fate::Person),
        ("/code/site/?", &["/code/site/a"], Fate::Person),
        ("/code/site/{a,b}", &["/code/site/a"], Fate::Person),
        ("/code/site/**", &["/code/site/.git/hooks/pre-commit"], Fate::Person),
        ("/code/site/**", &["/code/site/sub/.codex/hooks.json"], Fate::Person),
        ("/code/site/.git/**", &["/code/site/.git/hooks/pre-commit"], Fate::Allow),
        ("/code/site/**", &["/code/site/.github/x", "/code/site/.gitignore"], Fate::Allow),
        ("/code/site/**", &[], Fate::Person),
    ] {
        assert_eq!(patch(changed).fate(&[files(RuleSays::Allow, pattern)]), expected, "{pattern} {changed:?}");
    }
    let two = [files(RuleSays::Allow, "/code/a/*"), files(RuleSays::Allow, "/code/b/*")];
    assert_eq!(patch(&["/code/a/x", "/code/b/y"]).fate(&two), Fate::Allow);
    let guarded = [files(RuleSays::Allow, "/code/**"), files(deny(), "/code/**/.env")];
    assert_eq!(patch(&["/code/a/x", "/code/b/.env"]).fate(&guarded), Fate::Deny);
    let mut unknown = patch(&[]);
    unknown.files = None;
    assert_eq!(unknown.fate(&[files(RuleSays::Allow, "/**")]), Fate::Person);
}

#[test]
fn a_host_is_compared_without_scheme_and_port() {
    for (wanted, target, fits) in [
        ("example.org", "https://example.org:443", true),
        ("example.org", "example.org", true),
        ("example.org", "http://EXAMPLE.org./", true),
        ("Example.org", "example.org:80", true),
        ("example.org", "a.example.org", false),
        ("*.example.org", "a.b.example.org:1", true),
        ("*.example.org", "example.org", false),
        ("*.example.org", "badexample.org", false),
        ("*.example.org", "https://example.org.evil.com", false),
        ("example.org", "https://example.org@evil.com", false),
        ("example.org", "https://evil.com/example.org", false),
        ("example.org", "https://evil.com#example.org", false),
        ("example.org", "exаmple.org", false),
        ("example.org", "", false),
        ("127.0.0.1", "http://127.0.0.1:8080", true),
        ("::1", "http://[::1]:8080", true),
    ] {
        let asked = network(target, "curl x");
        let denied = if fits { Fate::Deny } else { Fate::Person };
        assert_eq!(asked.fate(&[host(deny(), wanted)]), denied, "{wanted} {target}");
        let allows = [host(RuleSays::Allow, wanted), command_rule("allow curl *")];
        assert_eq!(asked.fate(&allows), if fits { Fate::Allow } else { Fate::Person }, "{wanted} {target}");
    }
}

#[test]
fn allowing_the_network_needs_the_command_allowed_too() {
    let allows_host = host(RuleSays::Allow, "example.org");
    let asked = network("example.org", "rm x");
    assert_eq!(asked.fate(std::slice::from_ref(&allows_host)), Fate::Person);
    assert_eq!(asked.fate(&[command_rule("allow rm x")]), Fate::Person);
    assert_eq!(asked.fate(&[allows_host, command_rule("allow rm x")]), Fate::Allow);
    assert_eq!(asked.fate(&[command_rule("deny rm **")]), Fate::Deny);
}

#[test]
fn a_tool_of_an_mcp_server_is_compared_whole() {
    let what =
        |server: &str, tool: Option<&str>| What::Mcp { server: server.to_owned(), tool: tool.map(str::to_owned) };
    for (what, expected) in [
        (what("lab", Some("echo")), Fate::Allow),
        (what("lab", None), Fate::Allow),
        (what("lab", Some("ech")), Fate::Person),
        (what("la", None), Fate::Person),
        (What::Tool { name: "mcp__lab__echo".to_owned() }, Fate::Allow),
        (What::Tool { name: "echo".to_owned() }, Fate::Person),
    ] {
        assert_eq!(mcp("lab", "echo").fate(&[rule(RuleSays::Allow, what.clone())]), expected, "{what:?}");
    }
}

#[test]
fn tools_that_need_more_than_a_name_are_never_allowed_by_it() {
    let unknown = |tool: &str| Case::of(tool, Action::Unknown { input: "{}".to_owned() });
    let stdin = Action::Stdin { chars: "y".to_owned(), process: None, cwd: None, details: Vec::new() };
    let permissions = Action::Permissions { reason: None, permissions: "{}".to_owned() };
    for case in [
        Case::shell("git status"),
        unknown("Bash"),
        unknown("apply_patch"),
        unknown("Edit"),
        unknown("MultiEdit"),
        unknown("Write"),
        unknown("write_stdin"),
        patch(&["/code/site/a"]),
        Case::of("write_stdin", stdin),
        Case::of("request_permissions", permissions),
    ] {
        let allow = tool(RuleSays::Allow, &case.tool);
        assert_eq!(check(&allow), Err(Unfit::NeverAllowed(case.tool.clone())));
        assert_eq!(case.fate(&[allow]), Fate::Person);
        assert_eq!(case.fate(&[tool(RuleSays::Ask, &case.tool)]), Fate::Ask);
        assert_eq!(case.fate(&[tool(deny(), &case.tool)]), Fate::Deny);
    }
    assert_eq!(unknown("view_image").fate(&[tool(RuleSays::Allow, "view_image")]), Fate::Allow);
}

#[test]
fn a_rule_counts_only_in_its_project_session_time_and_while_it_is_on() {
    let allow = || command_rule("allow git status");
    let with = |change: fn(&mut Rule)| {
        let mut rule = allow();
        change(&mut rule);
        rule
    };
    for (rule, expected) in [
        (with(|rule| rule.enabled = false), Fate::Person),
        (with(|rule| rule.until = Some(Timestamp(1000))), Fate::Person),
        (with(|rule| rule.until = Some(Timestamp(1001))), Fate::Allow),
        (with(|rule| rule.scope.agent = Some(Agent::Codex)), Fate::Allow),
        (with(|rule| rule.scope.session = Some(SessionId::new("s"))), Fate::Allow),
        (with(|rule| rule.scope.session = Some(SessionId::new("t"))), Fate::Person),
        (in_project(allow(), "/code/site"), Fate::Allow),
        (in_project(allow(), "/code"), Fate::Allow),
        (in_project(allow(), "/code/si"), Fate::Person),
        (in_project(allow(), "/code/site/sub"), Fate::Person),
    ] {
        assert_eq!(Case::shell("git status").fate(std::slice::from_ref(&rule)), expected, "{rule:?}");
    }
}

#[test]
fn the_model_cannot_choose_a_project_by_the_folder_it_acts_in() {
    let cases = [
        // Session's folder, folder it acts in; what an allow and a deny for /code/site come to.
        (Some("/code/site"), Some("/code/site/sub"), Fate::Allow, Fate::Deny),
        (Some("/code/other"), Some("/code/site"), Fate::Person, Fate::Person),
        (Some("/code/site"), Some("/code/other"), Fate::Person, Fate::Deny),
        (Some("/code/site"), None, Fate::Person, Fate::Deny),
        (None, Some("/code/site"), Fate::Person, Fate::Person),
    ];
    for (project, runs_in, allowed, denied) in cases {
        let mut case = Case::shell("git status");
        case.project = project.map(PathBuf::from);
        case.runs_in = runs_in.map(PathBuf::from);
        assert_eq!(
            case.fate(&[in_project(command_rule("allow git **"), "/code/site")]),
            allowed,
            "{project:?} {runs_in:?}"
        );
        assert_eq!(
            case.fate(&[in_project(command_rule("deny git **"), "/code/site")]),
            denied,
            "{project:?} {runs_in:?}"
        );
    }
}

#[test]
fn nothing_is_allowed_where_the_agent_may_write_our_files() {
    for mut case in [Case::shell("git status"), mcp("lab", "echo"), patch(&["/code/site/a"])] {
        let rules = [
            command_rule("allow git **"),
            rule(RuleSays::Allow, What::Mcp { server: "lab".to_owned(), tool: None }),
            files(RuleSays::Allow, "/code/**"),
        ];
        assert_eq!(case.fate(&rules), Fate::Allow);
        case.exposed = true;
        assert_eq!(case.fate(&rules), Fate::Person);
        assert_eq!(case.fate(&[tool(deny(), &case.tool)]), Fate::Deny);
    }
}

#[test]
fn every_rule_that_has_a_part_in_an_allow_is_named_in_order() {
    let named = |name: &str, text: &str| Rule { id: RuleId::new(name), ..command_rule(text) };
    let rules = [
        named("a", "allow cargo test"),
        named("b", "allow ls"),
        named("c", "allow git **"),
        named("d", "ask git log"),
        named("e", "allow git status"),
    ];
    let said = verdicts(&rules, &Case::shell("git status && cargo test").facts());
    assert_eq!(said.iter().map(|said| said.rule.as_str()).collect::<Vec<_>>(), ["a", "c", "e"]);
    assert!(verdicts(&rules, &Case::shell("git status && cargo").facts()).is_empty());
}

#[test]
fn a_rule_that_cannot_be_is_refused() {
    let command = |says: RuleSays, words: &[&str]| {
        rule(says, What::Command { pattern: words.iter().map(|word| (*word).to_owned()).collect() })
    };
    let not_plain = |word: &str| Err(Unfit::NotPlain(word.to_owned()));
    let runs = |word: &str| Err(Unfit::RunsOthers(word.to_owned()));
    for (rule, expected) in [
        (command(RuleSays::Allow, &["git", "status"]), Ok(())),
        (command(RuleSays::Allow, &["git", "**"]), Ok(())),
        (command(RuleSays::Allow, &[]), Err(Unfit::Empty)),
        (command(RuleSays::Allow, &["git", ""]), not_plain("")),
        (command(RuleSays::Allow, &["git", "a\u{202e}b"]), not_plain("a\u{202e}b")),
        (command(RuleSays::Allow, &["git", "**", "x"]), Err(Unfit::RestNotLast)),
        (command(RuleSays::Allow, &["*", "x"]), Err(Unfit::AnyCommand)),
        (command(RuleSays::Allow, &["**"]), Err(Unfit::AnyCommand)),
        (command(RuleSays::Allow, &["a b"]), not_plain("a b")),
        (command(RuleSays::Allow, &["if"]), not_plain("if")),
        (command(RuleSays::Allow, &["python3.11", "x.py"]), runs("python3.11")),
        (command(RuleSays::Allow, &["/bin/SUDO", "ls"]), runs("/bin/SUDO")),
        (command(RuleSays::Allow, &["bash.exe"]), runs("bash.exe")),
        (command(RuleSays::Allow, &["git", "-c", "*", "log"]), runs("git -c")),
        (command(RuleSays::Allow, &["git", "clone", "--upload-pack=x"]), runs("git --upload-pack=x")),
        (command(deny(), &["bash", "**"]), Ok(())),
        (command(RuleSays::Ask, &["*", "--force", "**"]), Ok(())),
        (files(RuleSays::Allow, "/a/**/b.*"), Ok(())),
        (files(RuleSays::Allow, "a"), Err(Unfit::NotAbsolute("a".to_owned()))),
        (files(deny(), "~/a"), Err(Unfit::NotAbsolute("~/a".to_owned()))),
        (host(RuleSays::Allow, "*.example.org"), Ok(())),
        (host(RuleSays::Allow, "*"), Err(Unfit::Host("*".to_owned()))),
        (host(RuleSays::Allow, "https://a"), Err(Unfit::Host("https://a".to_owned()))),
        (host(RuleSays::Allow, "a.*.b"), Err(Unfit::Host("a.*.b".to_owned()))),
        (host(RuleSays::Allow, "bücher.de"), Err(Unfit::Host("bücher.de".to_owned()))),
        (rule(RuleSays::Allow, What::Mcp { server: String::new(), tool: None }), Err(Unfit::Empty)),
        (tool(RuleSays::Allow, ""), Err(Unfit::Empty)),
        (in_project(tool(RuleSays::Allow, "x"), "work"), Err(Unfit::NotAbsolute("work".to_owned()))),
    ] {
        assert_eq!(check(&rule), expected, "{rule:?}");
    }
    for path in ["/a/../b", "/a/./b", "/a//b", "/a/", "/a/x**", "/"] {
        assert!(matches!(check(&files(RuleSays::Allow, path)), Err(Unfit::Path(_))), "{path}");
    }
}

#[test]
fn a_pattern_is_written_as_on_a_command_line() {
    let words = |words: &[&str]| Ok(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    for (text, expected) in [
        ("git status", words(&["git", "status"])),
        ("  git\tlog  ** ", words(&["git", "log", "**"])),
        ("git commit -m 'a  b' \"it's\"", words(&["git", "commit", "-m", "a  b", "it's"])),
        ("find . -name '*.rs'", words(&["find", ".", "-name", "*.rs"])),
        ("'a'\"'\"'b'", words(&["a'b"])),
        ("", Err(Unfit::Empty)),
        ("rm *.rs", Err(Unfit::NotPlain("*.rs".to_owned()))),
        ("rm '*'", Err(Unfit::NotPlain("'*'".to_owned()))),
        ("rm ''", Err(Unfit::NotPlain("''".to_owned()))),
        ("rm 'x", Err(Unfit::NotPlain("'x".to_owned()))),
        ("rm $x", Err(Unfit::NotPlain("$x".to_owned()))),
        ("a && b", Err(Unfit::NotPlain("&&".to_owned()))),
        ("a; b", Err(Unfit::NotPlain("a;".to_owned()))),
        ("a ** b", Err(Unfit::RestNotLast)),
    ] {
        assert_eq!(pattern(text), expected, "{text:?}");
    }
    assert_eq!(pattern_text(&["git".to_owned(), "it's  *".to_owned(), "**".to_owned()]), "git 'it'\"'\"'s  *' **");
}

#[test]
fn proposals_are_narrowest_first_and_what_is_enough_alone_comes_before() {
    let command = |text: &str| What::Command { pattern: pattern(text).unwrap() };
    for (line, expected) in [
        ("cargo test -p x", vec![command("cargo test -p x"), command("cargo test **")]),
        ("ls -la", vec![command("ls -la")]),
        ("rm build", vec![command("rm build")]),
        (
            "cargo test -p x && cargo test -p y",
            vec![command("cargo test **"), command("cargo test -p x"), command("cargo test -p y")],
        ),
        ("ls a | tail -5", vec![command("ls a"), command("tail -5")]),
        ("grep '*' x", vec![]),
        ("rm $x", vec![]),
        ("sudo ls", vec![]),
        ("git -c a=b log", vec![]),
    ] {
        assert_eq!(proposals(&Case::shell(line).facts()), expected, "{line:?}");
    }
    let host = What::Network { host: "example.org".to_owned() };
    assert_eq!(proposals(&network("https://example.org:443", "curl x").facts()), [host]);
    let file = What::Files { pattern: "/code/site/[a].rs".to_owned() };
    assert_eq!(proposals(&patch(&["/code/site/[a].rs"]).facts()), [file]);
    assert_eq!(proposals(&patch(&["/code/site/*.rs"]).facts()), []);
    let echo = What::Mcp { server: "lab".to_owned(), tool: Some("echo".to_owned()) };
    assert_eq!(proposals(&mcp("lab", "echo").facts()), [echo]);
    assert_eq!(proposals(&Case::of("Bash", Action::Unknown { input: "{}".to_owned() }).facts()), []);
}
