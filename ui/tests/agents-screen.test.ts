/** The Agents screen over the scripted host. */

import { flushSync, mount, unmount } from 'svelte';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import Screen from '../src/features/agents/Agents.svelte';
import type { AgentView, AttachState, Fix, ProblemCode } from '../src/ipc/dto';
import { FakeHost } from '../src/ipc/fake';
import { codex, connected, entries, PLAN, problem, server } from '../src/ipc/fake-agents';
import { text } from '../src/ipc/fake-cards';
import { Agents } from '../src/state/agents.svelte';
import { Feed } from '../src/state/feed.svelte';
import { Settings } from '../src/state/settings.svelte';
import { pass } from './support';
import { find, get } from './window';

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_700_000_000_000);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  host = new FakeHost();
  host.planned = PLAN;
});

async function open(...found: AgentView[]): Promise<void> {
  host.found = found;
  const agents = new Agents(host);
  const settings = new Settings(host);
  const feed = new Feed(host, [settings, agents]);
  await feed.start();
  const page = mount(Screen, { target: document.body, props: { agents, settings } });
  onTestFinished(async () => {
    await unmount(page);
    document.body.replaceChildren();
  });
  await pass(20);
}

async function click(test: string): Promise<void> {
  get(test).click();
  await pass(20);
}

const looks = (): number => host.calls.filter(([name]) => name === 'agents').length;
const done = (...names: string[]): unknown[] => host.calls.filter(([name]) => names.includes(name));
const states = (): unknown =>
  Object.fromEntries([...document.querySelectorAll<HTMLElement>('[data-test=step]')].map((step) => [step.dataset['step'], step.dataset['state']]));

test('an agent that is not connected: what it is, and the way, step by step', async () => {
  await open(codex());
  expect(get('agent-card').dataset).toMatchObject({ agent: 'codex', connection: 'notConnected', trust: 'unknown' });
  for (const part of ['Codex', '0.169.0', '/usr/local/bin/codex', '/home/ada/.codex/hooks.json', 'Not connected']) {
    expect(get('agent-card').textContent).toContain(part);
  }
  expect(get('agent-card').textContent).toContain('adds one entry per event at the end of this file; nothing else in it changes');
  expect(states()).toEqual({ program: 'done', entries: 'todo', trust: 'later', sessions: 'later', events: 'todo' });
  expect([find('disconnect'), find('trust'), find('by-hand')]).toEqual([null, null, null]);
});

test('connecting shows the change, and makes it only when agreed', async () => {
  await open(codex());
  await click('connect');
  expect(get('plan').textContent).toContain('Connect Codex');
  expect(get('plan').textContent).toContain('"Stop": [{ "hooks"');
  await click('plan-cancel');
  expect([find('plan'), done('carryOut')]).toEqual([null, []]);
  await click('connect');
  host.found = [connected()];
  await click('plan-confirm');
  expect([find('plan'), done('carryOut')]).toEqual([null, [['carryOut', 'codex', 'connect', 'plan-1']]]);
  expect(get('agent-card').dataset['connection']).toBe('connected');
  expect(states()).toEqual({ program: 'done', entries: 'done', trust: 'done', sessions: 'done', events: 'done' });
  expect(get('last-event').textContent).toContain('3 minutes ago');
});

test('a file that changed meanwhile is told, and the new change is looked at', async () => {
  await open(codex());
  await click('connect');
  host.refuse = { name: 'carryOut', failure: { code: 'planChanged', detail: '/home/ada/.codex/hooks.json' } };
  await click('plan-confirm');
  expect(get('plan-changed').textContent).toContain('nothing was written');
  await click('plan-confirm');
  expect(done('carryOut')).toHaveLength(1);
  await click('plan-again');
  expect(find('plan-changed')).toBeNull();
  await click('plan-confirm');
  expect([find('plan'), done('carryOut').length]).toEqual([null, 2]);
});

test('where nothing has to change, there is nothing to agree to', async () => {
  host.planned = { digest: 'empty', files: [] };
  await open(connected());
  await click('disconnect');
  expect(get('plan').textContent).toContain('Nothing has to change');
  await click('plan-confirm');
  expect(done('carryOut')).toEqual([]);
});

test('entries that are not trusted: one button trusts them', async () => {
  await open(connected({ trust: 'untrusted', problems: [problem('untrusted', 'trust')] }));
  expect(states()).toMatchObject({ entries: 'done', trust: 'todo' });
  expect(document.querySelectorAll('[data-test=trust]')).toHaveLength(1);
  expect(get('trust').textContent).toContain('Let Codex run these entries');
  host.found = [connected()];
  await click('trust');
  expect(done('trust')).toEqual([['trust', 'codex']]);
  expect([get('agent-card').dataset['trust'], find('trust')]).toEqual(['trusted', null]);
});

test('a trust that fails is told on the card', async () => {
  await open(connected({ trust: 'untrusted', problems: [problem('untrusted', 'trust')] }));
  host.refuse = { name: 'trust', failure: { code: 'internal', detail: 'no answer' } };
  await click('trust');
  expect(get('agent-card').textContent).toContain('no answer');
});

test('without the program it says how to get it, and how to trust by hand', async () => {
  await open(connected({ program: null, trust: 'unknown', problems: [problem('noProgram')] }));
  expect(get('agent-card').textContent).toContain('npm install -g @openai/codex');
  expect(get('by-hand').textContent).toContain('/hooks');
  expect(find('trust')).toBeNull();
  expect(states()).toMatchObject({ program: 'attention', trust: 'unknown' });
});

test('what the person took out is named, and can be put back', async () => {
  const some = entries({ there: true, trust: 'trusted' }).map((entry) =>
    entry.event === 'Stop' || entry.event === 'PreToolUse' ? { ...entry, there: false, removed: true } : entry,
  );
  await open(connected({ connection: 'partly', entries: some, problems: [problem('removed', 'putBack')] }));
  expect(get('removed').textContent).toContain('You took these out: PreToolUse, Stop.');
  expect(document.querySelectorAll('[data-test=put-back]')).toHaveLength(1);
  await click('put-back');
  expect(get('plan').dataset['aim']).toBe('putBack');
  await click('plan-confirm');
  expect(done('carryOut')).toEqual([['carryOut', 'codex', 'putBack', 'plan-1']]);
  get('entries').click();
  flushSync();
  const stop = document.querySelector('[data-test=entry][data-event=Stop]');
  expect(stop?.textContent).toContain('taken out by you');
});

test('what was taken out is offered back even where no problem tells of it', async () => {
  await open(connected({ connection: 'removed', entries: entries({ removed: true }), problems: [] }));
  expect(find('put-back')).not.toBeNull();
  expect(find('disconnect')).toBeNull();
});

const CODES: Record<ProblemCode, Fix | null> = {
  noProgram: null,
  notConnected: 'connect',
  removed: 'putBack',
  partlyConnected: 'connect',
  untrusted: 'trust',
  modified: 'trust',
  disabled: null,
  stalePath: 'connect',
  relayMissing: 'install',
  hooksOff: null,
  unreadable: null,
  openSessions: null,
  otherHooks: null,
  notAsked: null,
};
const CALL: Record<Fix, string> = { connect: 'plan', putBack: 'plan', trust: 'trust', install: 'installRelay' };

test.each(Object.entries(CODES) as [ProblemCode, Fix | null][])('the problem %s is told once, with its detail and its fix', async (code, fix) => {
  await open(connected({ problems: [problem(code, fix, 'the <i>detail</i>')] }));
  expect(document.querySelectorAll('[data-test=problem]')).toHaveLength(1);
  expect(get('problem').dataset['code']).toBe(code);
  expect(get('problem').textContent).toContain('the <i>detail</i>');
  expect(get('problem').textContent).not.toMatch(/\{\w+\}|problem\./);
  if (fix === null) {
    expect(find('fix')).toBeNull();
    return;
  }
  get('fix').querySelector('button')?.click();
  await pass(20);
  expect(done('plan', 'trust', 'installRelay').map((call) => (call as string[])[0])).toEqual([CALL[fix]]);
});

test('sessions that began before are listed, with what to do', async () => {
  const since = String(Date.now() - 3_600_000);
  const lacking = [
    { id: 'a', folder: text('/home/ada/notes'), since, pid: 7 },
    { id: 'b', folder: null, since, pid: 8 },
  ];
  await open(connected({ lacking, problems: [problem('openSessions')] }));
  expect(states()).toMatchObject({ sessions: 'todo' });
  const listed = [...document.querySelectorAll('[data-test=lacking]')].map((row) => row.textContent);
  expect(listed).toEqual([expect.stringContaining('/home/ada/notes'), expect.stringContaining('unknown project')]);
  expect(get('agent-card').textContent).toContain('Start a new session there, or resume it');
});

test.each([
  ['allow', 'You allowed it'],
  ['deny', 'You denied it'],
  ['noDecision', 'No decision was sent'],
] as const)('a test request waits in the popup, and tells %s', async (outcome, words) => {
  await open(connected());
  let answer = (): void => {};
  host.testRequest = () => new Promise((resolve) => (answer = () => resolve(outcome)));
  await click('test-request');
  expect(get('test-waiting').textContent).toContain('in the popup');
  expect(get('test-request').getAttribute('aria-disabled')).toBe('true');
  answer();
  await pass(20);
  expect(get('test-outcome').dataset['outcome']).toBe(outcome);
  expect(get('test-outcome').textContent).toContain(words);
  expect(find('test-waiting')).toBeNull();
});

test('it looks when a person comes, comes back, or asks; never by a clock', async () => {
  await open(codex());
  expect(looks()).toBe(1);
  await pass(3_600_000);
  expect(looks()).toBe(1);
  window.dispatchEvent(new Event('focus'));
  document.dispatchEvent(new Event('visibilitychange'));
  await pass(20);
  expect(looks()).toBe(2);
  await click('agents-refresh');
  expect(looks()).toBe(3);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  await pass(20);
  expect(looks()).toBe(3);
});

test('loading, failing and finding nobody', async () => {
  let answer: (found: AgentView[]) => void = () => {};
  host.agents = () => new Promise((resolve) => (answer = resolve));
  await open();
  expect(get('agents').textContent).toContain('Looking…');
  answer([]);
  await pass(20);
  expect(get('agents-empty').textContent).toContain('No agent found');
  host.agents = () => Promise.reject({ code: 'files', detail: 'not allowed' });
  await click('agents-refresh');
  expect(get('failure').textContent).toContain('not allowed');
});

const changes = (): unknown[] => host.calls.filter(([name]) => name === 'changeSetting').map(([, setting]) => setting);

test('two ways side by side: what each gives, and a switch for each', async () => {
  await open(codex());
  const [hook, attached] = [get('way-hook'), get('way-attached')];
  expect(hook.textContent).toContain('Deny with a message');
  expect(attached.textContent).toContain('the first answer wins');
  expect([hook.dataset['on'], attached.dataset['on']]).toEqual(['false', 'true']);

  await click('way-hook-switch');
  expect(get('plan').dataset['aim']).toBe('connect');
  expect(hook.dataset['on'], 'only the file says that it is on').toBe('false');
  host.found = [connected()];
  await click('plan-confirm');
  expect(hook.dataset['on']).toBe('true');
  await click('way-hook-switch');
  expect(get('plan').dataset['aim']).toBe('disconnect');
  await click('plan-cancel');

  host.found = [connected({ attached: [server({ state: 'off' })] })];
  await click('way-attached-switch');
  expect(changes()).toEqual([{ kind: 'attach', value: false }]);
  expect([attached.dataset['on'], get('server').dataset['state']]).toEqual(['false', 'off']);
});

test('a file that can not be read can not be switched, and a setting that is refused says why', async () => {
  await open(codex({ connection: 'unreadable', entries: [] }));
  await click('way-hook-switch');
  expect(find('plan')).toBeNull();
  host.refuse = { name: 'changeSetting', failure: { code: 'files', detail: 'read-only' } };
  await click('way-attached-switch');
  expect([get('way-attached').dataset['on'], get('way-attached').textContent?.includes('read-only')]).toEqual(['true', true]);
});

const STATES: Record<AttachState, string> = {
  off: 'Switched off here',
  noServer: 'No server',
  connecting: 'Attaching',
  attached: 'Attached',
  seesOnly: 'Sees, cannot answer',
  failed: "Can't connect to it",
  unwatched: "Folder can't be watched",
  unasked: 'Server there',
};

test.each(Object.entries(STATES) as [AttachState, string][])('a server that is %s says so', async (state, words) => {
  await open(codex({ attached: [server({ state, detail: text('the <i>detail</i>') })] }));
  expect(get('server').dataset['state']).toBe(state);
  expect(get('server').textContent).toContain(words);
  expect(get('server').textContent).toContain('the <i>detail</i>');
  expect(get('server').textContent).not.toMatch(/\{\w+\}|agents\./);
});

test('an attached server tells its version, since when, and how many sessions', async () => {
  const since = String(Date.now() - 60_000);
  await open(codex({ attached: [server({ version: '0.169.0', since, sessions: 2 }), server({ home: text('/srv/codex'), since, sessions: 1 })] }));
  const told = [...document.querySelectorAll('[data-test=server]')].map((row) => row.textContent?.replaceAll(/\s+/g, ' '));
  expect(told).toEqual([expect.stringMatching(/\.codex.*version 0\.169\.0.*attached since.*2 sessions/), expect.stringMatching(/\/srv\/codex.*1 session\b/)]);
});

test('further folders are added and taken away, each with its full path', async () => {
  await open(codex());
  const field = get('server-folder') as HTMLInputElement;
  const type = async (folder: string): Promise<void> => {
    field.value = folder;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await click('server-add');
  };
  await type('codex');
  expect([get('server-invalid').textContent?.includes('begins with /'), changes()]).toEqual([true, []]);
  await type(' /srv/codex ');
  expect(changes()).toEqual([{ kind: 'codexHomes', value: ['/srv/codex'] }]);
  expect([field.value, find('server-invalid')]).toEqual(['', null]);
  expect(document.querySelectorAll('[data-test=server]'), 'not looked at yet').toHaveLength(2);
  host.found = [codex({ attached: [server(), server({ home: text('/srv/codex'), state: 'noServer' })] })];
  await click('agents-refresh');
  expect(document.querySelectorAll('[data-test=server]')).toHaveLength(2);
  expect(document.querySelectorAll('[data-test=server-remove]')).toHaveLength(1);
  await click('server-remove');
  expect(changes().at(-1)).toEqual({ kind: 'codexHomes', value: [] });
});

test('what is told of servers is looked at while the screen is in sight', async () => {
  await open(codex());
  host.found = [codex({ attached: [server()] })];
  host.send({ kind: 'attachedChanged' });
  await pass(20);
  expect([looks(), get('server').dataset['state']]).toEqual([2, 'attached']);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  host.send({ kind: 'attachedChanged' });
  await pass(20);
  expect(looks()).toBe(2);
});
