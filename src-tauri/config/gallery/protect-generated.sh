#!/bin/sh
# PreToolUse, apply_patch: lock files, built files and files that say that they are generated are not edited by hand.
# Exit code 2 is a refusal; with anything unexpected this ends with 1, and the edit goes its way.

file=$(python3 -I -S -X utf8 -c '
import json, os, re, sys

names = {
    "Cargo.lock", "Gemfile.lock", "Pipfile.lock", "composer.lock", "flake.lock", "go.sum", "package-lock.json",
    "pnpm-lock.yaml", "poetry.lock", "uv.lock", "yarn.lock",
}
folders = {"node_modules", "dist", "build", "target", "vendor", ".git", "__pycache__"}


def says_so(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return re.search(r"@generated|DO NOT EDIT", file.read(1000))
    except OSError:
        return None


call = json.load(sys.stdin)
patch = call["tool_input"]["command"]
for path in re.findall(r"(?m)^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$", patch):
    # From where it stands, so that a folder above the project does not count.
    near = os.path.relpath(os.path.join(call["cwd"], path), call["cwd"])
    parts = near.split(os.sep)
    if parts[-1] in names or folders & set(parts[:-1]) or says_so(os.path.join(call["cwd"], path)):
        print(path)
        break
') || exit 1
[ -z "$file" ] && exit 0
printf '%s is generated. Change what it is made from, or run the tool that makes it.\n' "$file" >&2
exit 2
