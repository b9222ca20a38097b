import { beforeEach, expect, test, vi } from 'vitest';
import { FakeHost } from '../src/ipc/fake';
import { ACTIONS, card } from '../src/ipc/fake-cards';
import { Arming } from '../src/state/arming.svelte';
import { FRAMES, pass } from './support';

let host: FakeHost;
let arming: Arming;
const painted = (): number => host.calls.filter(([name]) => name === 'painted').length;
const visibility = (state: DocumentVisibilityState): void => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
};

beforeEach(() => {
  vi.useFakeTimers();
  visibility('visible');
  host = new FakeHost();
  arming = new Arming(host);
});

test('Allow counts after paint, reading to the end, and the time of the backend', async () => {
  arming.show(card(ACTIONS.one));
  await pass(1000);
  expect([arming.state, painted()]).toEqual(['unread', 0]);
  arming.readToEnd();
  expect([arming.state, painted()]).toEqual(['waiting', 0]);
  await pass(FRAMES);
  expect([arming.state, painted()]).toEqual(['waiting', 1]);
  expect(arming.press()).toBeNull();
  await pass(500);
  expect(arming.state).toBe('waiting');
  await pass(100);
  expect(arming.state).toBe('armed');
  expect(arming.counts(arming.press())).toBe(true);
});

test('another digest starts from nothing', async () => {
  const first = card(ACTIONS.one);
  arming.show(first);
  arming.readToEnd();
  await pass(700);
  const press = arming.press();
  arming.show({ ...first, digest: 'other' });
  expect(arming.state).toBe('unread');
  expect(arming.counts(press)).toBe(false);
  arming.readToEnd();
  await pass(700);
  expect(arming.state).toBe('armed');
  expect(arming.counts(press)).toBe(false);
});

test('the same card again changes nothing', async () => {
  const first = card(ACTIONS.one);
  arming.show(first);
  arming.readToEnd();
  await pass(700);
  arming.show({ ...first });
  expect([arming.state, painted()]).toEqual(['armed', 1]);
});

test('asking again takes what the backend says is left', async () => {
  arming.show(card(ACTIONS.one));
  arming.readToEnd();
  await pass(400);
  arming.again();
  expect(arming.state).toBe('waiting');
  await pass(FRAMES);
  expect(arming.leftMs).toBeLessThan(300);
  await pass(arming.leftMs);
  expect(arming.state).toBe('armed');
  const press = arming.press();
  host.rearm('popup');
  arming.again();
  await pass(300);
  expect(arming.state).toBe('waiting');
  await pass(400);
  expect(arming.state).toBe('armed');
  expect(arming.counts(press)).toBe(false);
});

test('nothing is reported while the document is hidden', async () => {
  visibility('hidden');
  arming.show(card(ACTIONS.one));
  arming.readToEnd();
  await pass(1000);
  expect([arming.state, painted()]).toEqual(['waiting', 0]);
  visibility('visible');
  arming.again();
  await pass(700);
  expect([arming.state, painted()]).toEqual(['armed', 1]);
});

test('a refused report never arms', async () => {
  host.refuse = { name: 'painted', failure: { code: 'notOpen', detail: '' } };
  arming.show(card(ACTIONS.one));
  arming.readToEnd();
  await pass(2000);
  expect(arming.state).toBe('waiting');
  expect(arming.failure?.code).toBe('notOpen');
});

test('no card, no arming', async () => {
  arming.show(card(ACTIONS.one));
  arming.readToEnd();
  arming.show(null);
  await pass(2000);
  expect([arming.state, painted()]).toEqual(['unread', 0]);
});
