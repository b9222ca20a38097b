/** The first run over the scripted host. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeHost, SETTINGS } from '../src/ipc/fake';
import { speak } from '../src/messages';
import { pass } from './support';
import { find, get, openMain, press } from './window';

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
  host.snapshot.settings = { ...SETTINGS, welcomed: false };
});

afterEach(() => speak('en'));

const step = (): string | undefined => get('welcome').dataset['step'];
const welcomed = (): unknown[] => host.calls.filter(([name]) => name === 'changeSetting').map(([, setting]) => setting);

async function click(test: string): Promise<void> {
  get(test).click();
  await pass(20);
}

test('three steps, told in words, there and back; the end is remembered', async () => {
  await openMain(host);
  expect(find('nav-requests')).toBeNull();
  expect([step(), find('welcome-back')]).toEqual(['what', null]);
  expect(get('welcome').textContent).toContain('1 of 3');
  expect(get('welcome').textContent).toContain('no account and no telemetry');
  expect(document.activeElement?.tagName).toBe('H1');
  await click('welcome-next');
  expect([step(), get('welcome').textContent?.includes('2 of 3')]).toEqual(['agents', true]);
  expect(document.activeElement?.tagName).toBe('H1');
  await click('welcome-next');
  await click('welcome-back');
  expect(step()).toBe('agents');
  await click('welcome-next');
  expect([step(), get('welcome-next').textContent?.trim()]).toEqual(['test', 'Done']);
  expect(welcomed()).toEqual([]);
  await click('welcome-next');
  expect(welcomed()).toEqual([{ kind: 'welcomed', value: true }]);
  expect([find('welcome'), find('nav-requests') === null]).toEqual([null, false]);
});

test('all of it can be skipped, and Esc and the keys of the window do nothing', async () => {
  await openMain(host);
  press(document.body, 'Escape');
  press(document.body, '4', { ctrlKey: true });
  press(document.body, 'k', { ctrlKey: true });
  await pass(20);
  expect([step(), find('palette'), welcomed()]).toEqual(['what', null, []]);
  await click('welcome-skip');
  expect([find('welcome'), welcomed()]).toEqual([null, [{ kind: 'welcomed', value: true }]]);
});

test('where the end can not be remembered it is told, and the window is there all the same', async () => {
  await openMain(host);
  host.refuse = { name: 'changeSetting', failure: { code: 'files', detail: 'read-only' } };
  await click('welcome-skip');
  expect(find('welcome')).toBeNull();
  expect(get('failure').textContent).toContain('read-only');
});

test('the language can be chosen right there', async () => {
  await openMain(host);
  get('setting-language').querySelector<HTMLElement>('[data-value="zh-CN"]')?.click();
  await pass(20);
  expect(document.documentElement.lang).toBe('zh-CN');
  expect([step(), get('welcome-next').textContent?.trim()]).toEqual(['what', '下一步']);
});

test('who has been through it comes to the window, and can see it again', async () => {
  host.snapshot.settings = SETTINGS;
  const { settings } = await openMain(host);
  expect(find('welcome')).toBeNull();
  settings.welcoming = true;
  await pass(0);
  expect(step()).toBe('what');
});
