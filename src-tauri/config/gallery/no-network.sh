#!/bin/sh
# PreToolUse, Bash: refuses programs that talk to the network. What talks to it by itself, such as a package manager, is not known
# here: for that there is the sandbox.
# Exit code 2 is a refusal; with anything unexpected this ends with 1, and the command goes its way.

program=$(python3 -I -S -X utf8 -c '
import json, re, sys

command = json.load(sys.stdin)["tool_input"]["command"]
programs = "curl|wget|aria2c|nc|ncat|netcat|socat|telnet|ftp|sftp|ssh|scp"
before = r"(?:^|[;&|({`\n]|\$\(|\b(?:sudo|env|xargs|time|nohup|exec|command)\s)\s*(?:\w+=\S*\s+)*(?:[\w./~-]*/)?"
found = re.search(before + "(" + programs + r")(?=$|[\s;&|)`])", command)
if found:
    print(found[1])
') || exit 1
[ -z "$program" ] && exit 0
printf '%s talks to the network, which is not wanted here. Say what you need, and the person will fetch it.\n' "$program" >&2
exit 2
