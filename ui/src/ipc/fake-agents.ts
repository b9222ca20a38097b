/** Agents for the scripted host. */

import type { AgentView, AttachedView, EntryView, PlanView, Problem } from './dto';
import { text } from './fake-cards';

const EVENTS = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PermissionRequest', 'PostToolUse', 'Stop'];

export function entries(over: Partial<EntryView> = {}): EntryView[] {
  return EVENTS.map((event) => ({ event, there: false, removed: false, trust: 'unknown', ...over }));
}

export const problem = (code: Problem['code'], fix: Problem['fix'] = null, detail = ''): Problem => ({
  code,
  fix,
  detail: detail === '' ? [] : text(detail),
});

/** As its client sees it. */
export function server(over: Partial<AttachedView> = {}): AttachedView {
  return { home: text('/home/ada/.codex'), state: 'attached', version: null, since: null, sessions: 0, detail: null, ...over };
}

/** Found, and not connected. */
export function codex(over: Partial<AgentView> = {}): AgentView {
  return {
    agent: 'codex',
    title: 'Codex',
    program: { path: text('/usr/local/bin/codex'), version: '0.169.0' },
    home: text('/home/ada/.codex'),
    file: text('/home/ada/.codex/hooks.json'),
    connection: 'notConnected',
    trust: 'unknown',
    attached: [server({ state: 'noServer' })],
    entries: entries(),
    lacking: [],
    lastEventAt: null,
    problems: [problem('notConnected', 'connect')],
    ...over,
  };
}

/** Connected and trusted. */
export function connected(over: Partial<AgentView> = {}): AgentView {
  return codex({
    connection: 'connected',
    trust: 'trusted',
    entries: entries({ there: true, trust: 'trusted' }),
    lastEventAt: String(Date.now() - 180_000),
    problems: [],
    ...over,
  });
}

export const PLAN: PlanView = {
  digest: 'plan-1',
  files: [
    {
      path: text('/home/ada/.codex/hooks.json'),
      change: 'update',
      to: null,
      binary: false,
      lines: [
        { kind: 'context', text: text('  "hooks": {') },
        { kind: 'added', text: text('    "Stop": [{ "hooks": [{ "type": "command" }] }]') },
      ],
      added: 1,
      removed: 0,
    },
  ],
};
