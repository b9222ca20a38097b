/** What holds for the whole program: version, notes, pause, and the question before it quits. */

import type { ChangeOf, Failure, Note, Paused, Snapshot } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import type { Follower } from './feed.svelte';

export class Standing implements Follower {
  version = $state('');
  notes = $state.raw<readonly Note[]>([]);
  paused = $state.raw<Paused | null>(null);
  /** How many requests wait, while the person is asked whether to quit. */
  quitting = $state<number | null>(null);
  /** Why the last of these calls failed. */
  failure = $state.raw<Failure | null>(null);

  #host: Pick<Host, 'pause' | 'resume' | 'quit'>;

  constructor(host: Pick<Host, 'pause' | 'resume' | 'quit'>) {
    this.#host = host;
  }

  load(snapshot: Snapshot): void {
    this.version = snapshot.version;
    this.notes = snapshot.notes;
    this.paused = snapshot.paused;
    this.quitting = snapshot.quitAsked ? snapshot.waiting.length : null;
  }

  apply(change: ChangeOf): void {
    if (change.kind === 'pauseChanged') this.paused = change.paused;
    if (change.kind === 'notesChanged') this.notes = change.notes;
    if (change.kind === 'quitAsked') this.quitting = change.waiting;
  }

  pause(minutes: number | null): Promise<void> {
    return this.#call(() => this.#host.pause(minutes));
  }

  resume(): Promise<void> {
    return this.#call(() => this.#host.resume());
  }

  /** Answers the question; a second answer to the same question is dropped. */
  async quit(handBack: boolean): Promise<void> {
    if (this.quitting === null) return;
    this.quitting = null;
    await this.#call(() => this.#host.quit(handBack));
  }

  async #call(send: () => Promise<void>): Promise<void> {
    this.failure = null;
    try {
      await send();
    } catch (error) {
      this.failure = asFailure(error);
    }
  }
}
