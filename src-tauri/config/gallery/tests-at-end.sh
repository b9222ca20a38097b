#!/bin/sh
# Stop: runs the project's tests when something was changed. Where they fail, the agent goes on with what they said.
# Exit code 2 makes it go on; with anything unexpected this ends with 1, and the turn is over.

# So many times in one turn. Then it is over, whatever the tests say.
most=3

state=$(python3 -I -S -X utf8 -c '
import json, re, sys

stop = json.load(sys.stdin)
print("again" if stop["stop_hook_active"] else "first", re.sub(r"[^\w-]", "_", stop["session_id"]))
') || exit 1
again=${state%% *}
session=${state#* }

cd "$(git rev-parse --show-toplevel 2>/dev/null || pwd)" || exit 1
[ -e .git ] && [ -z "$(git status --porcelain)" ] && exit 0

if [ -x .codex/check.sh ]; then
    set -- .codex/check.sh
elif [ -f Makefile ] && grep -q '^test:' Makefile; then
    set -- make test
elif [ -f Cargo.toml ]; then
    set -- cargo test --quiet
elif [ -f go.mod ]; then
    set -- go test ./...
elif [ -f package.json ] && grep -q '"test":' package.json; then
    set -- npm test --silent
else
    exit 0
fi

# How often this turn was sent back already.
count="${XDG_STATE_HOME:-$HOME/.local/state}/codex-hooks/tests-at-end.$session"
if said=$("$@" 2>&1 </dev/null); then
    rm -f "$count"
    exit 0
fi
tries=0
[ "$again" = again ] && read -r tries 2>/dev/null <"$count"
case $tries in '' | *[!0-9]*) tries=0 ;; esac
if [ "$tries" -ge "$most" ]; then
    rm -f "$count"
    printf '{"systemMessage":"The tests still fail after %s tries. The turn ends all the same."}\n' "$most"
    exit 0
fi
# Without a count there would be no end.
mkdir -p "${count%/*}" && echo "$((tries + 1))" 2>/dev/null >"$count" || exit 1
{
    echo "$* fails. Mend it, then end the turn again. The end of what it said:"
    printf '%s\n' "$said" | tail -n 40
} >&2
exit 2
