//! What programs are known to do, by their words. The list that `docs/rules.md` speaks of.

use super::Risk;

/// Programs that start the one behind their options.
pub(super) const WRAPPERS: &str = "sudo doas env nice nohup time timeout command exec builtin xargs stdbuf setsid ionice \
    chroot watch parallel strace unbuffer";
/// Programs that read commands, from a terminal where they are given none.
pub(super) const SHELLS: &str =
    "sh bash zsh dash ksh fish csh tcsh pwsh powershell python python2 python3 perl ruby node php irb ghci lua";
/// They take commands whatever their words are.
pub(super) const PROMPTS: &str = "screen tmux gdb lldb telnet ftp sftp su psql mysql sqlite3 redis-cli mongosh";
/// Programs whose words are paths that they write.
pub(super) const WRITERS: &str =
    "rm rmdir unlink shred mv cp mkdir touch tee ln chmod chown chgrp install truncate rsync dd";

/// Of these only the last one.
pub(super) const DESTINATION: &str = "cp ln install rsync";

/// A row: the program, words of which one has to be there (none: always), what may come of it.
type Row = (&'static str, &'static [&'static str], Risk);

/// A word ending in `*` stands for all that begin so; one beginning with `-` and a letter also for the letter among
/// others (`-rf`).
pub(super) const TABLE: &[Row] = &[
    ("rm rmdir unlink shred srm trash wipefs mkfs mkfs.ext4 mkfs.xfs dropdb", &[], Risk::Deletes),
    ("find", &["-delete"], Risk::Deletes),
    ("git", &["clean", "rm"], Risk::Deletes),
    ("rsync", &["--delete*", "--remove-source-files"], Risk::Deletes),
    ("docker podman", &["rm", "rmi", "prune"], Risk::Deletes),
    ("kubectl gh gcloud helm", &["delete", "uninstall"], Risk::Deletes),
    ("aws", &["rm", "rb", "delete*"], Risk::Deletes),
    ("terraform pulumi", &["destroy"], Risk::Deletes),
    ("mv cp ln", &["-f", "--force"], Risk::Overwrites),
    ("sed perl", &["-i", "--in-place*"], Risk::Overwrites),
    ("dd", &["of=*"], Risk::Overwrites),
    ("truncate tee", &[], Risk::Overwrites),
    ("unzip", &["-o"], Risk::Overwrites),
    ("git", &["restore", "--hard", "checkout", "--overwrite*"], Risk::Overwrites),
    (
        "sudo doas su pkexec run0 runuser sudoedit visudo setcap usermod useradd adduser passwd chpasswd",
        &[],
        Risk::Privilege,
    ),
    ("chmod", &["777", "a+rwx", "u+s", "g+s", "+s", "47*", "67*"], Risk::Privilege),
    ("chown chgrp", &[], Risk::Privilege),
    (
        "curl wget nc ncat netcat socat ssh scp sftp ftp telnet rsync aria2c http https mosh gh aws gcloud az",
        &[],
        Risk::NetworkOut,
    ),
    ("git", &["push", "pull", "fetch", "clone", "ls-remote", "submodule"], Risk::NetworkOut),
    (
        "npm pnpm yarn bun pip pip3 uv poetry gem brew apt apt-get dnf pacman apk",
        &["install", "add", "ci", "i", "update", "upgrade", "sync"],
        Risk::NetworkOut,
    ),
    ("cargo", &["install", "fetch", "update", "add", "publish"], Risk::NetworkOut),
    ("go", &["get", "install", "mod"], Risk::NetworkOut),
    ("docker podman", &["pull", "push", "login"], Risk::NetworkOut),
    ("npx bunx uvx pipx", &[], Risk::NetworkOut),
    ("git docker podman gem helm", &["push"], Risk::Publishes),
    ("twine", &["upload"], Risk::Publishes),
    (
        "npm pnpm yarn bun cargo poetry uv vsce ovsx flit lerna make just gh mvn gradle fly vercel netlify firebase wrangler",
        &["publish*", "release*", "deploy*"],
        Risk::Publishes,
    ),
    ("gh", &["merge"], Risk::Publishes),
    ("kubectl terraform pulumi", &["apply", "up"], Risk::Publishes),
    (
        "git",
        &["rebase", "--amend", "reset", "filter-branch", "filter-repo", "reflog", "update-ref", "replace"],
        Risk::RewritesHistory,
    ),
    ("printenv", &[], Risk::ReadsSecrets),
    ("pass op secret-tool", &["show", "read", "get", "lookup", "search"], Risk::ReadsSecrets),
    ("security", &["find-*", "dump-keychain"], Risk::ReadsSecrets),
    ("gpg", &["--export-secret*"], Risk::ReadsSecrets),
    ("gh gcloud", &["token", "print-access-token"], Risk::ReadsSecrets),
    ("base64 base32", &["-d", "-D", "--decode"], Risk::EncodedPayload),
    ("xxd", &["-r"], Risk::EncodedPayload),
    ("openssl", &["-d"], Risk::EncodedPayload),
    ("uudecode", &[], Risk::EncodedPayload),
    ("pwsh powershell", &["-enc*", "-EncodedCommand"], Risk::EncodedPayload),
];

/// Two words that say together what one of them does not.
pub(super) const PAIRS: &[(&str, &str, &[&str], Risk)] = &[
    ("git", "push", &["-f", "--force*", "-d", "--delete", "--mirror", "+*"], Risk::RewritesHistory),
    ("git", "branch", &["-D"], Risk::RewritesHistory),
    ("git", "tag", &["-d", "-f", "--delete", "--force"], Risk::RewritesHistory),
    ("git", "stash", &["drop", "clear"], Risk::RewritesHistory),
    ("git", "gc", &["--prune*"], Risk::RewritesHistory),
];

/// Whether the word is in a list of words.
pub(super) fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|named| named == word)
}

/// Whether a word is the named one.
pub(super) fn means(word: &str, named: &str) -> bool {
    let letter = named.strip_prefix('-').filter(|letter| letter.len() == 1);
    match (named.strip_suffix('*'), letter) {
        (Some(start), _) => word.starts_with(start),
        (None, Some(letter)) => {
            !word.starts_with("--") && word.strip_prefix('-').is_some_and(|letters| letters.contains(letter))
        }
        (None, None) => word == named,
    }
}
