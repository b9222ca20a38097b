/** Which screen of the main window is shown. */

import type { ChangeOf } from '../ipc/dto';
import type { Follower } from './feed.svelte';

/** In the order of the sidebar, and of Ctrl+1 and its neighbours. */
export const SCREENS = ['requests', 'live', 'hooks', 'history', 'rules', 'agents', 'settings'] as const;
export type Screen = (typeof SCREENS)[number];

export class Nav implements Follower {
  screen = $state<Screen>('requests');
  /** Counts the arrivals at a screen, so that coming to the same one again is news. */
  arrivals = $state(0);

  go(screen: Screen): void {
    this.screen = screen;
    this.arrivals += 1;
  }

  load(): void {}

  /** A request that was picked elsewhere (the tray) is on the Requests screen. */
  apply(change: ChangeOf): void {
    if (change.kind === 'requestPicked' && this.screen !== 'requests') this.go('requests');
  }
}
