#!/bin/sh
# PreToolUse, Bash: a commit's first line says something, in at most 72 characters. Only messages that are given with -m are seen.
# Exit code 2 is a refusal; with anything unexpected this ends with 1, and the command goes its way.

why=$(python3 -I -S -X utf8 -c '
import json, shlex, sys


def messages(words):
    """The first message of each `git commit`."""
    commit = False
    for word, after in zip(words, words[1:] + [""]):
        if set(word) <= set(";&|()\n"):
            commit = False
        elif word == "commit":
            commit = True
        elif commit and (word == "--message" or word[:1] == "-" and word[1:2] != "-" and word.endswith("m")):
            yield after
            commit = False
        elif commit and word.startswith("--message="):
            yield word.partition("=")[2]
            commit = False


def fault(message):
    first, *rest = message.split("\n")
    if len(first) > 72:
        return f"its first line has {len(first)} characters, 72 are enough"
    if first.lower().strip(" .!") in {"", "change", "changes", "fix", "fixes", "misc", "stuff", "update", "updates", "wip"}:
        return "its first line does not say what was changed"
    if first.endswith("."):
        return "its first line is a title and ends without a full stop"
    if rest and rest[0].strip():
        return "its second line is empty, so that the first is a title"
    return None


command = json.load(sys.stdin)["tool_input"]["command"]
try:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=";&|()\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
except ValueError:
    words = []
if "git" in words:
    # What the shell puts together is not known here.
    faults = (fault(message) for message in messages(words) if "$" not in message and "`" not in message)
    print(next(filter(None, faults), ""))
') || exit 1
[ -z "$why" ] && exit 0
printf 'Write another commit message: %s.\n' "$why" >&2
exit 2
