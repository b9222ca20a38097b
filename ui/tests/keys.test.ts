import { beforeEach, expect, test, vi } from 'vitest';
import { FOCUS_QUIET_MS, Keys } from '../src/state/keys';

let keys: Keys;
const a = (over: KeyboardEventInit = {}): KeyboardEvent => new KeyboardEvent('keydown', { key: 'a', code: 'KeyA', ...over });

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
  keys = new Keys();
});

test('a key counts once until it is released', () => {
  expect(keys.pressed(a())).toBe(true);
  expect(keys.pressed(a())).toBe(false);
  keys.released(a());
  expect(keys.pressed(a())).toBe(true);
});

test.each([{ repeat: true }, { ctrlKey: true }, { altKey: true }, { metaKey: true }, { shiftKey: true }])(
  '%o does not count',
  (over) => {
    expect(keys.pressed(a(over))).toBe(false);
    expect(keys.pressed(a())).toBe(false);
  },
);

test('nothing counts without the focus', () => {
  vi.mocked(document.hasFocus).mockReturnValue(false);
  expect(keys.pressed(a())).toBe(false);
});

test('right after the focus came, a press may have begun elsewhere', () => {
  vi.advanceTimersByTime(FOCUS_QUIET_MS);
  expect(keys.surelyHere()).toBe(true);
  keys.blurred();
  keys.focused();
  expect(keys.surelyHere()).toBe(false);
  vi.advanceTimersByTime(FOCUS_QUIET_MS);
  expect(keys.surelyHere()).toBe(true);
});
