/** Events for the scripted host. */

import type { EventView, RecordedView, RunView } from './dto';
import { text } from './fake-cards';
import { run } from './fake-hooks';

let made = 0;

export function event(name: string, over: Partial<EventView> = {}): EventView {
  made += 1;
  return {
    id: `event-${made}`,
    at: String(Date.now() + made),
    agent: 'codex',
    agentTitle: 'Codex',
    event: text(name),
    session: '0199c0de-7a11-7c3e-9d52-3f2a9c1d4b80',
    turn: '0199c0de-7b22-7aaa-8bbb-00000000aaaa',
    subagent: null,
    tool: null,
    folder: text('/home/ada/src/hookwright-site'),
    folderName: text('hookwright-site'),
    gist: [],
    reported: 'live',
    request: null,
    ...over,
  };
}

/** A recorded hook. */
export function recorded(id: string, over: Partial<RunView> = {}, of: Partial<RecordedView> = {}): RecordedView {
  const { at, agent, agentTitle, session, turn, event: name } = event('PreToolUse');
  return {
    id,
    from: 'recorded',
    agent,
    agentTitle,
    session,
    turn,
    event: name,
    tool: text('Bash'),
    command: text('python3 guard.py'),
    configured: true,
    reported: 'live',
    run: run({ startedAt: at, ...over }),
    ...of,
  };
}

/** The first turns of two sessions. */
export function story(): EventView[] {
  const shop = {
    session: '0199c0de-7a11-7c3e-9d52-aa01bb02cc03',
    turn: '0199c0de-7b22-7aaa-8bbb-00000000bbbb',
    folder: text('/home/ada/src/shop-api'),
    folderName: text('shop-api'),
  };
  const bash = (command: string): Partial<EventView> => ({ tool: text('Bash'), gist: text(command) });
  return [
    event('SessionStart', { ...shop, turn: null, reported: 'whileClosed' }),
    event('UserPromptSubmit', { ...shop, gist: text('why is the rate limit not reset?'), reported: 'whileClosed' }),
    event('PreToolUse', { ...shop, ...bash('rg -n "rate_limit" src'), reported: 'whileClosed' }),
    event('PostToolUse', { ...shop, ...bash('rg -n "rate_limit" src') }),
    event('Stop', { ...shop, gist: text('The counter lives in memory only.') }),
    event('SessionStart', { turn: null }),
    event('UserPromptSubmit', { gist: text('ship the site') }),
    event('PreModelRequest'),
    event('PreToolUse', bash('npm run build')),
    event('PostToolUse', bash('npm run build')),
    event('SubagentStart', { subagent: text('reviewer') }),
    event('PreToolUse', { ...bash('git diff --stat'), subagent: text('reviewer') }),
    event('PermissionRequest', { ...bash('rm -rf build && npm run release -- --tag latest'), request: 'request-1' }),
  ];
}
