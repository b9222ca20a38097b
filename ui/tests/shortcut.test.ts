import { expect, test } from 'vitest';
import { shortcutOf } from '../src/state/shortcut';

test.each<[KeyboardEventInit, string | null]>([
  [{ key: 'h', code: 'KeyH', ctrlKey: true, altKey: true }, 'Ctrl+Alt+H'],
  [{ key: 'A', code: 'KeyQ', metaKey: true, shiftKey: true }, 'Shift+Super+A'],
  [{ key: '!', code: 'Digit1', ctrlKey: true, shiftKey: true }, 'Ctrl+Shift+1'],
  [{ key: ' ', code: 'Space', altKey: true }, 'Alt+Space'],
  [{ key: 'F12', code: 'F12', metaKey: true }, 'Super+F12'],
  [{ key: 'р', code: 'KeyH', ctrlKey: true }, 'Ctrl+H'],
  [{ key: 'h', code: 'KeyH' }, null],
  [{ key: 'H', code: 'KeyH', shiftKey: true }, null],
  [{ key: 'Control', code: 'ControlLeft', ctrlKey: true }, null],
  [{ key: 'F13', code: 'F13', ctrlKey: true }, null],
])('%o is %s', (init, expected) => {
  expect(shortcutOf(new KeyboardEvent('keydown', init))).toBe(expected);
});
