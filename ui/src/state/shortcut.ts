/** The shortcut that a key press stands for, as the settings write it: `Ctrl+Alt+H`. Null where it can be none. */
export function shortcutOf(event: KeyboardEvent): string | null {
  const key = name(event);
  if (key === null || !(event.ctrlKey || event.altKey || event.metaKey)) return null;
  const held = [event.ctrlKey && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift', event.metaKey && 'Super'];
  return [...held.filter((modifier) => modifier !== false), key].join('+');
}

/** What the key gives without modifiers, where that can be told. */
function name({ key, code }: KeyboardEvent): string | null {
  if (/^[a-z0-9]$/i.test(key)) return key.toUpperCase();
  if (/^F([1-9]|1[0-2])$/.test(key)) return key;
  if (code === 'Space') return code;
  return /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? null;
}
