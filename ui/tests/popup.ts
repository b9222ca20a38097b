/** The popup over the scripted host, and what a person does with it. */

import { flushSync, mount, unmount } from 'svelte';
import { onTestFinished, vi } from 'vitest';
import Popup from '../src/features/popup/Popup.svelte';
import type { FakeHost } from '../src/ipc/fake';
import type { Card } from '../src/ipc/dto';
import { Desk } from '../src/state/desk.svelte';
import { Feed } from '../src/state/feed.svelte';
import { pass } from './support';
import { get } from './window';

/** Longer than arming and than the quiet after the focus. */
export const READY = 1200;

/** The popup with these requests, until the end of the test. It has the focus and can be seen. */
export async function openPopup(host: FakeHost, ...waiting: Card[]): Promise<void> {
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  // This document has no animations that could be taken back in peace.
  vi.spyOn(Element.prototype, 'animate').mockReturnValue({ cancel: () => {} } as Animation);
  host.snapshot.waiting = waiting;
  const desk = new Desk(host, 'popup');
  const feed = new Feed(host, [desk.queue, desk]);
  const page = mount(Popup, { target: document.body, props: { host, desk, feed } });
  onTestFinished(async () => {
    await unmount(page);
    document.body.replaceChildren();
  });
  await feed.start();
  await pass(0);
}

/** What was decided: ids and choices. */
export const decisions = (host: FakeHost): unknown[] =>
  host.calls.filter(([name]) => name === 'decide').map(([, id, , choice]) => [id, choice]);

export function click(test: string, down = true): void {
  const button = get(test);
  if (down) button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, isPrimary: true, button: 0 }));
  button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
  flushSync();
}

export function key(name: string, over: KeyboardEventInit = {}, target: EventTarget = document.body): void {
  const init = { key: name, code: `Key${name.toUpperCase()}`, bubbles: true, cancelable: true, ...over };
  target.dispatchEvent(new KeyboardEvent('keydown', init));
  target.dispatchEvent(new KeyboardEvent('keyup', init));
  flushSync();
}
