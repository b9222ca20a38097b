/** The main window over the scripted host. */

import { flushSync, mount } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import PastRow from '../src/features/requests/PastRow.svelte';
import { FakeHost } from '../src/ipc/fake';
import { ACTIONS, card } from '../src/ipc/fake-cards';
import { pass } from './support';
import { find, get, openMain } from './window';

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

test('nothing waits and nothing was: it says what will appear here', async () => {
  host.pastCount = 0;
  await openMain(host);
  expect(get('empty').textContent).toContain('When an agent asks');
  expect(get('past-empty').textContent).toContain('No past requests yet');
});

test('what waits is listed, and the chosen one is open beside it', async () => {
  const [a, b] = [card(ACTIONS.one), card(ACTIONS.test)];
  host.snapshot.waiting = [a, b];
  await openMain(host);
  expect(get('card').dataset['requestId']).toBe(a.id);
  get('waiting-list').querySelector<HTMLElement>(`[data-request-id="${b.id}"]`)?.click();
  flushSync();
  expect(get('card').dataset['requestId']).toBe(b.id);
});

test('a past request tells what was shown and how it ended, and a picked one comes back to the front', async () => {
  const waiting = card(ACTIONS.one);
  host.snapshot.waiting = [waiting];
  const { past } = await openMain(host);
  await past.select(past.rows.find((row) => row.outcome?.by === 'expired') ?? null);
  flushSync();
  expect(get('past-outcome').textContent).toContain('It goes on by itself: it may ask you, use an earlier approval');
  expect(get('command').textContent).toBe(past.selected?.summary[0]?.kind === 'text' ? past.selected.summary[0].text : '');
  expect(find('card')).toBeNull();
  host.send({ kind: 'requestPicked', id: waiting.id });
  flushSync();
  expect(find('past-detail')).toBeNull();
  expect(get('card').dataset['requestId']).toBe(waiting.id);
});

test('a request that came with an import says so, in the list and in its detail', async () => {
  const { past } = await openMain(host);
  const imported = past.rows.find((row) => row.reported === 'imported');
  if (imported === undefined) throw new Error('nothing was imported');
  mount(PastRow, { target: document.body, props: { row: imported } });
  expect(get('past-row').textContent).toContain('Imported');
  await past.select(imported);
  flushSync();
  expect(get('past-reported').textContent).toBe('It comes from an export: Hookwright did not see it happen here.');
  await past.select(past.rows.find((other) => other.reported === 'live') ?? null);
  flushSync();
  expect(find('past-reported')).toBeNull();
});

test('pause and notes are told, and resume resumes', async () => {
  host.snapshot.paused = { until: null };
  host.snapshot.notes = [{ code: 'historyFailing', detail: 'disk is full' }];
  await openMain(host);
  expect(find('pause')).toBeNull();
  expect(get('note').textContent).toContain("The history can't be written.");
  expect(get('note').textContent).toContain('disk is full');
  get('resume').click();
  await pass(0);
  expect(find('paused')).toBeNull();
  expect(find('pause')).not.toBeNull();
});

test('quit asks first, and also when the question came before the window', async () => {
  host.snapshot.waiting = [card(ACTIONS.one), card(ACTIONS.test)];
  host.snapshot.quitAsked = true;
  await openMain(host);
  expect(get('quit-dialog').textContent).toContain('2 requests wait');
  get('quit-cancel').click();
  await pass(0);
  expect(host.calls.filter(([name]) => name === 'quit')).toEqual([['quit', false]]);
  host.send({ kind: 'quitAsked', waiting: 1 });
  await pass(0);
  expect(get('quit-dialog').textContent).toContain('1 request waits');
  get('quit-confirm').click();
  await pass(0);
  expect(host.calls.at(-1)).toEqual(['quit', true]);
});

test('a window that cannot reach the program says so and tries again', async () => {
  host.refuse = { name: 'subscribe', failure: { code: 'internal', detail: 'gone' } };
  await openMain(host);
  expect(get('failure').textContent).toContain('Something went wrong');
  get('failure').querySelector('button')?.click();
  await pass(0);
  expect(find('failure')).toBeNull();
});
