/** What a person set: it holds in this window as soon as the program says so, language and theme included. */

import type { ChangeOf, Failure, Setting, SettingsView, Snapshot } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import { speak } from '../messages';
import type { Follower } from './feed.svelte';
import { Projects } from './settings-projects.svelte';
import { WaitingTimes } from './settings-waiting.svelte';

/** How long it is told that a setting was saved. */
export const SAVED_MS = 4000;

/** What a person may have asked for here. */
export type Asked = Setting['kind'] | 'dataFolder';

export class Settings implements Follower {
  /** Null until the first snapshot. */
  view = $state.raw<SettingsView | null>(null);
  /** The setting that was just saved. */
  saved = $state<Setting['kind'] | null>(null);
  /** Why the last call was refused. */
  refused = $state.raw<{ asked: Asked; failure: Failure } | null>(null);
  /** The first run is shown. */
  welcoming = $state(false);
  readonly waiting = new WaitingTimes(this);
  readonly projects = new Projects(this);

  #host: Pick<Host, 'changeSetting' | 'openDataFolder'>;
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Pick<Host, 'changeSetting' | 'openDataFolder'>) {
    this.#host = host;
  }

  load(snapshot: Snapshot): void {
    if (this.view === null) this.welcoming = !snapshot.settings.welcomed;
    this.#take(snapshot.settings);
  }

  apply(change: ChangeOf): void {
    if (change.kind === 'settingsChanged') this.#take(change.settings);
  }

  /** Why this was refused the last time. */
  failure(asked: Asked): Failure | null {
    return this.refused?.asked === asked ? this.refused.failure : null;
  }

  /** Saves one setting. Resolves with whether it was taken. */
  async change(setting: Setting): Promise<boolean> {
    clearTimeout(this.#telling);
    this.saved = null;
    const taken = await this.#call(setting.kind, () => this.#host.changeSetting(setting));
    if (taken) {
      this.saved = setting.kind;
      this.#telling = setTimeout(() => (this.saved = null), SAVED_MS);
    }
    return taken;
  }

  async openDataFolder(): Promise<void> {
    await this.#call('dataFolder', () => this.#host.openDataFolder());
  }

  /** The first run is over. It is left even where that can't be saved; then it comes again at the next start. */
  welcomed(): void {
    this.welcoming = false;
    void this.change({ kind: 'welcomed', value: true });
  }

  #take(view: SettingsView): void {
    this.view = view;
    speak(view.speaks);
    document.documentElement.dataset['theme'] = view.theme;
  }

  async #call(asked: Asked, send: () => Promise<void>): Promise<boolean> {
    this.refused = null;
    try {
      await send();
      return true;
    } catch (error) {
      this.refused = { asked, failure: asFailure(error) };
      return false;
    }
  }
}
