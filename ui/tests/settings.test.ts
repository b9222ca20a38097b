/** The Settings screen over the scripted host. */

import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeHost } from '../src/ipc/fake';
import { speak } from '../src/messages';
import { SAVED_MS } from '../src/state/settings.svelte';
import { pass } from './support';
import { find, get, openMain, press } from './window';

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

afterEach(() => speak('en'));

async function open(): Promise<void> {
  await openMain(host);
  get('nav-settings').click();
  await pass(0);
}

const changes = (): unknown[] => host.calls.filter(([name]) => name === 'changeSetting').map(([, setting]) => setting);
const option = (test: string, value: string): HTMLElement =>
  get(test).querySelector<HTMLElement>(`[data-value="${value}"]`) ?? expect.fail(`${test} has no ${value}`);
const chosen = (test: string): string | undefined =>
  get(test).querySelector<HTMLElement>('[aria-checked="true"]')?.dataset['value'];
const field = (): HTMLInputElement => get('setting-waiting-codex') as HTMLInputElement;
const unit = (): string | undefined => chosen('setting-waiting-codex-unit');

async function click(element: HTMLElement): Promise<void> {
  element.click();
  await pass(20);
}

function type(text: string): void {
  field().focus();
  field().value = text;
  field().dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

function refuse(code: string): void {
  host.refuse = { name: 'changeSetting', failure: { code, detail: 'the disk is full' } };
}

test.each([
  ['setting-theme', 'dark', { kind: 'theme', value: 'dark' }],
  ['setting-popup-place', 'topLeft', { kind: 'popupPlace', value: 'topLeft' }],
  ['setting-language', 'en', { kind: 'language', value: 'en' }],
  [
    'setting-notices',
    'both',
    { kind: 'notices', value: { by: 'both', text: false, sound: false, followDoNotDisturb: true } },
  ],
])('%s: %s is saved at once, and it is told for a while', async (name, value, setting) => {
  await open();
  expect(get('saved').textContent?.trim()).toBe('');
  await click(option(name, value));
  expect(changes()).toEqual([setting]);
  expect(chosen(name)).toBe(value);
  expect(get('saved').textContent).toContain('Saved');
  expect(get('saved').getAttribute('role')).toBe('status');
  await pass(SAVED_MS);
  expect(get('saved').textContent?.trim()).toBe('');
});

test('choosing another language speaks it, and the system is a choice of its own', async () => {
  await open();
  await click(option('setting-language', 'zh-CN'));
  expect(document.querySelector('h1')?.textContent).toBe('设置');
  await click(option('setting-language', 'system'));
  expect(changes().at(-1)).toEqual({ kind: 'language', value: null });
  expect(document.querySelector('h1')?.textContent).toBe('Settings');
});

test('a choice that can not be saved says why in its place, and springs back', async () => {
  await open();
  refuse('files');
  await click(option('setting-theme', 'dark'));
  expect(chosen('setting-theme')).toBe('system');
  expect(get('failure').textContent).toContain('the disk is full');
  expect(get('saved').textContent?.trim()).toBe('');
  await click(option('setting-theme', 'dark'));
  expect([chosen('setting-theme'), find('failure')]).toEqual(['dark', null]);
});

test('the switch for the login is what holds, not what was pressed', async () => {
  await open();
  refuse('files');
  await click(get('setting-login'));
  expect(get('setting-login').getAttribute('aria-checked')).toBe('false');
  await click(get('setting-login'));
  expect(get('setting-login').getAttribute('aria-checked')).toBe('true');
  expect(changes().at(-1)).toEqual({ kind: 'startAtLogin', value: true });
});

test('a waiting time is saved with Enter and when its fields are left, not on the way from one to the other', async () => {
  await open();
  expect([field().value, unit()]).toEqual(['10', 'minutes']);
  type('15');
  press(field(), 'Enter');
  await pass(0);
  expect(changes()).toEqual([{ kind: 'waiting', agent: 'codex', seconds: 900 }]);
  type('20');
  field().dispatchEvent(new FocusEvent('focusout', { bubbles: true, relatedTarget: option('setting-waiting-codex-unit', 'minutes') }));
  expect(changes()).toHaveLength(1);
  get('setting-waiting-codex-unit').dispatchEvent(new FocusEvent('focusout', { bubbles: true, relatedTarget: null }));
  await pass(0);
  expect(changes().at(-1)).toEqual({ kind: 'waiting', agent: 'codex', seconds: 1200 });
  expect([field().value, unit()]).toEqual(['20', 'minutes']);
});

test('the unit is part of the value', async () => {
  await open();
  type('90');
  await click(option('setting-waiting-codex-unit', 'seconds'));
  expect(changes()).toEqual([{ kind: 'waiting', agent: 'codex', seconds: 90 }]);
  expect([field().value, unit()]).toEqual(['90', 'seconds']);
});

test.each(['', 'soon', '-5', '0.05', '0.001', '1434', '1e3'])('%o is no waiting time: it stays typed, and Escape brings back what holds', async (text) => {
  await open();
  type(text);
  expect(find('setting-invalid')).toBeNull();
  press(field(), 'Enter');
  await pass(0);
  expect(get('setting-invalid').textContent).toContain('between 5 and 86,000 seconds');
  expect([field().value, field().getAttribute('aria-invalid'), changes().length]).toEqual([text, 'true', 0]);
  press(field(), 'Escape');
  expect([field().value, find('setting-invalid')]).toEqual(['10', null]);
});

test('a waiting time that is refused stays typed, with the reason under it', async () => {
  await open();
  refuse('setting');
  type('7');
  press(field(), 'Enter');
  await pass(0);
  expect(field().value).toBe('7');
  expect(get('failure').textContent).toContain('the disk is full');
  press(field(), 'Escape');
  expect([field().value, find('failure')]).toEqual(['10', null]);
});

test('leaving the screen by a key leaves the field; what can not be saved is still there later', async () => {
  await open();
  type('12');
  press(field(), '1', { ctrlKey: true });
  await pass(0);
  expect(changes()).toEqual([{ kind: 'waiting', agent: 'codex', seconds: 720 }]);
  get('nav-settings').click();
  await pass(0);
  type('never');
  press(field(), '1', { ctrlKey: true });
  await pass(0);
  get('nav-settings').click();
  await pass(0);
  expect([field().value, find('setting-invalid') === null]).toEqual(['never', false]);
});

test('a shorter history is asked for first, a longer one is not', async () => {
  await open();
  await click(option('setting-keep', '90'));
  expect(get('keep-dialog').textContent).toContain('Keep only the last 90 days?');
  expect([changes(), chosen('setting-keep')]).toEqual([[], 'forever']);
  await click(get('keep-cancel'));
  expect([find('keep-dialog'), changes()]).toEqual([null, []]);
  await click(option('setting-keep', '90'));
  await click(get('keep-confirm'));
  expect([find('keep-dialog'), changes()]).toEqual([null, [{ kind: 'keepDays', value: 90 }]]);
  await click(option('setting-keep', '365'));
  expect(changes().at(-1)).toEqual({ kind: 'keepDays', value: 365 });
  await click(option('setting-keep', 'forever'));
  expect(changes().at(-1)).toEqual({ kind: 'keepDays', value: null });
});

test('a smaller history is asked for first', async () => {
  await open();
  await click(option('setting-size', '1000'));
  expect(get('size-dialog').textContent).toContain('Keep no more than 1,000 MB?');
  await click(get('size-confirm'));
  await click(option('setting-size', '5000'));
  expect(changes()).toEqual([
    { kind: 'keepMegabytes', value: 1000 },
    { kind: 'keepMegabytes', value: 5000 },
  ]);
});

test('a time of the file that is none of the usual ones is a choice too', async () => {
  host.snapshot.settings = { ...host.snapshot.settings, keepDays: 45 };
  await open();
  expect([chosen('setting-keep'), option('setting-keep', '45').textContent]).toEqual(['45', '45 days']);
});

test('the places on the disk can be copied, and the folder opened', async () => {
  const written: string[] = [];
  vi.stubGlobal('navigator', { clipboard: { writeText: async (text: string) => void written.push(text) } });
  await open();
  await click(document.querySelector<HTMLElement>('[aria-label^="Copy /home/ada/.config"]') ?? expect.fail('no copy'));
  expect(written).toEqual([get('settings-file').textContent]);
  host.refuse = { name: 'openDataFolder', failure: { code: 'files', detail: 'no file manager' } };
  await click(get('open-folder'));
  expect(get('failure').textContent).toContain('no file manager');
  vi.unstubAllGlobals();
});

test('the shortcut is what is pressed, can be left as it is, and removed', async () => {
  await open();
  const keydown = (init: KeyboardEventInit): void => {
    get('shortcut-set').dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
    flushSync();
  };
  await click(get('shortcut-set'));
  keydown({ key: 'Escape', code: 'Escape' });
  keydown({ key: 'h', code: 'KeyH', ctrlKey: true, altKey: true });
  expect(changes()).toEqual([]);
  await click(get('shortcut-set'));
  keydown({ key: 'h', code: 'KeyH' });
  keydown({ key: 'h', code: 'KeyH', ctrlKey: true, altKey: true });
  await pass(20);
  expect(changes()).toEqual([{ kind: 'shortcut', value: 'Ctrl+Alt+H' }]);
  expect(get('setting-shortcut').textContent).toContain('Ctrl+Alt+H');
  await click(get('shortcut-clear'));
  expect(changes().at(-1)).toEqual({ kind: 'shortcut', value: null });
});

test('where only the desktop takes shortcuts, it is told what it has to run', async () => {
  host.snapshot.settings = { ...host.snapshot.settings, desktopTakesShortcuts: true };
  await open();
  expect(get('popup-command').textContent).toBe('hookwright-desktop --popup');
  expect(find('shortcut-set')).toBeNull();
});
