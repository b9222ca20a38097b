#!/bin/sh
# PreToolUse, Bash: refuses commands that destroy more than a project. A net and no wall: what is put cleverly gets through.
# Exit code 2 is a refusal; with anything unexpected this ends with 1, and the command goes its way.

why=$(python3 -I -S -X utf8 -c '
import json, re, sys

command = json.load(sys.stdin)["tool_input"]["command"]
folder = r"(/|~|\$HOME|\$\{HOME\}|/(bin|boot|dev|etc|home|lib|opt|root|sbin|srv|sys|usr|var)|\.\.?)"
rules = [
    (r"\brm\s+(-\S+\s+)*-[a-zA-Z-]*[rR][a-zA-Z-]*\s+(-\S+\s+)*[\"\x27]?" + folder + r"/?\*?[\"\x27]?(\s|$|[;&|)])",
     "it deletes a whole folder of the system, your home, or where it stands"),
    (r"\bmkfs(\.\w+)?\s", "it makes a new file system"),
    (r"\bdd\b[^;&|]*\bof=/dev/(?!null)", "it writes onto a device"),
    (r">\s*/dev/(sd|hd|vd|nvme|mmcblk|disk)", "it writes onto a disk"),
    (r"\b(curl|wget)\b[^;&]*\|\s*(sudo\s+)?(\S*/)?(ba|da|z|k)?sh\b", "it runs what it downloads, which nobody has read"),
    (r"\bchmod\s+(-\S+\s+)*(0?777|a\+rwx)\s+(-\S+\s+)*/(\s|$)", "it opens the whole system to everybody"),
    (r":\s*\(\)\s*\{\s*:\s*\|\s*:\s*&", "it starts itself without end"),
    (r"\b(shutdown|reboot|poweroff|halt)\b(?=\s*($|[;&|]|\s-|\snow))", "it turns the machine off"),
]
for pattern, why in rules:
    if re.search(pattern, command):
        print(f"This command is not run, because {why}. Find a way that touches only this project.")
        break
') || exit 1
[ -z "$why" ] && exit 0
printf '%s\n' "$why" >&2
exit 2
