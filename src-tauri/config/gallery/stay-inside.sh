#!/bin/sh
# PreToolUse, apply_patch: edits stay inside the project, also behind symbolic links. For shell commands there is the sandbox.
# Exit code 2 is a refusal; with anything unexpected this ends with 1, and the edit goes its way.

root=$(git rev-parse --show-toplevel 2>/dev/null || pwd)
file=$(python3 -I -S -X utf8 -c '
import json, os, re, sys

root = os.path.realpath(sys.argv[1])
call = json.load(sys.stdin)
patch = call["tool_input"]["command"]
for path in re.findall(r"(?m)^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$", patch):
    real = os.path.realpath(os.path.join(call["cwd"], path))
    if os.path.commonpath([root, real]) != root:
        print(path)
        break
' "$root") || exit 1
[ -z "$file" ] && exit 0
printf '%s is outside of %s. Only files of this project are edited.\n' "$file" "$root" >&2
exit 2
