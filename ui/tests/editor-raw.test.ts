/** What the raw text offers while one types. The caret is `^`. */

import { CompletionContext } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { language } from '../src/components/code/code';
import { complete } from '../src/features/editor/raw';
import type { NotationView } from '../src/ipc/dto';

/** The text after the offer of this label was taken; null where it was not offered. */
function taken(notation: NotationView, text: string, label: string): string | null {
  const at = text.indexOf('^');
  const state = EditorState.create({ doc: text.replace('^', ''), extensions: [language(notation)] });
  const found = complete(new CompletionContext(state, at, true), notation);
  const option = found?.options.find((one) => one.label === label);
  if (!found || option === undefined) return null;
  const insert = typeof option.apply === 'string' ? option.apply : option.label;
  return state.update({ changes: { from: found.from, to: found.to ?? at, insert } }).state.sliceDoc();
}

test.each([
  ['the file', '{ "^" }', 'hooks', '{ "hooks":  }'],
  ['events', '{ "hooks": { "Pre^" } }', 'PreToolUse', '{ "hooks": { "PreToolUse":  } }'],
  ['a group', '{ "hooks": { "Stop": [{ "m^": "x" }] } }', 'matcher', '{ "hooks": { "Stop": [{ "matcher": "x" }] } }'],
  ['a handler', '{ "hooks": { "Stop": [{ "hooks": [{ "ti^" }] }] } }', 'timeout', '{ "hooks": { "Stop": [{ "hooks": [{ "timeout":  }] }] } }'],
  ['a value', '{ "hooks": { "Stop": [{ "hooks": [{ "type": "c^" }] }] } }', '"command"', '{ "hooks": { "Stop": [{ "hooks": [{ "type": "command" }] }] } }'],
])('JSON: %s', (_name, text, label, wanted) => {
  expect(taken('json', text, label)).toBe(wanted);
});

test.each([
  ['an event', '[[hooks.Pre^]]', 'PreToolUse', '[[hooks.PreToolUse]]'],
  ['a key', '[[hooks.Stop.hooks]]\nti^', 'timeout', '[[hooks.Stop.hooks]]\ntimeout'],
  ['a value', 'type = ^', '"command"', 'type = "command"'],
])('TOML: %s', (_name, text, label, wanted) => {
  expect(taken('toml', text, label)).toBe(wanted);
});

test('nothing is offered where it cannot stand', () => {
  expect(taken('json', '{ "hooks": { "m^" } }', 'matcher')).toBe(null);
  expect(taken('json', '{ "hooks": { "Stop": [{ "hooks": [{ "command": "ec^" }] }] } }', 'timeout')).toBe(null);
});
