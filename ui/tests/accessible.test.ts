/** What axe-core finds without layout: names, roles, relations. Colours and sizes are looked at in the real window. */

import axe from 'axe-core';
import { beforeEach, expect, test, vi } from 'vitest';
import { FakeHost, SETTINGS } from '../src/ipc/fake';
import { ACTIONS, card, OFFERS } from '../src/ipc/fake-cards';
import { USER_FILE } from '../src/ipc/fake-editor';
import { SCREENS } from '../src/state/nav.svelte';
import { pass } from './support';
import { get, openMain, press } from './window';

let host: FakeHost;

beforeEach(() => {
  // axe-core waits by timers of its own.
  vi.useFakeTimers({ shouldAdvanceTime: true });
  host = new FakeHost();
});

async function problems(): Promise<string[]> {
  const { violations } = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
    rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false }, 'document-title': { enabled: false } },
  });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

test.each(SCREENS)('%s', async (screen) => {
  host.snapshot.waiting = [card(ACTIONS.one)];
  host.snapshot.settings = { ...SETTINGS, projects: [{ folder: '/home/ada/notes', waiting: 20, review: 'ask', secrets: null }] };
  await openMain(host);
  get(`nav-${screen}`).click();
  await pass(50);
  expect(await problems()).toEqual([]);
});

test.each(Object.entries(OFFERS))('what the terminal asks as well: %s', async (_, offers) => {
  host.snapshot.waiting = [card(ACTIONS.one, { offers }), card(ACTIONS.test)];
  await openMain(host);
  await pass(50);
  get('beside');
  expect(await problems()).toEqual([]);
});

test('the hooks editor, and what it asks', async () => {
  // This document has no layout: a list is as high as it needs to be.
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(300);
  const { hooks, editor } = await openMain(host);
  get('nav-hooks').click();
  hooks.by = 'file';
  await pass(50);
  expect(await problems()).toEqual([]);
  await editor.open(USER_FILE);
  editor.draft?.choose({ event: 'PreToolUse', group: 1, handler: 0 });
  await pass(50);
  expect(await problems()).toEqual([]);
  await editor.draft?.edit({ kind: 'duplicate', place: { event: 'Stop', group: 0, handler: null } });
  const dialogs = [
    () => editor.askSave(),
    () => editor.askGallery(),
    () => editor.askVersions(),
    () => editor.askTrust('/', [`${USER_FILE}:stop:1:0`]),
  ];
  for (const ask of dialogs) {
    await ask();
    await pass(50);
    expect(await problems()).toEqual([]);
    editor.close();
    await pass(50);
  }
  host.writeOutside(USER_FILE, '{}\n');
  await pass(50);
  get('hook-merge-dialog');
  expect(await problems()).toEqual([]);
}, 30_000);

test('the first run', async () => {
  host.snapshot.settings = { ...SETTINGS, welcomed: false };
  await openMain(host);
  for (const step of ['what', 'agents', 'test']) {
    expect([step, await problems()]).toEqual([step, []]);
    get('welcome-next').click();
    await pass(50);
  }
});

test('the palette', async () => {
  await openMain(host);
  press(document.body, 'k', { ctrlKey: true });
  await pass(50);
  expect(get('palette')).toBe(document.querySelector('[role=dialog]'));
  expect(await problems()).toEqual([]);
});

test('the question before the history is shortened', async () => {
  await openMain(host);
  get('nav-settings').click();
  await pass(0);
  get('setting-keep').querySelector<HTMLElement>('[data-value="30"]')?.click();
  await pass(50);
  get('keep-dialog');
  expect(await problems()).toEqual([]);
});
