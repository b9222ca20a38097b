#!/bin/sh
# PreToolUse, Bash and apply_patch: keeps the agent from files that hold secrets: .env, private keys, credentials.
# Exit code 2 is a refusal; with anything unexpected this ends with 1, and the call goes its way.

file=$(python3 -I -S -X utf8 -c '
import json, re, sys

call = json.load(sys.stdin)
text = call["tool_input"]["command"]
if call["tool_name"] == "apply_patch":
    # What a patch says of such a file is no harm; which files it changes is.
    text = "\n".join(re.findall(r"(?m)^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$", text))
name = (
    r"\.env(\.(?!example|sample|template|dist)[\w-]+)?"
    r"|id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.pgpass|\.npmrc|\.pypirc|\.git-credentials"
    r"|\.ssh/\S+|\.aws/credentials|\.kube/config|\.docker/config\.json|[\w.-]+\.(pem|p12|pfx|keystore|jks)"
)
found = re.search(r"(?:^|[\s/\"\x27=:<>(@])(" + name + r")(?=$|[\s\"\x27;&|)<>:])", text, re.MULTILINE)
if found:
    print(found[1])
') || exit 1
[ -z "$file" ] && exit 0
printf '%s holds secrets and is left alone. Ask the person for what you need of it.\n' "$file" >&2
exit 2
