/** What is not saved outlives the window. */

import { beforeEach, expect, test, vi } from 'vitest';
import { FakeHost } from '../src/ipc/fake';
import { USER_FILE, USER_TEXT } from '../src/ipc/fake-editor';
import { Editor } from '../src/state/editor.svelte';
import type { HookDraft } from '../src/state/hook-draft.svelte';
import { pass } from './support';

const MINE = USER_TEXT.replace('cargo test', 'nice cargo test');
let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

/** The editor of a new window, with the file open. */
async function open(): Promise<{ editor: Editor; draft: HookDraft }> {
  const editor = new Editor(host);
  await editor.refresh(null);
  await editor.open(USER_FILE);
  return { editor, draft: editor.draft ?? expect.fail('it is not open') };
}

const type = (draft: HookDraft): void => draft.dispatch({ changes: { from: draft.text.indexOf('cargo test'), insert: 'nice ' }, userEvent: 'input.type' });
const kept = (): string | undefined => host.hookDrafts.get(USER_FILE)?.text;

test('what is typed is kept within half a second, and shown as unsaved by the next window', async () => {
  const before = await open();
  type(before.draft);
  await pass(500);
  expect(kept()).toBe(MINE);

  const { editor, draft } = await open();
  expect([draft.text, draft.base, draft.dirty, draft.fresh, draft.merge]).toEqual([MINE, USER_TEXT, true, true, null]);
  expect(editor.files?.filter((file) => file.drafted).map(({ path }) => path)).toEqual([USER_FILE]);
  expect(draft.reading.groups).toHaveLength(3);
  await draft.undo();
  expect([draft.text, draft.dirty]).toEqual([USER_TEXT, false]);
  await pass(500);
  expect(kept()).toBeUndefined();
});

test('where the window goes, what was typed last is kept first, also in a field', async () => {
  const { editor, draft } = await open();
  draft.type('x', 'Guarding', { kind: 'setMatcher', event: 'PreToolUse', group: 1, matcher: 'Edit' });
  await editor.keepDrafts();
  expect(kept()).toContain('"matcher": "Edit"');
});

test('where the file changed meanwhile, both are shown', async () => {
  const before = await open();
  type(before.draft);
  await pass(500);
  const theirs = USER_TEXT.replace('timeoutSec', 'timeout');
  host.disk.set(USER_FILE, theirs);
  const { draft } = await open();
  expect(host.calls.find(([name]) => name === 'mergeHookFile')).toEqual(['mergeHookFile', USER_FILE, USER_TEXT, MINE]);
  expect(draft.merge?.theirs).toBe(theirs);
  await draft.settle(draft.merge ?? expect.fail('nothing to merge'), MINE);
  await pass(500);
  const { digest } = await host.openHookFile(USER_FILE);
  expect(host.hookDrafts.get(USER_FILE)).toEqual({ text: MINE, base: theirs, digest, templates: [] });
});

test('nothing is kept of what was saved, discarded, or is as on disk', async () => {
  const { editor, draft } = await open();
  type(draft);
  await pass(500);
  await draft.discard();
  await pass(500);
  expect([draft.text, kept()]).toEqual([USER_TEXT, undefined]);
  await draft.undo();
  await pass(500);
  expect(kept()).toBe(MINE);

  await editor.askSave();
  await editor.save();
  await pass(500);
  expect([host.disk.get(USER_FILE), kept()]).toEqual([MINE, undefined]);
  const calls = host.calls.filter(([name]) => name === 'keepHookDraft').length;
  await editor.keepDrafts();
  expect(host.calls.filter(([name]) => name === 'keepHookDraft')).toHaveLength(calls);
});

test('what could not be kept is told, and tried again', async () => {
  const { editor, draft } = await open();
  host.refuse = { name: 'keepHookDraft', failure: { code: 'files', detail: 'no space left' } };
  type(draft);
  await pass(500);
  expect([draft.failure?.detail, kept()]).toEqual(['no space left', undefined]);
  await editor.keepDrafts();
  expect(kept()).toBe(MINE);
});

test('the script of a hook from the gallery is still to be written after a restart', async () => {
  const before = await open();
  await before.editor.add(host.templates[0] ?? expect.fail('no template'));
  await pass(500);
  const { editor } = await open();
  await editor.askSave();
  expect(editor.asked).toMatchObject({ kind: 'save', scripts: [{ id: 'guardCommands' }] });
});
