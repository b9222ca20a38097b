/** The main window over the scripted host, as a person meets it. */

import { flushSync, mount, unmount } from 'svelte';
import { expect, onTestFinished, vi } from 'vitest';
import Main from '../src/features/Main.svelte';
import { byFile } from '../src/features/hooks/by-file';
import type { FakeHost } from '../src/ipc/fake';
import { drafts } from '../src/state/editor.svelte';
import { MainWindow } from '../src/state/main';
import { pass } from './support';

// What is loaded when it is needed takes real time, which no test of the windows waits for.
await Promise.all([byFile(), drafts()]);

export const find = (test: string): HTMLElement | null => document.querySelector(`[data-test="${test}"]`);
export const get = (test: string): HTMLElement => find(test) ?? expect.fail(`no ${test}`);

/** The main window over this host, until the end of the test. */
export async function openMain(host: FakeHost): Promise<MainWindow> {
  // This document has no animations that could be taken back in peace.
  vi.spyOn(Element.prototype, 'animate').mockReturnValue({ cancel: () => {} } as Animation);
  const main = new MainWindow(host);
  const page = mount(Main, { target: document.body, props: { main } });
  onTestFinished(async () => {
    await unmount(page);
    document.body.replaceChildren();
  });
  await main.feed.start();
  await main.drops.follow();
  await pass(0);
  return main;
}

export function press(target: EventTarget, key: string, over: KeyboardEventInit = {}): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...over }));
  flushSync();
}
