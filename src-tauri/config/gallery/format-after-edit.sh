#!/bin/sh
# PostToolUse, apply_patch: formats the files of an edit with the formatter that is there for them.

files=$(python3 -I -S -X utf8 -c '
import json, os, re, sys

call = json.load(sys.stdin)
patch = call["tool_input"]["command"]
for path in re.findall(r"(?m)^\*\*\* (?:(?:Add|Update) File|Move to): (.+)$", patch):
    print(os.path.join(call["cwd"], path))
') || exit 1
root=$(git rev-parse --show-toplevel 2>/dev/null || pwd)
prettier="$root/node_modules/.bin/prettier"

format() {
    case $1 in
    *.css | *.html | *.js | *.json | *.jsx | *.md | *.mjs | *.scss | *.svelte | *.ts | *.tsx | *.vue | *.yaml | *.yml)
        [ -x "$prettier" ] && "$prettier" --log-level silent --write "$1"
        ;;
    *.go) gofmt -w "$1" ;;
    *.py) ruff format --quiet "$1" || black --quiet "$1" ;;
    *.rs) rustfmt --quiet --edition 2024 "$1" ;;
    *.sh) shfmt -w "$1" ;;
    esac
}

changed=$(
    printf '%s\n' "$files" | while IFS= read -r file; do
        [ -f "$file" ] || continue
        before=$(cksum <"$file")
        format "$file" >/dev/null 2>&1 </dev/null
        [ "$before" = "$(cksum <"$file")" ] || echo yes
    done
)
[ -z "$changed" ] && exit 0
cat <<'JSON'
{"hookSpecificOutput":{"hookEventName":"PostToolUse","additionalContext":"Files of this edit were formatted since. Read them again before you edit them."}}
JSON
