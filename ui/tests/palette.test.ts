/** The palette over the scripted host. */

import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeHost, SETTINGS } from '../src/ipc/fake';
import { codex } from '../src/ipc/fake-agents';
import { ACTIONS, card } from '../src/ipc/fake-cards';
import { speak } from '../src/messages';
import { pass } from './support';
import { find, get, openMain, press } from './window';

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

afterEach(() => speak('en'));

const items = (): string[] =>
  [...document.querySelectorAll('[data-test="palette-item"] span')].map((item) => item.textContent ?? '');
const marked = (): string | undefined => document.querySelector('[data-test="palette-item"][data-selected] span')?.textContent ?? undefined;

async function open(): Promise<void> {
  press(document.activeElement ?? document.body, 'k', { ctrlKey: true });
  await pass(50);
}

async function type(text: string): Promise<void> {
  const input = get('palette-input') as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  await pass(20);
}

async function key(name: string): Promise<void> {
  press(get('palette-input'), name);
  await pass(50);
}

test('it opens with its key and its button, has the focus, and gives it back with Esc', async () => {
  await openMain(host);
  const before = get('filter-text');
  before.focus();
  await open();
  expect(document.activeElement).toBe(get('palette-input'));
  await key('Escape');
  expect(find('palette')).toBeNull();
  expect(document.activeElement).toBe(before);
  get('nav-palette').click();
  await pass(50);
  expect(find('palette')).not.toBeNull();
});

test('what is typed narrows it, letters in between may be missing, and nothing that fits is said', async () => {
  await openMain(host);
  await open();
  expect(items().slice(0, 4)).toEqual(['Go to Requests', 'Go to Live', 'Go to Hooks', 'Go to History']);
  await type('thdrk');
  expect(items()).toEqual(['Theme: dark']);
  await type('qqq');
  expect(items()).toEqual([]);
  expect(get('palette-empty').getAttribute('role')).toBe('status');
});

test('in another language both that and English find', async () => {
  host.snapshot.settings = { ...SETTINGS, speaks: 'zh-CN' };
  await openMain(host);
  await open();
  await type('theme dark');
  const [dark] = items();
  expect(dark).toContain('深色');
  await type(dark?.slice(-2) ?? '');
  expect(items()).toContain(dark);
});

test('the arrows move, round the ends, and Enter goes to a screen and its heading', async () => {
  await openMain(host);
  await open();
  expect(marked()).toBe('Go to Requests');
  await key('ArrowDown');
  expect(marked()).toBe('Go to Live');
  await key('ArrowUp');
  await key('ArrowUp');
  expect(marked()).toBe('Show the first run again');
  await type('settings');
  expect(marked()).toBe('Go to Settings');
  await key('Enter');
  expect([find('palette'), find('settings') === null]).toEqual([null, false]);
  expect(document.activeElement).toBe(document.querySelector('h1'));
  await open();
  expect(items().length).toBeGreaterThan(10);
});

test('an action that stays on the screen gives the focus back', async () => {
  await openMain(host);
  get('filter-text').focus();
  await open();
  await type('pause for 1 hour');
  await key('Enter');
  expect(host.calls.at(-1)).toEqual(['pause', 60]);
  expect(document.activeElement).toBe(get('filter-text'));
  await open();
  expect(items()).toContain('Resume');
  expect(items().filter((item) => item.startsWith('Pause'))).toEqual([]);
});

test('what can be done with an agent is begun on its screen', async () => {
  host.found = [codex()];
  await openMain(host);
  await open();
  expect(items().filter((item) => item.includes('Codex'))).toEqual(['Connect Codex…', 'Send a test request for Codex']);
  await type('connect codex');
  await key('Enter');
  expect(get('nav-agents').getAttribute('aria-current')).toBe('page');
  expect(get('plan').textContent).toContain('Connect Codex');
  expect(host.calls.filter(([name]) => name === 'carryOut')).toEqual([]);
});

test('what it could not do is told on any screen', async () => {
  await openMain(host);
  await open();
  host.refuse = { name: 'changeSetting', failure: { code: 'files', detail: 'read-only' } };
  await type('theme light');
  await key('Enter');
  expect(get('failure').textContent).toContain('read-only');
});

test('there is no decision in it', async () => {
  host.snapshot.waiting = [card(ACTIONS.one)];
  await openMain(host);
  await open();
  expect(items().filter((item) => /\b(allow|deny|leave)/i.test(item))).toEqual([]);
  press(get('palette-input'), 'a');
  press(get('palette-input'), 'l');
  await pass(2000);
  expect(host.calls.filter(([name]) => name === 'decide')).toEqual([]);
});
