/** The History screen over the scripted host. */

import { flushSync } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { FakeHost } from '../src/ipc/fake';
import { text } from '../src/ipc/fake-cards';
import { hook, hooksView } from '../src/ipc/fake-hooks';
import { event as liveEvent } from '../src/ipc/fake-live';
import { hookSum, insights, output, pastRun, pastRunDetail } from '../src/ipc/fake-runs';
import type { MainWindow } from '../src/state/main';
import { EACH_MS } from '../src/state/replay.svelte';
import { outcome, pass } from './support';
import { find, get, openMain, press } from './window';

let host: FakeHost;
let main: MainWindow;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(Date.UTC(2023, 10, 14, 22, 13));
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  // Without layout every element is as large as this: the list has rows to show.
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(150);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(600);
  host = new FakeHost();
  host.runCount = 30;
});

const all = (name: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-test="${name}"]`)];
const calls = (name: string): unknown[][] => host.calls.filter(([called]) => called === name).map(([, ...args]) => args);
const ids = (): (string | undefined)[] => all('run-row').map((row) => row.dataset['runId']);

async function open(): Promise<void> {
  main = await openMain(host);
  get('nav-history').click();
  await pass(50);
}

async function click(target: string | HTMLElement): Promise<void> {
  (typeof target === 'string' ? get(target) : target).click();
  await pass(50);
}

async function type(name: string, value: string): Promise<void> {
  const field = get(name) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await pass(200);
}

async function choose(name: string, value: string): Promise<void> {
  const field = get(name) as HTMLSelectElement;
  field.value = value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  await pass(50);
}

const preset = (name: string): Promise<void> => click(all('run-preset').find((one) => one.dataset['preset'] === name) ?? expect.fail(`no ${name}`));

test('runs stand newest first, and more are read at the end; none is there twice', async () => {
  host.runCount = 250;
  await open();
  expect(ids().slice(0, 3)).toEqual(['run-0', 'run-1', 'run-2']);
  expect(main.runs.rows).toHaveLength(100);
  await main.runs.more();
  expect(main.runs.rows).toHaveLength(200);
  expect(new Set(main.runs.rows.map((row) => row.id)).size).toBe(200);
  expect(all('run-row')[2]?.textContent).toMatch(/node paths.mjs.*Blocked.*PermissionRequest.*Bash.*Hosted.*shop-api.*312 ms/s);
});

test('a preset asks for just that, and says that it does', async () => {
  await open();
  await preset('failed');
  expect(calls('runs').at(-1)?.[0]).toMatchObject({ status: ['failed'], since: null, slow: false });
  expect(main.runs.preset).toBe('failed');
  expect(new Set(all('run-row').map((row) => row.dataset['status']))).toEqual(new Set(['failed']));
  await preset('failedNow');
  expect(calls('runs').at(-1)?.[0]).toMatchObject({ status: ['failed'] });
  const [{ since }] = calls('runs').at(-1) as [{ since: string }];
  expect(Math.abs(Number(since) - Date.UTC(2023, 10, 14, 21, 13))).toBeLessThan(10_000);
  await preset('slow');
  expect(calls('runs').at(-1)?.[0]).toMatchObject({ status: [], slow: true });
  await click('run-clear');
  expect(main.runs.preset).toBe('all');
});

test('words and choices narrow it together; what fits nothing says so', async () => {
  await open();
  await type('run-text', 'guard');
  await choose('run-status', 'blocked');
  expect(calls('runs').at(-1)?.[0]).toMatchObject({ text: 'guard', status: ['blocked'] });
  expect(main.runs.preset).toBeNull();
  await type('run-text', 'nothing like it');
  expect(get('run-empty').textContent).toContain('Nothing found');
  await click('run-empty-clear');
  expect(ids()[0]).toBe('run-0');
});

test('without runs it says what to do first, and a failure can be tried again', async () => {
  host.runCount = 0;
  host.refuse = { name: 'runs', failure: { code: 'history', detail: 'failed to read' } };
  await open();
  expect(document.querySelector('#history [role=alert]')?.textContent).toContain('failed to read');
  await main.runs.reload();
  flushSync();
  expect(get('run-empty').textContent).toContain('No runs yet');
});

test('the detail tells everything, drawn safely, and what to doubt', async () => {
  const mark = { kind: 'mark', label: 'U+202E', name: 'right-to-left override' } as const;
  const run = pastRun(2, { hook: null, from: 'recorded', reported: 'whileClosed', masked: 2, exitCode: null, signal: 9, session: null, project: null });
  host.runDetail = () =>
    pastRunDetail(run, { command: [...text('evil '), mark], stdout: output('x'.repeat(1200), { cut: true }), stderr: output(''), applied: 'heldBack', fixture: null });
  await open();
  await click(all('run-row')[2] ?? expect.fail());
  expect(get('run-detail').textContent).toContain('leave that alone');
  expect(get('run-end').textContent).toBe('ended by signal 9');
  expect(all('run-note').map((note) => note.textContent?.split(/[:.]/)[0])).toEqual([
    'It happened while Hookwright was closed, and was reported afterwards',
    'No configured hook has this command',
    '2 secrets were masked before this was kept',
    'What it asked for was not passed on',
  ]);
  expect(get('run-command').querySelector('[data-test=piece-mark]')?.textContent).toBe('U+202E');
  expect(get('run-detail').textContent).toContain('1.2 kB');
  expect(get('run-stderr').textContent).toBe('Standard error: nothing');
  for (const absent of ['run-hook', 'run-fixture', 'run-likewise-hook', 'run-likewise-session', 'run-likewise-project']) expect(find(absent)).toBeNull();
});

test('what an agent told has no empty boxes, and says why its end is not known', async () => {
  const run = pastRun(2, { from: 'told', status: 'unknown', exitCode: null, tookMs: null });
  host.runDetail = () => pastRunDetail(run, { input: output(''), stderr: output(''), fixture: null });
  await open();
  await click(all('run-row')[2] ?? expect.fail());
  expect(get('run-untold').textContent).toContain('Codex does not tell what a hook is given and writes');
  for (const absent of ['run-input', 'run-stdout', 'run-stderr', 'run-told']) expect(find(absent)).toBeNull();
  expect(get('run-note').textContent).toContain('did not say how it ended');

  const told = { status: 'unknown', word: text('revoked'), tookMs: null, entries: [], differs: true } as const;
  host.runDetail = () => pastRunDetail(run, { told: { ...told, entries: [] } });
  await click(all('run-row')[3] ?? expect.fail());
  expect(get('run-note').textContent).toContain('“revoked”');
  await choose('run-from', 'told');
  expect(calls('runs').at(-1)?.[0]).toMatchObject({ from: 'told' });
});

test('a recorded run tells beside it what the agent says, in full where that is something else', async () => {
  const run = pastRun(2, { from: 'recorded', status: 'completed' });
  const told = { status: 'blocked', word: text('blocked'), tookMs: 207, entries: [{ kind: 'riddle', text: text('not on my watch') }] } as const;
  const detail = (differs: boolean): void => {
    host.runDetail = () => pastRunDetail(run, { entries: [], told: { ...told, entries: [...told.entries], differs } });
  };
  detail(true);
  await open();
  await click(all('run-row')[2] ?? expect.fail());
  expect(get('run-told').textContent).toMatch(/What Codex says of it.*Blocked.*207 ms.*is what counted.*riddle.*not on my watch/s);
  expect(find('run-stderr')).not.toBeNull();
  detail(false);
  await click(all('run-row')[3] ?? expect.fail());
  expect(get('run-told').textContent).not.toContain('riddle');
});

test('a run that was told of and is recorded now stands there once', async () => {
  await open();
  const page = (...ids: readonly [string, number][]): void => {
    const rows = ids.map(([id, at]) => pastRun(at, { id }));
    vi.spyOn(host, 'runs').mockImplementation(async (_, cursor) => (cursor === null ? { rows, next: 'older' } : { rows: [], next: null }));
  };
  page(['b', 2], ['told', 4], ['c', 9]);
  await main.runs.reload();
  page(['a', 1], ['b', 2], ['recorded', 5]);
  main.runs.stir();
  await pass(50);
  expect(main.runs.rows.map((row) => row.id)).toEqual(['a', 'b', 'recorded', 'c']);
});

test('the events of the call stand in their order, with the decision and the result', async () => {
  const event = (name: string): ReturnType<typeof liveEvent> => liveEvent(name);
  host.runDetail = () =>
    pastRunDetail(pastRun(0), {
      call: [
        { event: event('PreToolUse'), outcome: null, result: null, own: true },
        { event: event('PermissionRequest'), outcome: outcome({ decision: 'deny', by: 'person' }), result: null, own: false },
        { event: event('PostToolUse'), outcome: null, result: { event: 'PostToolUse', at: '0', text: text('all is well'), cut: false }, own: false },
      ],
    });
  await open();
  await click(all('run-row')[0] ?? expect.fail());
  expect(all('run-step').map((step) => step.dataset['event'])).toEqual(['PreToolUse', 'PermissionRequest', 'PostToolUse']);
  expect(all('run-step')[0]?.textContent).toContain('this run');
  expect(all('run-step')[1]?.textContent).toContain('Denied');
  expect(get('run-result').textContent).toBe('all is well');
});

test('other runs like it are one press away', async () => {
  await open();
  await click(all('run-row')[0] ?? expect.fail());
  for (const [name, asked] of [
    ['hook', { hook: pastRun(0).hook, status: [] }],
    ['hookFailed', { hook: pastRun(0).hook, status: ['failed'] }],
    ['project', { project: '/home/ada/src/shop-api', status: [] }],
    ['projectBlocked', { project: '/home/ada/src/shop-api', status: ['blocked'] }],
    ['session', { session: 'session-1', turn: null }],
    ['turn', { session: 'session-1', turn: 'turn-1' }],
    ['event', { event: 'PreToolUse' }],
  ] as const) {
    await click(`run-likewise-${name}`);
    expect([name, calls('runs').at(-1)?.[0]]).toEqual([name, expect.objectContaining(asked)]);
  }
});

test('the runs of a turn are gone through in their order', async () => {
  host.runCount = 3;
  await open();
  await click(all('run-row')[0] ?? expect.fail());
  expect(find('run-replay')).toBeNull();
  await click('run-likewise-turn');
  await click('replay-back');
  expect([get('run-detail').dataset['runId'], get('replay-at').textContent]).toEqual(['run-1', '2 of 3']);
  await click('replay-on');
  const seen: unknown[] = [];
  await click('replay-play');
  for (let wait = 0; wait < 3; wait += 1) {
    seen.push([get('run-detail').dataset['runId'], get('replay-at').textContent, get('replay-play').textContent]);
    await pass(EACH_MS);
  }
  expect(seen).toEqual([
    ['run-2', '1 of 3', 'Stop'],
    ['run-1', '2 of 3', 'Stop'],
    ['run-0', '3 of 3', 'Replay in order'],
  ]);
  await click('run-clear');
  expect(find('run-replay')).toBeNull();
});

test('a replay reads all of a long turn first, and stops when it is told to', async () => {
  host.runCount = 150;
  await open();
  await click(all('run-row')[0] ?? expect.fail());
  await click('run-likewise-turn');
  await click('replay-play');
  expect([get('run-detail').dataset['runId'], get('replay-at').textContent]).toEqual(['run-149', '1 of 150']);
  await click('replay-play');
  await pass(2 * EACH_MS);
  expect([get('replay-at').textContent, get('replay-play').textContent]).toEqual(['1 of 150', 'Replay in order']);
});

test('run again shows the hook that is configured now with the payload of then, and runs nothing by itself', async () => {
  const one = hook('PreToolUse', 'guard');
  host.hooksFound = hooksView({ hooks: [one] });
  host.runAgainFound = { folder: '/home/ada/src/shop-api', event: 'PreToolUse', key: one.key, payload: '{"a":1}', altered: 'masked', changed: true };
  await open();
  await click(all('run-row')[0] ?? expect.fail());
  await click('run-again');
  expect(main.nav.screen).toBe('hooks');
  expect((get('trial-payload') as HTMLTextAreaElement).value).toBe('{"a":1}');
  expect(get('trial-altered').textContent).toContain('Secrets were masked');
  expect(get('trial-changed').textContent).toContain('configured now');
  expect(calls('tryHooks')).toEqual([]);
  await click('trial-run');
  expect(calls('tryHooks')).toEqual([[{ folder: '/home/ada/src/shop-api', hook: { key: one.key, hash: one.hash }, payload: '{"a":1}' }]]);
  // Later the hook is tried with a sample again.
  main.hooks.choose(null);
  main.hooks.choose({ kind: 'hook', key: one.key });
  await pass(50);
  expect(main.hooks.trial.source).toBe('sample');
});

test('a hook that is gone is refused with a sentence', async () => {
  await open();
  await click(all('run-row')[0] ?? expect.fail());
  host.refuse = { name: 'runAgain', failure: { code: 'hookGone', detail: 'failed to run it again' } };
  await click('run-again');
  expect(main.nav.screen).toBe('history');
  expect(get('run-detail').textContent).toContain('this hook is not configured any more');
});

test('a hook leads to its runs, and a run to its hook', async () => {
  const one = hook('PreToolUse', 'guard', { key: pastRun(0).hook ?? '' });
  host.hooksFound = hooksView({ hooks: [one] });
  await open();
  await click(all('run-row')[0] ?? expect.fail());
  await click('run-hook');
  expect(get('hook-detail').dataset['key']).toBe(one.key);
  await click('hook-runs');
  expect(main.nav.screen).toBe('history');
  expect(calls('runs').at(-1)?.[0]).toMatchObject({ hook: one.key });
});

test('what runs meanwhile comes in on top, and what was read stays', async () => {
  host.runCount = 250;
  await open();
  await main.runs.more();
  host.send({ kind: 'hooksRan', event: 'e' });
  await pass(50);
  expect(main.runs.rows).toHaveLength(200);
  get('nav-live').click();
  await pass(50);
  const before = calls('runs').length;
  host.send({ kind: 'hooksRan', event: 'e' });
  await pass(50);
  expect(calls('runs')).toHaveLength(before);
});

test('insights: days as a table too, the slowest and the most failing hooks, and their runs', async () => {
  const today = Math.floor(Date.now() / 86_400_000);
  host.insightsFound = insights({
    days: [
      { day: today - 1, status: 'completed', runs: 1200 },
      { day: today, status: 'failed', runs: 3 },
    ],
    hooks: [hookSum('slow'), hookSum('failing', { failed: 3, mostUs: '420' }), hookSum(null)],
  });
  await open();
  main.runs.show('insights');
  await pass(50);
  expect(get('insights-waited-hooks').textContent).toBe('4.2 s');
  expect(get('insights-waited-people').textContent).toBe('2 min 0 s');
  expect([...get('insights-days').querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([
    ['Nov 13', '1,200', '0'],
    ['Nov 14', '0', '3'],
  ]);
  const hooks = (): (string | undefined)[] => all('insights-hook').map((row) => row.querySelector('th')?.textContent?.trim());
  expect(hooks()[0]).toBe('slow');
  expect(hooks()).toContain('Commands that no configured hook has');
  get('insights-order').querySelector<HTMLElement>('[data-value=failing]')?.click();
  await pass(50);
  expect(hooks()[0]).toBe('failing');
  expect(all('insights-hook')[0]?.textContent).toContain('0.4 ms');
  await click(all('insights-hook')[0]?.querySelector('button') ?? expect.fail());
  expect(calls('runs').at(-1)?.[0]).toMatchObject({ hook: 'failing', status: ['failed'] });
});

test('insights of other days, and of none', async () => {
  await open();
  main.runs.show('insights');
  await pass(50);
  expect(get('insights-empty').textContent).toContain('No hook ran');
  get('insights-range').querySelector<HTMLElement>('[data-value="7"]')?.click();
  await pass(50);
  const [since, until, ahead] = calls('insights').at(-1) ?? [];
  const first = new Date(2023, 10, new Date().getDate() - 6).getTime();
  expect([since, ahead]).toEqual([String(first), -new Date().getTimezoneOffset()]);
  expect(Number(until)).toBeGreaterThan(Date.now());
});

test('the palette leads to what is asked for most', async () => {
  main = await openMain(host);
  press(document.body, 'k', { ctrlKey: true });
  await pass(50);
  const items = [...document.querySelectorAll<HTMLElement>('[data-test="palette-item"]')];
  items.find((item) => item.textContent?.includes('Show blocked runs'))?.click();
  await pass(50);
  expect([main.nav.screen, main.runs.preset]).toEqual(['history', 'blocked']);
});
