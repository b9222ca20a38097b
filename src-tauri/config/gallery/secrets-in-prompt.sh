#!/bin/sh
# UserPromptSubmit: a prompt that has a key in it is not sent. Needs nothing but grep: keys look the same inside of JSON.
# Exit code 2 keeps the prompt; whatever goes wrong here lets it pass.

if grep -Eq -e 'AKIA[0-9A-Z]{16}' \
    -e 'gh[opsur]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40}|glpat-[0-9A-Za-z_-]{20}' \
    -e 'xox[abprs]-[0-9A-Za-z-]{10}|sk-[0-9A-Za-z_-]{32}|AIza[0-9A-Za-z_-]{35}' \
    -e '-----BEGIN [A-Z ]*PRIVATE KEY-----'; then
    echo 'This prompt looks as if it had a secret key in it. It was not sent.' >&2
    exit 2
fi
exit 0
