/** The Live screen in the main window, over the scripted host. */

import { flushSync } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import type { EventView } from '../src/ipc/dto';
import { FakeHost } from '../src/ipc/fake';
import { ACTIONS, card, text } from '../src/ipc/fake-cards';
import { run } from '../src/ipc/fake-hooks';
import { event, recorded } from '../src/ipc/fake-live';
import { DRAW_MS, type Live } from '../src/state/live.svelte';
import { ended, pass } from './support';
import { find, get, openMain, press } from './window';

/** Ten rows are in sight. */
const ROW = 30;
const HEIGHT = 10 * ROW;

let host: FakeHost;
let live: Live;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(HEIGHT);
  host = new FakeHost();
  host.pastCount = 0;
});

let openAgain: () => Promise<void>;

async function open(...events: EventView[]): Promise<void> {
  host.events = events;
  const main = await openMain(host);
  live = main.live;
  openAgain = async () => {
    main.nav.go('live');
    await pass(DRAW_MS);
  };
  await openAgain();
}

async function send(...events: EventView[]): Promise<void> {
  host.sendLive(...events);
  await pass(DRAW_MS);
}

const many = (count: number, over: Partial<EventView> = {}): EventView[] =>
  Array.from({ length: count }, (_, nth) => event('PreToolUse', { gist: text(`command ${nth}`), ...over }));
const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[role=row]')];
const gists = (): string[] => rows().map((row) => row.querySelector('.gist')?.textContent ?? row.dataset['test'] ?? '');
const grid = (): HTMLElement => get('live-list');
const active = (): HTMLElement => document.getElementById(grid().getAttribute('aria-activedescendant') ?? '') ?? expect.fail('no active row');

function scroll(px: number): void {
  grid().scrollTop = px;
  grid().dispatchEvent(new Event('scroll'));
  flushSync();
}

test('nothing has happened: it says what to do first, and leads there', async () => {
  await open();
  expect(get('live-empty').textContent).toContain('Connect an agent');
  get('live-agents').click();
  await pass(0);
  expect(find('agents')).not.toBeNull();
});

test('a stream that can not be had is told, and can be tried again', async () => {
  host.refuse = { name: 'live', failure: { code: 'internal', detail: 'gone' } };
  await open();
  expect(get('failure').textContent).toContain('gone');
  get('failure').querySelector('button')?.click();
  await pass(DRAW_MS);
  expect(find('failure')).toBeNull();
  expect(find('live-empty')).not.toBeNull();
});

test('a session and its turn are headings; a row tells event, tool, gist, and what is special about it', async () => {
  await open(
    event('UserPromptSubmit', { gist: text('ship <b>it</b>') }),
    event('PreToolUse', { tool: text('Bash'), gist: [{ kind: 'mark', label: 'ESC', name: 'escape' }], subagent: text('reviewer'), reported: 'whileClosed' }),
  );
  for (const part of ['hookwright-site', 'Codex', '2 events', 'running']) expect(get('live-session').textContent).toContain(part);
  expect(get('live-turn').textContent).toContain('ship <b>it</b>');
  const row = rows()[3];
  expect(row?.dataset).toMatchObject({ test: 'live-row', event: 'PreToolUse' });
  for (const part of ['PreToolUse', 'Bash', 'ESC', 'reviewer', 'While closed']) expect(row?.textContent).toContain(part);
  expect(rows().map((each) => each.getAttribute('aria-level'))).toEqual(['1', '2', '3', '3']);
});

test('the row of a request follows it', async () => {
  const one = card(ACTIONS.one);
  host.snapshot.waiting = [one];
  await open(event('PermissionRequest', { request: one.id }));
  expect(get('live-row').dataset['request']).toBe('waiting');
  expect(get('live-row').textContent).toContain('Waiting');
  host.send(ended(one.id, { decision: 'deny' }));
  flushSync();
  expect(get('live-row').dataset['request']).toBe('deny');
  expect(get('live-row').textContent).toContain('Denied');
});

test('of many rows only those in sight exist, and the newest is followed', async () => {
  await open(...many(500));
  expect(rows().length).toBeLessThan(40);
  expect([grid().scrollTop, grid().getAttribute('aria-rowcount')]).toEqual([502 * ROW - HEIGHT, '502']);
  expect(gists().at(-1)).toBe('command 499');
  await send(...many(1, { gist: text('newest') }));
  expect([grid().scrollTop, gists().at(-1)]).toEqual([503 * ROW - HEIGHT, 'newest']);
});

test('where a person scrolled to, it stays, whatever comes or goes above', async () => {
  await open(...many(100, { session: 'late' }));
  scroll(50 * ROW + 7);
  expect(live.following).toBe(false);
  await send(...many(20, { session: 'late' }));
  expect(grid().scrollTop).toBe(50 * ROW + 7);
  await send(event('Stop', { session: 'early', at: '1' }));
  expect(grid().scrollTop).toBe(53 * ROW + 7);
  get('live-newest').click();
  flushSync();
  expect([live.following, grid().scrollTop]).toEqual([true, (100 + 20 + 2 + 3) * ROW - HEIGHT]);
  expect((get('live-newest') as HTMLButtonElement).disabled).toBe(true);
});

test('paused, the button counts and the live region tells; resumed, everything is there', async () => {
  await open(...many(1));
  get('live-pause').click();
  flushSync();
  expect(get('live-news').textContent?.trim()).toBe('Paused.');
  await send(...many(1));
  await pass(5000);
  await send(...many(11));
  expect(get('live-pause').textContent).toContain('12 new events');
  expect(get('live-news').textContent).toContain('Paused, 12 new events');
  expect(document.querySelectorAll('[data-test=live-row]')).toHaveLength(1);
  get('live-pause').click();
  flushSync();
  expect(live.size).toBe(13);
  expect(get('live-news').textContent?.trim()).toBe('');
});

test('while a row is pressed none comes under the pointer; what came is there after the click', async () => {
  await open(...many(3));
  const before = rows().length;
  get('live-list').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
  await send(event('Stop'));
  expect(rows().length).toBe(before);
  window.dispatchEvent(new PointerEvent('pointerup'));
  await pass(DRAW_MS - 10);
  expect(rows().length).toBe(before);
  await pass(10);
  expect(rows().length).toBe(before + 1);
});

test('the filters, and the way back from nothing', async () => {
  await open(...many(2), event('Stop', { gist: text('done') }));
  const field = get('live-filter') as HTMLInputElement;
  field.value = 'command 1';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  expect(gists()).toEqual(['live-session', 'live-turn', 'command 1']);
  get('live-filter-closed').click();
  flushSync();
  expect(get('live-empty').textContent).toContain('Nothing found');
  expect(get('live-filter-closed').getAttribute('aria-pressed')).toBe('true');
  get('live-empty').querySelector('button')?.click();
  flushSync();
  expect([gists().length, (get('live-filter') as HTMLInputElement).value]).toEqual([5, '']);
});

test('keys: arrows, Home, End, closing and opening, Enter for the detail, Esc away from it', async () => {
  await open(...many(30));
  const key = (name: string): void => press(grid(), name);
  key('Home');
  expect([active().dataset['test'], grid().scrollTop]).toEqual(['live-session', 0]);
  key('ArrowUp');
  expect(active().dataset['test']).toBe('live-session');
  key('ArrowDown');
  key('ArrowDown');
  expect(active().textContent).toContain('command 0');
  key('ArrowLeft');
  expect(active().dataset['test']).toBe('live-turn');
  key('ArrowLeft');
  expect([rows().length, active().getAttribute('aria-expanded')]).toEqual([2, 'false']);
  key('ArrowRight');
  key('ArrowRight');
  expect(active().textContent).toContain('command 0');
  key('PageDown');
  expect(active().textContent).toContain('command 9');
  key('End');
  expect([live.following, active().textContent?.includes('command 29')]).toEqual([true, true]);
  expect(find('live-detail')).toBeNull();
  key('Enter');
  await pass(0);
  expect(get('live-detail').dataset['eventId']).toBe(active().dataset['eventId']);
  expect(active().getAttribute('aria-selected')).toBe('true');
  key('ArrowUp');
  await pass(0);
  expect(get('live-payload').textContent).toContain('command 28');
  press(get('live-detail'), 'Escape');
  await pass(0);
  expect(find('live-detail')).toBeNull();
  expect(document.activeElement).toBe(grid());
});

test('the detail has everything, to copy, and leads to the request', async () => {
  const one = card(ACTIONS.one);
  host.snapshot.waiting = [card(ACTIONS.test), one];
  await open(event('PermissionRequest', { request: one.id, reported: 'whileClosed', tool: text('Bash') }));
  const copied = vi.fn();
  vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(async (value) => copied(value));
  get('live-row').click();
  await pass(0);
  for (const part of ['while Hookwright was closed', '/home/ada/src/hookwright-site', 'Bash', 'Waiting']) {
    expect(get('live-detail').textContent).toContain(part);
  }
  get('live-copy').click();
  expect(JSON.parse(String(copied.mock.calls[0]?.[0]))).toMatchObject({ request: one.id });
  get('live-request').click();
  await pass(0);
  expect(get('card').dataset['requestId']).toBe(one.id);
});

test('a detail that can not be read is told, and can be tried again', async () => {
  await open(...many(1));
  host.refuse = { name: 'event', failure: { code: 'history', detail: 'locked' } };
  get('live-row').click();
  await pass(0);
  expect(get('failure').textContent).toContain('locked');
  get('failure').querySelector('button')?.click();
  await pass(0);
  expect(find('live-payload')).not.toBeNull();
});

test('a recorded hook stands in its turn while it runs, tells how it ended in the same row, and leads to the history', async () => {
  await open(event('PreToolUse'));
  const begun = recorded('one');
  host.sendRecorded(begun, recorded('odd', {}, { configured: false }));
  await pass(DRAW_MS);
  const row = (id: string): HTMLElement => rows().find((other) => other.dataset['runId'] === id) ?? expect.fail(`no ${id}`);
  expect(row('one').dataset['status']).toBe('running');
  expect(row('one').textContent).toMatch(/Running.*PreToolUse.*python3 guard.py.*Recorded/s);
  expect(row('odd').textContent).toContain('no such hook');
  expect(rows().map((other) => other.dataset['test'])).toEqual(['live-session', 'live-turn', 'live-row', 'live-run', 'live-run']);
  row('one').click();
  await pass(0);
  expect(find('live-run-history')).toBeNull();

  const ended = run({ status: 'blocked', startedAt: begun.run.startedAt, durationMs: 40, exitCode: 2 });
  host.sendRecorded({ ...begun, run: ended });
  // One that overtook its end changes nothing.
  host.sendRecorded(begun);
  await send(event('Stop'));
  expect(host.calls.filter(([name]) => name === 'live')).toHaveLength(1);
  expect([row('one').dataset['status'], rows().filter((other) => other.dataset['runId'] === 'one').length]).toEqual(['blocked', 1]);
  expect(get('live-run-detail').textContent).toContain('exit code 2');
  get('live-run-history').click();
  await pass(50);
  expect(get('run-detail').dataset['runId']).toBe('one');
  expect(find('history')).not.toBeNull();
});

test('a run that the agent tells of says so, and that what it wrote is not known', async () => {
  await open(event('PreToolUse'));
  host.sendRecorded(recorded('one', { status: 'unknown', stdout: [], stderr: [], exitCode: null }, { from: 'told' }));
  await pass(DRAW_MS);
  const row = rows().find((other) => other.dataset['runId'] === 'one') ?? expect.fail();
  expect(row.textContent).toMatch(/End not known.*Codex itself/s);
  row.click();
  await pass(0);
  expect(get('run-untold').textContent).toContain('Record the hook');
  expect(get('live-run-detail').textContent).not.toContain('wrote nothing');
});

test('while paused recorded hooks are held back too', async () => {
  await open(event('PreToolUse'));
  live.pause();
  host.sendRecorded(recorded('one'), recorded('one', { status: 'completed' }));
  await pass(DRAW_MS);
  expect([rows().length, live.held]).toEqual([3, 1]);
  live.resume();
  await pass(0);
  expect(rows().at(-1)?.dataset['status']).toBe('completed');
});

const KEYS = ['/home/ada/.codex/hooks.json:stop:0:0', '/home/ada/.codex/hooks.json:stop:1:0'];
const FOLDER = '/home/ada/src/shop-api';
const asked = (): number => host.calls.filter(([name]) => name === 'untrustedHooks').length;

test('hooks that a session skips are told with it, and lead to the dialog that trusts them', async () => {
  host.skipped = [{ agentTitle: 'Codex', session: 'session-1', folder: FOLDER, keys: KEYS }];
  const over = { session: 'session-1', folder: text(FOLDER) };
  await open(event('SessionStart', over), event('UserPromptSubmit', over), event('SessionStart', { session: 'session-2' }));
  expect(document.querySelectorAll('[data-test=live-untrusted]')).toHaveLength(1);
  expect(get('live-session').textContent).toContain('2 hooks do not run: not trusted');
  const before = asked();
  await send(event('PreToolUse', over));
  expect(asked(), 'not with every event').toBe(before);

  const expanded = get('live-session').getAttribute('aria-expanded');
  press(get('live-untrusted-look'), 'Enter');
  get('live-untrusted-look').click();
  expect(get('live-session').getAttribute('aria-expanded')).toBe(expanded);
  await pass(20);
  expect(host.calls.filter(([name]) => name === 'hookTrustItems')).toEqual([['hookTrustItems', FOLDER, KEYS]]);

  host.skipped = [];
  get('hook-trust-confirm').click();
  await pass(20);
  await openAgain();
  expect(find('live-untrusted')).toBeNull();
});

test('a session of which nothing is listed says it too, once for each folder', async () => {
  const of = (session: string, folder: string) => ({ agentTitle: 'Codex', session, folder, keys: KEYS });
  host.skipped = [of('a', FOLDER), of('b', FOLDER), of('c', '/home/ada/notes')];
  await open();
  const told = [...document.querySelectorAll('[data-test=live-apart]')].map((line) => line.textContent);
  expect(told).toEqual([expect.stringContaining(FOLDER), expect.stringContaining('/home/ada/notes')]);
  host.skipped = [];
  host.send({ kind: 'attachedChanged' });
  await pass(20);
  expect(find('live-apart')).toBeNull();
});
