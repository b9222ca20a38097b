/**
 * Which key presses may stand for a person's will on this window. A key that repeats, that carries a modifier, that was
 * down before, or that may have been down while another window had the focus, does not.
 */

/**
 * After the window got the focus, for so long a key may still be one that was pressed elsewhere: its first repeat looks
 * like a press here.
 */
export const FOCUS_QUIET_MS = 1000;

export class Keys {
  #down = new Set<string>();
  #quietUntil: number;

  constructor() {
    this.#quietUntil = performance.now() + FOCUS_QUIET_MS;
  }

  /** Whether this is a fresh press of a plain key in the focused document. Must be told every press. */
  pressed(event: KeyboardEvent): boolean {
    const fresh = !event.repeat && !this.#down.has(event.code);
    this.#down.add(event.code);
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey && !event.isComposing;
    return fresh && plain && document.hasFocus();
  }

  released(event: KeyboardEvent): void {
    this.#down.delete(event.code);
  }

  /** Whether a press now surely began on this window. */
  surelyHere(): boolean {
    return performance.now() >= this.#quietUntil;
  }

  focused(): void {
    this.#quietUntil = performance.now() + FOCUS_QUIET_MS;
  }

  /** Releases are not seen any more. */
  blurred(): void {
    this.#down.clear();
  }
}
