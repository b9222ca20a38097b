//! What no rule allows: programs that run what their arguments say, words of a shell that change what later words mean,
//! and tools whose input says nothing about what comes of it.
//!
//! A list can't be complete: what a program does with its words is its own affair, and `*` allows every word. What a
//! *shell* does with them does not depend on this list.

/// Other programs, code, or a prompt that takes them.
const RUNNERS: &str = "
    ash bash busybox cmd csh dash elvish fish ion ksh mksh nu osh posh powershell pwsh rbash rc sh tcsh toybox xonsh
    yash zsh awk bun bunx clj clojure crystal dc deno elixir erl expect gawk ghci groovy guile iex irb java jjs jshell
    julia lua luajit m4 mawk nawk node nodejs npx ocaml osascript perl php pipx pnpx psql py pypy python pyw r racket
    raku rscript ruby runghc runhaskell sbcl scala scheme sed sqlite swipl tclsh ts-node tsx uvx wish agetty at batch
    bwrap capsh chpst chroot chrt chronic cpulimit crontab daemonize doas dtach entr env eatmydata fakechroot fakeroot
    faketime find firejail flatpak-spawn flock gosu ionice ld.so ltrace machinectl mosh nc ncat netcat nice nohup
    nsenter numactl parallel pdsh perf pkexec proot prlimit rlwrap rsh run-parts run0 runcon runuser schedtool screen
    script setarch setlogcons setpriv setsid setuidgid sg slogin socat softlimit ssh sshpass start-stop-daemon stdbuf
    strace su sudo sudoedit systemd-run taskset telnet time timeout tmux torify torsocks tsocks unbuffer unshare
    valgrind watch watchexec xargs xterm ed emacs ex gdb less lldb man more most nano nvim pico rvim vi view vim
    vimdiff";

/// Builtins that run text, change what names mean or where later words act, or read code out of a name. What is left of
/// the builtins prints or ends.
const BUILTINS: &str = "
    - . [ alias autoload bg bind break builtin bye caller cd chdir command compdef compgen complete compopt continue
    coproc declare dirs disable disown echotc emulate enable eval exec export fc fg float functions getln getopts hash
    history integer jobs let limit local logout mapfile nocorrect noglob popd print printf private pushd pushln r read
    readarray readonly rehash return sched set setopt shift shopt source suspend test trap type typeset ulimit umask
    unalias unfunction unhash unlimit unset unsetopt vared wait whence zargs zcompile zformat zle zmodload zparseopts
    zpty zregexparse zsocket zstyle zsystem ztcp";

/// Tools that need more than their name before they can be allowed.
const TOOLS: [&str; 7] = ["Bash", "Edit", "MultiEdit", "Write", "apply_patch", "request_permissions", "write_stdin"];

/// Words that make a program, or one of its subcommands, run what other words say, or do it elsewhere. A long option
/// counts in every form of it.
const WORDS: &[(&str, &str)] = &[
    ("asdf", "exec"),
    ("bundle", "exec"),
    ("cargo", "-C -Z --config --manifest-path"),
    ("conda", "run"),
    ("direnv", "exec"),
    ("docker", "exec run"),
    ("git", "bisect config daemon difftool filter-branch foreach mergetool send-email"),
    (
        "git",
        "--config --config-env --exec --exec-path --ext-diff --extcmd --open-files-in-pager --receive-pack --upload-pack",
    ),
    ("git clone", "-c -u --template"),
    ("git grep", "-O"),
    ("git rebase", "-x"),
    ("go", "-exec -toolexec -vettool -C"),
    ("hatch", "run shell"),
    ("kubectl", "debug exec run"),
    ("make", "-C -E -f -I --directory --eval --file --include-dir --makefile MAKEFLAGS SHELL .SHELLFLAGS"),
    ("mise", "exec x"),
    ("nix", "develop run shell"),
    ("npm", "exec explore x --prefix --script-shell"),
    ("pdm", "run"),
    ("pipenv", "run shell"),
    ("pnpm", "dlx exec -C --dir"),
    ("podman", "exec run"),
    ("poetry", "run shell -C --directory"),
    ("rsync", "-e --rsh --rsync-path"),
    ("scp", "-F -o -S"),
    ("sftp", "-b -F -o -S"),
    ("sort", "--compress-program"),
    ("tar", "-F -I --checkpoint-action --info-script --new-volume-script --rmt-command --rsh-command --to-command"),
    ("tar", "--use-compress-program"),
    ("uv", "run tool"),
    ("wget", "-e --execute --use-askpass"),
    ("yarn", "dlx exec --cwd"),
    ("zip", "-TT --unzip-command"),
];

/// Options of git that may stand before its subcommand.
const GIT: [&str; 5] = ["--no-pager", "--no-optional-locks", "--version", "--help", "--no-replace-objects"];

/// The words because of which a step is never allowed by a rule. Words that are not known count as harmless here.
pub(super) fn program(words: &[Option<String>]) -> Option<String> {
    let program = words.first()?.as_deref()?;
    let name = name(program);
    let listed = |list: &str| list.split_whitespace().any(|word| word == name || word == unversioned(&name));
    if listed(RUNNERS) || listed(BUILTINS) {
        return Some(program.to_owned());
    }
    let known = || words[1..].iter().flatten().map(String::as_str);
    let before_verb =
        known().take_while(|word| name == "git" && word.starts_with('-')).find(|word| !GIT.contains(word));
    // The first word of tar is options with or without a dash.
    let bundle = known().next().filter(|word| name == "tar" && !word.starts_with('-') && word.contains(['F', 'I']));
    let verb = known().find(|word| !word.starts_with('-'));
    let word = before_verb.or(bundle).or_else(|| known().find(|word| dangerous(&name, verb, word)))?;
    Some(format!("{program} {word}"))
}

/// Whether this word of a program is listed. Where the program's verb is not known, its rows don't count.
fn dangerous(name: &str, verb: Option<&str>, word: &str) -> bool {
    let is_about = |of: &str| match of.split_once(' ') {
        Some((program, of_verb)) => program == name && verb == Some(of_verb),
        None => of == name,
    };
    WORDS.iter().any(|(of, words)| is_about(of) && words.split_whitespace().any(|named| means(word, named)))
}

/// Whether no rule allows the tool by its name alone.
pub(super) fn tool(name: &str) -> bool {
    TOOLS.contains(&name)
}

/// The program's name without its folder, in small letters: some file systems don't tell them apart.
fn name(program: &str) -> String {
    let name = program.rsplit('/').next().unwrap_or(program).to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

/// `python3.12` is python.
fn unversioned(name: &str) -> &str {
    match name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-')) {
        "" => name,
        rest => rest,
    }
}

/// Whether a word is this one: with a value, shortened (`--upl`), or with others behind one dash (`-xe`).
fn means(word: &str, named: &str) -> bool {
    let option = word.split('=').next().unwrap_or(word);
    if named.starts_with("--") {
        return option.len() > 3 && option.starts_with("--") && named.starts_with(option);
    }
    let letter = named.strip_prefix('-').filter(|letter| letter.len() == 1);
    let bundled =
        |letter| !word.starts_with("--") && word.strip_prefix('-').is_some_and(|letters| letters.contains(letter));
    option == named || letter.is_some_and(bundled)
}
