/** Screens, language and theme of the main window. */

import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { moment } from '../src/components/text';
import { FakeHost, SETTINGS } from '../src/ipc/fake';
import { ACTIONS, card } from '../src/ipc/fake-cards';
import { event } from '../src/ipc/fake-live';
import { plural, speak, t } from '../src/messages';
import { SCREENS } from '../src/state/nav.svelte';
import { pass } from './support';
import { find, get, openMain, press } from './window';

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

afterEach(() => speak('en'));

const heading = (): string | null => document.querySelector('h1')?.textContent ?? null;

test('Ctrl and a digit shows a screen, marks it, and puts the focus on its heading', async () => {
  await openMain(host);
  expect(heading()).toBe('Requests');
  expect(document.activeElement).toBe(document.body);
  const seen = [];
  for (const [at, screen] of SCREENS.entries()) {
    press(document.body, String(at + 1), { ctrlKey: true });
    await pass(0);
    expect(get(`nav-${screen}`).getAttribute('aria-current')).toBe('page');
    expect(document.querySelectorAll('nav [aria-current]')).toHaveLength(1);
    expect(document.activeElement).toBe(document.querySelector('h1'));
    seen.push(heading());
  }
  expect(seen).toEqual(['Requests', 'Live', 'Hooks', 'History', 'Rules', 'Agents', 'Settings']);
});

test.each([{ ctrlKey: false }, { shiftKey: true }, { altKey: true }, { repeat: true }])('%o with a digit goes nowhere', async (over) => {
  await openMain(host);
  press(document.body, '4', { ctrlKey: true, ...over });
  expect(heading()).toBe('Requests');
});

test('a screen is reached with a click, and what was open on the other one is open again', async () => {
  const waiting = card(ACTIONS.one);
  host.snapshot.waiting = [waiting];
  const { past } = await openMain(host);
  host.send({ kind: 'requestPicked', id: waiting.id });
  await past.select(past.rows[2] ?? null);
  get('nav-settings').click();
  await pass(0);
  expect(find('past-detail')).toBeNull();
  get('nav-requests').click();
  await pass(0);
  expect(get('past-detail').dataset['requestId']).toBe('past-2');
});

test('a request that is picked in the tray is shown, whatever screen there was', async () => {
  const waiting = card(ACTIONS.one);
  host.snapshot.waiting = [waiting];
  await openMain(host);
  get('nav-settings').click();
  await pass(0);
  host.send({ kind: 'requestPicked', id: waiting.id });
  await pass(0);
  expect(get('card').dataset['requestId']).toBe(waiting.id);
});

test('an event on Live leads to its request, whether that waits or is past', async () => {
  const waiting = card(ACTIONS.one);
  host.snapshot.waiting = [card(ACTIONS.test), waiting];
  host.events = [event('PermissionRequest', { request: 'past-2' }), event('PermissionRequest', { request: waiting.id })];
  await openMain(host);
  for (const [at, shown] of ['past-detail', 'card'].entries()) {
    get('nav-live').click();
    await pass(100);
    document.querySelectorAll<HTMLElement>('[data-test="live-row"]')[at]?.click();
    await pass(50);
    get('live-request').click();
    await pass(50);
    expect(get(shown).dataset['requestId']).toBe(host.events[at]?.request);
  }
});

test('a question keeps the keys for itself', async () => {
  await openMain(host);
  host.send({ kind: 'quitAsked', waiting: 1 });
  await pass(50);
  press(get('quit-cancel'), '4', { ctrlKey: true });
  press(get('quit-cancel'), 'k', { ctrlKey: true });
  await pass(50);
  expect([heading(), find('palette')]).toEqual(['Requests', null]);
});

test('another language is spoken at once, and by the document too', async () => {
  host.snapshot.waiting = [card(ACTIONS.one)];
  await openMain(host);
  const words = (): string[] => ['nav-settings', 'allow', 'countdown'].map((name) => get(name).textContent ?? '');
  const before = words();
  expect(document.documentElement.lang).toBe('en');
  host.send({ kind: 'settingsChanged', settings: { ...SETTINGS, speaks: 'zh-CN' } });
  flushSync();
  expect(document.documentElement.lang).toBe('zh-CN');
  expect(get('nav-settings').textContent).toContain('设置');
  words().forEach((word, at) => expect(word).not.toBe(before[at]));
  host.send({ kind: 'settingsChanged', settings: SETTINGS });
  flushSync();
  expect(words()).toEqual(before);
});

test('numbers and times are written as the language does', () => {
  const at = new Date(2020, 4, 17, 9, 5).getTime();
  expect([moment(at), plural('quit.title', 1)]).toEqual(['May 17, 09:05', '1 request waits']);
  expect(t('body.fold.blanks', { count: 12_345 })).toContain('12,345');
  speak('zh-CN');
  expect(moment(at)).toBe('5月17日 09:05');
  expect(plural('quit.title', 1)).toBe(plural('quit.title', 2).replace('2', '1'));
});

test('the theme is that of the settings', async () => {
  await openMain(host);
  const theme = (): string | undefined => document.documentElement.dataset['theme'];
  expect(theme()).toBe('system');
  host.send({ kind: 'settingsChanged', settings: { ...SETTINGS, theme: 'dark' } });
  expect(theme()).toBe('dark');
});
