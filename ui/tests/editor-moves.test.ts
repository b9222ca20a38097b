/** A hook goes elsewhere; the caret in the text chooses one; files come by being dropped. */

import { EditorView } from '@codemirror/view';
import { flushSync, mount, unmount } from 'svelte';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import Screen from '../src/features/hooks/Hooks.svelte';
import { FakeHost } from '../src/ipc/fake';
import { hookFile, USER_FILE, USER_TEXT } from '../src/ipc/fake-editor';
import { Editor } from '../src/state/editor.svelte';
import type { HookDraft } from '../src/state/hook-draft.svelte';
import { Hooks } from '../src/state/hooks.svelte';
import { pass } from './support';
import { find, get, openMain, press } from './window';

const OTHER = '/home/ada/.config/hookwright/hooks.json';
let host: FakeHost;
let editor: Editor;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  host = new FakeHost();
  host.disk.set(OTHER, '{ "hooks": {} }\n');
  editor = new Editor(host);
});

const draft = (): HookDraft => editor.draft ?? expect.fail('no file is open');
const matchers = (of: HookDraft): string[] => (of.reading.groups ?? []).map(({ event, matcher, handlers }) => `${event}:${matcher}:${handlers.length}`);

async function open(): Promise<void> {
  const hooks = new Hooks(host);
  hooks.by = 'file';
  const page = mount(Screen, { target: document.body, props: { hooks, editor, onagents: () => {}, onruns: () => {} } });
  onTestFinished(async () => {
    await unmount(page);
    document.body.replaceChildren();
  });
  await pass(50);
  await editor.open(USER_FILE);
  await pass(50);
}

async function click(name: string): Promise<void> {
  get(name).click();
  await pass(30);
}

async function pick(name: string, value: string): Promise<void> {
  const field = get(name) as HTMLSelectElement;
  field.value = value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  flushSync();
  await pass(50);
}

async function choose(event: string, group: number, handler: number): Promise<void> {
  draft().choose({ event, group, handler });
  await pass(30);
}

test('a hook joins another group of its event, and its own group goes with it', async () => {
  await open();
  await choose('PreToolUse', 1, 0);
  await click('hook-move');
  expect([...(get('hook-move-group') as HTMLSelectElement).options].map(({ value }) => value)).toEqual(['0']);
  await click('hook-move-confirm');
  expect(matchers(draft())).toEqual(['PreToolUse:Bash:2', 'Stop:null:1']);
  expect(draft().chosen).toEqual({ event: 'PreToolUse', group: 0, handler: 1 });
  await draft().undo();
  expect(draft().text).toBe(USER_TEXT);
});

test('one of several hooks gets a group of its own with the same matcher', async () => {
  await open();
  await choose('PreToolUse', 0, 0);
  await click('hook-add-handler');
  expect(matchers(draft())[0]).toBe('PreToolUse:Bash:2');
  await click('hook-move');
  await click('hook-move-confirm');
  expect(matchers(draft())).toEqual(['PreToolUse:Bash:1', 'PreToolUse:apply_patch:1', 'PreToolUse:Bash:1', 'Stop:null:1']);
  expect(draft().chosen).toEqual({ event: 'PreToolUse', group: 2, handler: 0 });
});

test('a hook that goes to another file is added there and removed here; both are said, and neither is saved', async () => {
  await open();
  const disk = new Map(host.disk);
  await choose('PreToolUse', 0, 0);
  await click('hook-move');
  await pick('hook-move-file', OTHER);
  await click('hook-move-confirm');
  expect(matchers(draft())).toEqual(['PreToolUse:null:0', 'PreToolUse:apply_patch:1', 'Stop:null:1']);
  expect(get('editor-moved').textContent).toContain(OTHER);
  await click('editor-moved-other');
  expect([editor.shown, matchers(draft()), draft().dirty]).toEqual([OTHER, ['PreToolUse:Bash:1'], true]);
  expect(JSON.parse(draft().text).hooks.PreToolUse[0].hooks[0]).toEqual(JSON.parse(USER_TEXT).hooks.PreToolUse[0].hooks[0]);
  expect(get('editor-moved').textContent).toContain(USER_FILE);
  expect(host.disk).toEqual(disk);
  await pass(500);
  expect([...host.hookDrafts.keys()].sort()).toEqual([USER_FILE, OTHER].sort());

  await editor.askSave();
  await pass(30);
  expect([...get('hook-save-dialog').querySelectorAll<HTMLElement>('[data-effect]')].map((one) => one.dataset['effect'])).toEqual(['new']);
  await editor.save();
  await pass(30);
  expect(find('editor-moved'), 'the other one is not saved yet').not.toBeNull();
  await editor.open(USER_FILE);
  await editor.askSave();
  await editor.save();
  await pass(30);
  expect(find('editor-moved')).toBeNull();
});

test('what cannot be removed here is not added there', async () => {
  await open();
  await choose('Stop', 0, 0);
  await click('hook-move');
  await pick('hook-move-file', OTHER);
  const edit = host.editHookText.bind(host);
  vi.spyOn(host, 'editHookText').mockImplementation(async (path, ...rest) => {
    if (path === USER_FILE) throw { code: 'hookFile', detail: 'not safe' };
    return edit(path, ...rest);
  });
  await click('hook-move-confirm');
  expect(get('hook-move-dialog').textContent).toContain('not safe');
  expect([draft().text, editor.drafts.get(OTHER)?.text]).toEqual([USER_TEXT, host.disk.get(OTHER)]);
});

test('a click in the text chooses that hook, and takes no focus', async () => {
  await open();
  const view = EditorView.findFromDOM(get('raw')) ?? expect.fail('no text');
  const put = async (anchor: number): Promise<void> => {
    view.dispatch({ selection: { anchor }, userEvent: 'select.pointer' });
    await pass(30);
  };
  await put(USER_TEXT.indexOf('paths.mjs'));
  expect(draft().chosen).toEqual({ event: 'PreToolUse', group: 1, handler: 0 });
  expect((get('hook-matcher') as HTMLInputElement).value).toBe('apply_patch');
  await put(USER_TEXT.indexOf('"Bash"'));
  expect(draft().chosen, 'its only hook').toEqual({ event: 'PreToolUse', group: 0, handler: 0 });
  await put(0);
  expect(draft().chosen, 'between hooks the choice stays').toEqual({ event: 'PreToolUse', group: 0, handler: 0 });
  expect(view.state.selection.main.head).toBe(0);
  expect(get('raw').contains(document.activeElement) || document.activeElement === document.body).toBe(true);

  // In a text that is yet to be read.
  view.dispatch({ changes: { from: 0, insert: '\n\n' }, userEvent: 'input.type' });
  await put(draft().text.indexOf('cargo test'));
  await pass(300);
  expect(draft().chosen).toEqual({ event: 'Stop', group: 0, handler: 0 });
});

test('what is dropped on the window is listed, and the first of it is opened', async () => {
  const main = await openMain(host);
  const dropped = ['/srv/a/my hooks.json', '/srv/b/other.toml'].map((path) => hookFile(path, { kind: 'other' }));
  host.disk.set('/srv/a/my hooks.json', USER_TEXT);
  host.drag({ kind: 'over' });
  flushSync();
  expect(get('drop-zone').textContent).toContain('Drop hook files');
  host.drag({ kind: 'left' });
  flushSync();
  expect(find('drop-zone')).toBeNull();
  host.drag({ kind: 'over' });
  flushSync();
  press(window, 'Escape');
  expect(find('drop-zone'), 'nobody drags any more').toBeNull();

  host.drag({ kind: 'over' });
  host.drag({ kind: 'dropped', files: dropped, refused: { code: 'hookFile', detail: 'failed to open /srv/notes.txt' } });
  await pass(50);
  expect([find('drop-zone'), main.nav.screen, main.hooks.by, main.editor.shown]).toEqual([null, 'hooks', 'file', '/srv/a/my hooks.json']);
  expect(get('editor-drop-refused').textContent).toContain('/srv/notes.txt');
  await main.editor.refresh('/home/ada/src/shop-api');
  await pass(30);
  expect(main.editor.files?.map(({ path }) => path).slice(-2)).toEqual(dropped.map(({ path }) => path));
  await click('editor-drop-close');
  expect(find('editor-drop-refused')).toBeNull();
});

test('a drop of what is no hook file opens nothing, and says why', async () => {
  const main = await openMain(host);
  host.drag({ kind: 'dropped', files: [], refused: { code: 'hookFile', detail: 'it is not a regular file' } });
  await pass(50);
  expect([main.editor.shown, get('editor-drop-refused').textContent?.includes('regular file')]).toEqual([null, true]);
});
