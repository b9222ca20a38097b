/** Runs of the past for the scripted host. */

import type { HookSumView, InsightsView, OutputView, PastRun, PastRunDetail, RunStatusView } from './dto';
import { text } from './fake-cards';

const START = Date.UTC(2023, 10, 14, 22, 0);
const STATUS: readonly RunStatusView[] = ['completed', 'completed', 'blocked', 'completed', 'failed', 'completed', 'stopped'];
const EVENTS = ['PreToolUse', 'PostToolUse', 'PermissionRequest', 'Stop'];
const COMMANDS = ['python3 guard.py --deny "rm -rf /"', 'cargo fmt --all', 'node paths.mjs', 'notify-send done'];
const HOOK = '/home/ada/.codex/hooks.json:pre_tool_use:0:0';

/** The run with this number, the newest first. */
export function pastRun(at: number, over: Partial<PastRun> = {}): PastRun {
  const status = STATUS[at % STATUS.length] ?? 'completed';
  const event = EVENTS[at % EVENTS.length] ?? 'Stop';
  return {
    id: `run-${at}`,
    from: at % 3 === 0 ? 'recorded' : 'hosted',
    reported: 'live',
    agent: 'codex',
    agentTitle: 'Codex',
    event,
    eventShown: text(event),
    session: 'session-1',
    turn: 'turn-1',
    tool: event === 'Stop' ? null : text('Bash'),
    project: '/home/ada/src/shop-api',
    projectShown: text('/home/ada/src/shop-api'),
    command: text(COMMANDS[at % COMMANDS.length] ?? 'true'),
    hook: HOOK,
    status,
    startedAt: String(START - at * 1000),
    tookMs: 12 + (at % 9) * 150,
    exitCode: status === 'blocked' ? 2 : Number(status === 'failed'),
    signal: null,
    masked: 0,
    ...over,
  };
}

export function output(words: string, over: Partial<OutputView> = {}): OutputView {
  return { text: words === '' ? [] : text(words), bytes: String(words.length), cut: false, ...over };
}

export function pastRunDetail(run: PastRun, over: Partial<PastRunDetail> = {}): PastRunDetail {
  return {
    run,
    command: run.command,
    hookShown: run.hook === null ? null : text(run.hook),
    source: run.from === 'hosted' ? 'hosted' : 'user',
    path: text('/home/ada/.codex/hooks.json'),
    folder: text('/home/ada/src/shop-api'),
    mode: 'sync',
    entries: run.status === 'blocked' ? [{ kind: 'feedback', text: text('leave that alone') }] : [],
    told: null,
    applied: 'sent',
    input: output('{\n  "hook_event_name": "PreToolUse"\n}'),
    stdout: output(''),
    stderr: output('leave that alone\n'),
    call: [],
    fixture: '{"payload":{},"expected":{}}',
    ...over,
  };
}

export function hookSum(hook: string | null, over: Partial<HookSumView> = {}): HookSumView {
  return { hook, hookShown: text(hook ?? ''), runs: 10, failed: 0, tookMs: '1000', halfUs: '900', mostUs: '250000', ...over };
}

export function insights(over: Partial<InsightsView> = {}): InsightsView {
  return { days: [], hooks: [hookSum(HOOK), hookSum('b', { failed: 3, mostUs: '100' })], waitedForHooksMs: '4200', waitedForPeopleMs: '120000', ...over };
}
