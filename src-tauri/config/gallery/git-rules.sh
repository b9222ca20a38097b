#!/bin/sh
# PreToolUse, Bash: no push that overwrites what others have, no commit on main.
# Exit code 2 is a refusal; with anything unexpected this ends with 1, and the command goes its way.

payload=$(cat)
does=$(printf '%s' "$payload" | python3 -I -S -X utf8 -c '
import json, re, sys

command = json.load(sys.stdin)["tool_input"]["command"]
if re.search(r"\bgit\b[^;&|\n]*\spush\b[^;&|\n]*\s(--force(?=\s|$)|-[a-zA-Z]*f[a-zA-Z]*(?=\s|$)|\+\S)", command):
    print("forces")
elif re.search(r"\bgit\b[^;&|\n]*\scommit(?=\s|$)", command):
    print("commits")
') || exit 1
case $does in
forces)
    echo 'A forced push overwrites what others have. Push to a branch of your own, or ask the person.' >&2
    exit 2
    ;;
commits)
    # The first commit of a repository has to be somewhere.
    git rev-parse --quiet --verify HEAD >/dev/null 2>&1 || exit 0
    branch=$(git symbolic-ref --quiet --short HEAD 2>/dev/null)
    case $branch in
    main | master)
        echo "Nothing is committed on $branch. Make a branch first, in a command of its own: git switch -c NAME" >&2
        exit 2
        ;;
    esac
    ;;
esac
exit 0
