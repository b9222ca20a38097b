/** What may stand in a hook file, for completion, hover and choices. */

import { t } from '../../messages';

/** In the agent's own order. */
export const EVENTS = [
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'PreCompact',
  'PostCompact',
  'SessionStart',
  'SessionEnd',
  'UserPromptSubmit',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'Interrupt',
] as const;

const ROOT = ['hooks', 'description'] as const;
const GROUP = ['matcher', 'hooks'] as const;
const HANDLER = ['type', 'command', 'timeout', 'statusMessage', 'async', 'additionalContextLimit', 'commandWindows', 'server', 'tool', 'input'] as const;
const KEYS: readonly string[] = [...new Set([...ROOT, ...GROUP, ...HANDLER])];

/** Fields that the form of a command has a place for. */
export const SHOWN: readonly string[] = ['type', 'command', 'timeout', 'statusMessage', 'async', 'additionalContextLimit', 'commandWindows', 'server', 'tool'];

/** Events for which the agent keeps a limit of what a hook tells the model. */
export const TELLS: readonly string[] = ['PreToolUse', 'PostToolUse', 'SessionStart', 'UserPromptSubmit', 'SubagentStart'];

/** What may stand at this depth of objects and tables: the file, its events, a group, a handler. */
export function names(depth: number): readonly string[] {
  return [ROOT, EVENTS, GROUP, HANDLER][depth - 1] ?? [];
}

/** Values that a key may have, as they are written. */
export function values(key: string): readonly string[] {
  if (key === 'type') return ['"command"', '"mcp_tool"'];
  if (key === 'async') return ['true', 'false'];
  if (key === 'matcher') return ['"Bash"', '"apply_patch"', '"Bash|apply_patch"', '"startup|resume"', '"mcp__.*"'];
  return [];
}

type Event = (typeof EVENTS)[number];
type Name = (typeof ROOT)[number] | (typeof GROUP)[number] | (typeof HANDLER)[number];

/** What an event or a key means; null where it is neither. */
export function help(name: string): string | null {
  if ((EVENTS as readonly string[]).includes(name)) return t(`editor.help.event.${name as Event}`);
  if (KEYS.includes(name)) return t(`editor.help.key.${name as Name}`);
  return null;
}
