/** Hooks for the scripted host: one of every state, and what trying them tells. */

import type { HookView, HooksView, OutcomeView, RunView, TrialPayloads } from './dto';
import { text } from './fake-cards';

const USER = '/home/ada/.codex/hooks.json';
const PROJECT = '/home/ada/src/hookwright-site/.codex/hooks.json';

export function hook(event: string, command: string, over: Partial<HookView> = {}): HookView {
  return {
    key: `${USER}:${event}:${command}`,
    keyShown: text(`${USER}:${event}:0:0`),
    event,
    matcher: null,
    kind: 'command',
    runs: text(command),
    mode: 'sync',
    timeout: 600,
    contextLimit: null,
    statusMessage: null,
    source: 'user',
    path: text(USER),
    plugin: null,
    hash: `sha256:${'0123456789abcdef'.repeat(4)}`,
    enabled: true,
    trust: 'trusted',
    whyNot: null,
    since: null,
    ours: false,
    hosted: null,
    ...over,
  };
}

/** One that Hookwright runs itself. */
export function hosted(event: string, command: string, over: Partial<HookView> = {}): HookView {
  return hook(event, command, {
    source: 'hosted',
    path: text('/home/ada/.config/hookwright/hooks.json'),
    hosted: { agents: null, grant: { state: 'none' } },
    ...over,
  });
}

export function hooksView(over: Partial<HooksView> = {}): HooksView {
  const project = { source: 'project', path: text(PROJECT) };
  const ours = ['SessionStart', 'PreToolUse', 'PermissionRequest', 'Stop'].map((event) => hook(event, 'hookwright-relay codex', { ours: true }));
  return {
    folder: '/home/ada/src/hookwright-site',
    agentTitle: 'Codex',
    hooksOff: false,
    hooks: [
      hook('SessionStart', 'bash ~/.codex/hooks/greet.sh', { matcher: text('startup|resume'), statusMessage: text('Reading the notes'), timeout: 30 }),
      hook('PreToolUse', 'python3 .codex/hooks/guard.py --deny "rm -rf /"', { ...project, matcher: text('Bash'), trust: 'untrusted', whyNot: 'untrusted' }),
      hook('PreToolUse', 'node ~/.codex/hooks/paths.mjs', { matcher: text('^(apply_patch|Edit)$'), trust: 'modified', whyNot: 'modified', contextLimit: 4000 }),
      hosted('PermissionRequest', '~/.config/hookwright/hooks/ci.sh', { matcher: text('Bash') }),
      hosted('PermissionRequest', '/opt/guard/check --strict', { trust: 'untrusted', whyNot: 'untrusted' }),
      hook('PostToolUse', 'cargo fmt --all', { ...project, matcher: text('apply_patch'), enabled: false, whyNot: 'disabled', mode: 'async' }),
      hook('Stop', 'policy / check', { kind: 'mcpTool', source: 'system', path: text('/etc/codex/hooks.json'), trust: 'managed', timeout: 1 }),
      ...ours,
    ],
    argv: [],
    skipped: [
      {
        key: `${USER}:Stop:1`,
        event: 'Stop',
        path: text(USER),
        why: text(`skipping prompt hook in ${USER}: prompt hooks are not supported yet`),
      },
    ],
    warnings: [],
    errors: [],
    required: null,
    folders: ['/home/ada/src/hookwright-site', '/home/ada/src/shop-api', '/home/ada/notes'],
    ...over,
  };
}

export const PAYLOADS: TrialPayloads = {
  sample: '{\n  "cwd": "/home/ada/src/hookwright-site",\n  "hook_event_name": "PreToolUse",\n  "tool_name": "Bash",\n  "tool_input": {\n    "command": "echo hello"\n  }\n}',
  recorded: { at: '1700000000000', payload: '{\n  "hook_event_name": "PreToolUse",\n  "tool_name": "Bash"\n}' },
};

export function run(over: Partial<RunView> = {}): RunView {
  return {
    hook: `${USER}:PreToolUse:0:0`,
    event: 'PreToolUse',
    source: 'user',
    path: text(USER),
    mode: 'sync',
    status: 'running',
    statusMessage: null,
    startedAt: '1700000000000',
    durationMs: null,
    exitCode: null,
    entries: [],
    stdout: [],
    stderr: [],
    cut: false,
    ...over,
  };
}

export function outcome(over: Partial<OutcomeView> = {}): OutcomeView {
  return {
    shouldStop: false,
    stopReason: null,
    shouldBlock: false,
    blockReason: null,
    decision: null,
    message: null,
    contexts: [],
    updatedInput: null,
    feedback: null,
    continuation: [],
    ...over,
  };
}
