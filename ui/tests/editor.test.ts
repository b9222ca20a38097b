/** The hooks editor over the scripted host: files, text, form, and what is asked before something is written. */

import { EditorView } from '@codemirror/view';
import { flushSync, mount, unmount } from 'svelte';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import Faults from '../src/features/editor/Faults.svelte';
import Screen from '../src/features/hooks/Hooks.svelte';
import { FakeHost } from '../src/ipc/fake';
import { text } from '../src/ipc/fake-cards';
import { manyHooks, trustItem, USER_FILE, USER_TEXT } from '../src/ipc/fake-editor';
import { diagnostic } from '../src/ipc/fake-hook-text';
import { hook, hooksView } from '../src/ipc/fake-hooks';
import { speak } from '../src/messages';
import { Editor } from '../src/state/editor.svelte';
import type { HookDraft } from '../src/state/hook-draft.svelte';
import { Hooks } from '../src/state/hooks.svelte';
import { pass } from './support';
import { find, get, press } from './window';

let host: FakeHost;
let hooks: Hooks;
let editor: Editor;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  host = new FakeHost();
  hooks = new Hooks(host);
  editor = new Editor(host);
});

const all = (name: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-test="${name}"]`)];
const calls = (name: string): unknown[][] => host.calls.filter(([called]) => called === name).map(([, ...args]) => args);
const draft = (): HookDraft => editor.draft ?? expect.fail('no file is open');

async function click(target: string | HTMLElement): Promise<void> {
  (typeof target === 'string' ? get(target) : target).click();
  await pass(30);
}

async function open(path = USER_FILE): Promise<void> {
  // This document has no layout: the list is as high as it needs to be.
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(300);
  hooks.by = 'file';
  const page = mount(Screen, { target: document.body, props: { hooks, editor, onagents: () => {}, onruns: () => {} } });
  onTestFinished(async () => {
    await unmount(page);
    document.body.replaceChildren();
  });
  await pass(50);
  await click(all('hook-file').find((one) => one.dataset['path'] === path) ?? expect.fail(`no ${path}`));
}

/** Types into a field of the form, up to the answer. */
async function type(name: string, value: string): Promise<void> {
  const field = get(name) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  await pass(250);
}

async function choose(event: string, group: number, handler: number | null): Promise<void> {
  draft().choose({ event, group, handler });
  await pass(30);
}

test('files are listed with what they are; the tree and the text of one are shown', async () => {
  await open();
  expect(all('hook-file').map((one) => one.dataset['path'])).toEqual(host.hookFilesFound.map(({ path }) => path));
  expect(get('hook-files').textContent).toContain('new file');
  expect(get('raw').textContent).toContain('cargo test --quiet');
  expect(all('hook-tree-handler')).toHaveLength(3);
  expect(get('hook-file-state').dataset['state']).toBe('same');
});

test('the field of a form becomes a change of the text, and both are undone as one', async () => {
  await open();
  await choose('Stop', 0, 0);
  await type('hook-timeout', '45');
  expect(calls('editHookText').at(-1)?.[2]).toEqual({
    kind: 'setField',
    place: { event: 'Stop', group: 0, handler: 0 },
    field: { name: 'timeout', value: '45' },
  });
  expect(JSON.parse(draft().text).hooks.Stop[0].hooks[0].timeout).toBe(45);
  expect(get('raw').textContent).toContain('45');
  expect(get('hook-file-state').dataset['state']).toBe('unsaved');
  press(get('hook-timeout'), 'z', { ctrlKey: true });
  await pass(50);
  expect(draft().text).toBe(USER_TEXT);
  expect((get('hook-timeout') as HTMLInputElement).value).toBe('');
  await click('hook-redo');
  expect((get('hook-timeout') as HTMLInputElement).value).toBe('45');
});

test('what is no value stays in its field and changes nothing', async () => {
  await open();
  await choose('Stop', 0, 0);
  await type('hook-timeout', '1.5');
  expect(get('hook-timeout').getAttribute('aria-invalid')).toBe('true');
  expect(calls('editHookText')).toEqual([]);
  get('hook-timeout').dispatchEvent(new Event('blur'));
  await pass(30);
  expect((get('hook-timeout') as HTMLInputElement).value).toBe('1.5');
});

test('what is typed stays typed while the answer is on its way', async () => {
  await open();
  await choose('PreToolUse', 0, 0);
  let answer = (): void => {};
  const edit = host.editHookText.bind(host);
  vi.spyOn(host, 'editHookText').mockImplementationOnce(async (...args) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return edit(...args);
  });
  await type('hook-status', 'Gua');
  await type('hook-status', 'Guarding');
  answer();
  await pass(300);
  expect((get('hook-status') as HTMLInputElement).value).toBe('Guarding');
  expect(draft().text).toContain('"statusMessage": "Guarding"');
});

test('an edit is made on the text as it is when the answer comes', async () => {
  await open();
  await choose('Stop', 0, 0);
  let answer = (): void => {};
  const edit = host.editHookText.bind(host);
  vi.spyOn(host, 'editHookText').mockImplementationOnce(async (...args) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return edit(...args);
  });
  const done = draft().edit({ kind: 'setMatcher', event: 'PreToolUse', group: 1, matcher: 'Edit' });
  await pass(0);
  draft().dispatch({ changes: { from: draft().text.indexOf('cargo test'), insert: 'nice ' }, userEvent: 'input.type' });
  answer();
  await done;
  expect(draft().text).toContain('nice cargo test');
  expect(draft().text).toContain('"matcher": "Edit"');
});

test('the matcher says which tools it hits while it is typed', async () => {
  await open();
  await choose('PreToolUse', 0, 0);
  expect(get('hook-hits').textContent).toContain('Bash');
  await type('hook-matcher', 'mcp__.*');
  expect(get('hook-hits').textContent).toContain('mcp__github__create_issue');
  expect(get('hook-hits').textContent).not.toContain('Bash');
});

test('a mistake is told at its hook, and mended with one press', async () => {
  await open();
  await choose('PreToolUse', 1, 0);
  expect(all('hook-fault').map((one) => one.dataset['code'])).toEqual(['ignored-key']);
  expect(get('hook-rest').textContent).toContain('timeoutSec: 10');
  await click('hook-fix');
  expect(draft().text).toBe(USER_TEXT.replace('timeoutSec', 'timeout'));
  expect(all('hook-fault')).toEqual([]);
});

test('a save shows what changes and what loses trust, and then offers to trust', async () => {
  await open();
  await click('hook-gallery');
  await click('hook-template-add');
  expect(draft().chosen).toEqual({ event: 'PreToolUse', group: 2, handler: 0 });
  await click('hook-save');
  const dialog = get('hook-save-dialog');
  expect(dialog.querySelector('[data-test=file]')?.textContent).toContain('guardCommands.sh');
  expect(get('hook-script').textContent).toContain('#!/bin/sh');
  expect([...dialog.querySelectorAll<HTMLElement>('[data-effect]')].map((one) => one.dataset['effect'])).toEqual(['new']);
  await click('hook-save-confirm');
  const [path, , text, , templates] = calls('saveHookFile')[0] ?? [];
  expect([path, text, templates]).toEqual([USER_FILE, host.disk.get(USER_FILE), ['guardCommands']]);
  expect([get('hook-file-state').dataset['state'], draft().dirty]).toEqual(['saved', false]);
  await click('editor-trust');
  expect(get('hook-trust-item').textContent).toContain('guard.py');
  await click('hook-trust-confirm');
  expect(calls('trustHooks')).toEqual([[hooks.view?.folder, [{ key: `${USER_FILE}:pre_tool_use:2:0`, digest: 'seen-1' }]]]);
  expect(find('editor-untrusted')).toBe(null);
});

test('what was refused is told in the dialog, and nothing is lost', async () => {
  await open();
  await choose('Stop', 0, 0);
  await type('hook-status', 'x');
  await click('hook-save');
  host.refuse = { name: 'saveHookFile', failure: { code: 'files', detail: 'read-only file system' } };
  await click('hook-save-confirm');
  expect(get('hook-save-dialog').textContent).toContain('read-only file system');
  await click('hook-save-cancel');
  expect(draft().dirty).toBe(true);
});

test('a change elsewhere is loaded where nothing was changed here, and can be undone', async () => {
  await open();
  host.writeOutside(USER_FILE, '{ "hooks": {} }\n');
  await pass(50);
  expect([draft().text, draft().dirty]).toEqual(['{ "hooks": {} }\n', false]);
  expect(find('editor-loaded')).not.toBe(null);
  await click('hook-undo');
  expect([draft().text, draft().dirty]).toEqual([USER_TEXT, true]);
});

test('our own save is not told as one of somebody else, even if it is told before it is answered', async () => {
  await open();
  await choose('Stop', 0, 0);
  await type('hook-status', 'x');
  await click('hook-save');
  const save = host.saveHookFile.bind(host);
  vi.spyOn(host, 'saveHookFile').mockImplementationOnce(async (...args) => {
    const outcome = await save(...args);
    host.writeOutside(USER_FILE, args[2]);
    await pass(0);
    return outcome;
  });
  await click('hook-save-confirm');
  expect(find('hook-merge-dialog')).toBe(null);
  expect(get('hook-file-state').dataset['state']).toBe('saved');
});

test.each([
  ['hook-keep-mine', (mine: string) => mine, true],
  ['hook-take-theirs', () => '{ "hooks": {} }\n', false],
  ['hook-take-merged', (mine: string) => `<<<<<<<\n{ "hooks": {} }\n=======\n${mine}>>>>>>>\n`, true],
])('a change elsewhere while something is unsaved shows both: %s', async (choice, text, dirty) => {
  await open();
  await choose('Stop', 0, 0);
  await type('hook-status', 'x');
  const mine = draft().text;
  host.writeOutside(USER_FILE, '{ "hooks": {} }\n');
  await pass(50);
  expect(get('hook-conflicts').textContent).toContain('1 place');
  expect(draft().text).toBe(mine);
  await click(choice);
  expect([draft().text, draft().dirty, find('hook-merge-dialog')]).toEqual([text(mine), dirty, null]);
  await draft().undo();
});

test('a save of what changed on disk writes nothing and shows both', async () => {
  await open();
  await choose('Stop', 0, 0);
  await type('hook-status', 'x');
  await click('hook-save');
  host.disk.set(USER_FILE, '{}\n');
  await click('hook-save-confirm');
  expect(find('hook-merge-dialog')).not.toBe(null);
  expect(host.disk.get(USER_FILE)).toBe('{}\n');
});

test('an earlier version is put into the editor and can be undone', async () => {
  await open();
  await click('hook-versions');
  expect(all('hook-version')).toHaveLength(2);
  await click(all('hook-version')[0] as HTMLElement);
  expect(get('hook-version-diff').textContent).toContain('cargo test');
  await click('hook-restore');
  expect([draft().text, draft().dirty]).toEqual(['{ "hooks": {} }\n', true]);
  await click('hook-undo');
  expect(draft().text).toBe(USER_TEXT);
});

test('what was left is as it was left, and its file has a dot', async () => {
  await open();
  await choose('Stop', 0, 0);
  await type('hook-status', 'Kept');
  hooks.by = 'session';
  await pass(30);
  hooks.by = 'file';
  await pass(50);
  expect(EditorView.findFromDOM(get('raw'))?.state.sliceDoc()).toContain('Kept');
  expect(all('hook-file').filter((one) => one.dataset['dirty'] === 'true').map((one) => one.dataset['path'])).toEqual([USER_FILE]);
});

test.each<[string, () => void]>([
  ['the pointer leaves', () => document.body.dispatchEvent(new MouseEvent('mouseleave'))],
  ['the window is hidden', () => document.dispatchEvent(new Event('visibilitychange'))],
  ['the keyboard goes elsewhere', () => window.dispatchEvent(new FocusEvent('blur'))],
  ['another view is shown', () => flushSync(() => (hooks.by = 'session'))],
])('what is being typed is kept at once where %s', async (_, go) => {
  await open();
  await choose('Stop', 0, 0);
  const field = get('hook-status') as HTMLInputElement;
  field.value = 'At once';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  go();
  await pass(0);
  expect(host.hookDrafts.get(USER_FILE)?.text).toContain('At once');
});

test('a hook in front of others leaves an empty place behind, if so wished', async () => {
  await open();
  await choose('PreToolUse', 0, 0);
  await click('hook-remove');
  await click('hook-vacate');
  expect(calls('editHookText').at(-1)?.[2]).toEqual({ kind: 'vacate', event: 'PreToolUse', group: 0 });
  await choose('PreToolUse', 1, 0);
  await click('hook-remove');
  expect(find('hook-remove-dialog')).toBe(null);
  expect(calls('editHookText').at(-1)?.[2]).toEqual({ kind: 'remove', place: { event: 'PreToolUse', group: 1, handler: null } });
});

test('groups are moved, duplicated, recorded and given another event', async () => {
  await open();
  await choose('PreToolUse', 0, 0);
  await click('hook-down');
  expect(draft().reading.groups?.map(({ matcher }) => matcher)).toEqual(['apply_patch', 'Bash', null]);
  expect(draft().chosen).toEqual({ event: 'PreToolUse', group: 1, handler: 0 });
  await click('hook-duplicate');
  expect(draft().reading.groups?.map(({ matcher }) => matcher)).toEqual(['apply_patch', 'Bash', 'Bash', null]);
  await choose('PreToolUse', 0, 0);
  await click('hook-record');
  expect(draft().handler?.recorded).toBe(true);
  const event = get('hook-event') as HTMLSelectElement;
  event.value = 'PostToolUse';
  event.dispatchEvent(new Event('change', { bubbles: true }));
  await pass(50);
  expect(draft().chosen).toEqual({ event: 'PostToolUse', group: 0, handler: 0 });
});

test('a text that cannot be read has no form, and says where', async () => {
  host.disk.set(USER_FILE, '{ "hooks": ');
  await open();
  expect(get('hook-tree-empty').textContent).toContain('No form');
  expect(all('hook-fault').map((one) => one.dataset['code'])).toEqual(['syntax']);
});

test('a file that is not ours is only looked at, with the reason', async () => {
  host.disk.set('/etc/codex/hooks.json', USER_TEXT);
  await open('/etc/codex/hooks.json');
  expect(get('editor-read-only').textContent).toContain('administrator');
  expect(find('hook-save')).toBe(null);
  await choose('Stop', 0, 0);
  expect((get('hook-status') as HTMLInputElement).readOnly).toBe(true);
});

test('how it stands with a hook in the agent, and switching it', async () => {
  const key = `${USER_FILE}:stop:0:0`;
  host.hooksFound = hooksView({ hooks: [hook('Stop', 'cargo test --quiet', { key, trust: 'untrusted', whyNot: 'untrusted' })] });
  await open();
  await choose('Stop', 0, 0);
  expect(get('hook-standing').textContent).toContain('not trusted');
  await click('hook-enable');
  expect(calls('enableHook')).toEqual([[hooks.view?.folder, { key, hash: hooks.view?.hooks[0]?.hash }, false]]);
  await click('hook-trust');
  expect(calls('hookTrustItems')).toEqual([[hooks.view?.folder, [key]]]);
});

test('a hook whose script changed since is offered to be trusted again, with what changed', async () => {
  const key = `${USER_FILE}:stop:0:0`;
  const since = { at: '1700000000000', fields: [], scripts: [{ path: text('/home/ada/guard.sh'), diff: null }] };
  host.hooksFound = hooksView({ hooks: [hook('Stop', 'cargo test --quiet', { key, since })] });
  const item = { ...trustItem(key), runs: text('policy / check'), input: text('{"level":1}'), since };
  vi.spyOn(host, 'hookTrustItems').mockResolvedValue([item]);
  await open();
  await choose('Stop', 0, 0);
  expect(get('hook-since').textContent).toContain('/home/ada/guard.sh');
  await click('hook-trust');
  const shown = get('hook-trust-item').textContent;
  expect(shown).toContain('script changed since you trusted it');
  expect(shown).toContain('{"level":1}');
});

test('tools that were used are told apart from those of the agent', async () => {
  await open();
  await choose('PreToolUse', 0, null);
  await type('hook-matcher', 'mcp__.*');
  expect(get('hook-hits').textContent.replace(/\s+/g, ' ')).toContain('Matches 1 known tool mcp__github__create_issue and 1 that was used in the last 30 days: mcp__memory__search');
  expect(all('hook-hit-recorded')).toHaveLength(1);
});

test('a hook that is to be tried before the agent is seen to have it is tried as soon as it is', async () => {
  const key = `${USER_FILE}:stop:0:0`;
  host.hooksFound = hooksView({ hooks: [] });
  await open();
  await choose('Stop', 0, 0);
  const tab = (): HTMLElement => get('hook-form-tab').querySelector<HTMLElement>('[data-value=try]') ?? expect.fail('no tab');
  await click(tab());
  expect([find('trial-payload'), tab().getAttribute('aria-checked')]).toEqual([null, 'false']);
  host.hooksFound = hooksView({ hooks: [hook('Stop', 'cargo test --quiet', { key })] });
  await hooks.refresh();
  await pass(50);
  expect(find('trial-payload')).not.toBeNull();
});

test('a hook of the session is shown in its file', async () => {
  const key = `${USER_FILE}:pre_tool_use:1:0`;
  host.hooksFound = hooksView({ hooks: [hook('PreToolUse', 'node ~/.codex/hooks/paths.mjs', { key })] });
  await open('/home/ada/.codex/config.toml');
  await hooks.open(key, null);
  await pass(50);
  await click('hook-edit');
  expect([hooks.by, editor.shown, draft().handler?.key]).toEqual(['file', USER_FILE, key]);
  expect((get('hook-matcher') as HTMLInputElement).value).toBe('apply_patch');
});

test('Ctrl+S takes what is being typed with it', async () => {
  await open();
  await choose('Stop', 0, 0);
  const field = get('hook-status') as HTMLInputElement;
  field.value = 'At once';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  press(field, 's', { ctrlKey: true });
  await pass(50);
  expect(get('hook-save-dialog').textContent).toContain('At once');
});

test('500 hooks: only those in sight are drawn, and words find one', async () => {
  host.disk.set(USER_FILE, manyHooks(500));
  await open();
  expect(all('hook-tree-handler').length).toBeLessThan(60);
  editor.search = 'check-421.sh';
  await pass(30);
  expect(all('hook-tree-handler')).toHaveLength(1);
});

test('Windows line ends stay whole while one types, and the rest stays as it is', async () => {
  host.disk.set(USER_FILE, USER_TEXT.replaceAll('\n', '\r\n'));
  await open();
  const at = draft().text.indexOf('\r\n');
  const lines = (): number => draft().text.split('\r\n').length;
  const before = lines();
  const step = (changes: { from: number; to?: number; insert?: string }, userEvent: string): void => draft().dispatch({ changes, userEvent });
  step({ from: at, insert: '\n  ' }, 'input');
  expect([lines(), /(?<!\r)\n/.test(draft().text)]).toEqual([before + 1, false]);
  // At the beginning of a line, backspace takes the whole end of the one before.
  step({ from: at + 1, to: at + 2 }, 'delete.backward');
  expect([lines(), /\r(?!\n)|(?<!\r)\n/.test(draft().text)]).toEqual([before, false]);
  draft().dispatch({ selection: { anchor: draft().text.indexOf('\r\n') + 1 } });
  expect(draft().cm.selection.main.head).toBe(draft().text.indexOf('\r\n'));
});

test('of hundreds of faults some are drawn, and more where they are asked for', async () => {
  const faults = Array.from({ length: 150 }, (_, at) => diagnostic('ignored-key', 'warning', at, at + 1, `fault ${at}`));
  const list = mount(Faults, { target: document.body, props: { faults, onmend: null } });
  onTestFinished(() => unmount(list));
  expect(all('hook-fault')).toHaveLength(4);
  expect(get('hook-faults-more').textContent.trim()).toBe('146 more that are wrong');
  await click('hook-faults-more');
  await click('hook-faults-more');
  expect(all('hook-fault')).toHaveLength(150);
  expect(find('hook-faults-more')).toBeNull();
});

test('what is wrong is asked for anew when another language is spoken', async () => {
  await open();
  const before = calls('readHookText').length;
  speak('zh-CN');
  onTestFinished(() => speak('en'));
  await pass(50);
  expect(calls('readHookText').length).toBe(before + 1);
});
