/** Hooks that open sessions skip without a word, because nobody trusted them. Looked for while somebody can see it. */

import type { ChangeOf, UntrustedView } from '../ipc/dto';
import type { Host } from '../ipc/host';
import type { Follower } from './feed.svelte';

export class Untrusted implements Follower {
  /** As they were found last. */
  found = $state.raw<readonly UntrustedView[]>([]);
  /** Counts what may have changed it. Whoever shows it looks anew then. */
  changes = $state(0);

  #host: Pick<Host, 'untrustedHooks'>;
  #look = 0;

  constructor(host: Pick<Host, 'untrustedHooks'>) {
    this.#host = host;
  }

  load(): void {
    this.stir();
  }

  apply(change: ChangeOf): void {
    if (change.kind === 'attachedChanged') this.stir();
  }

  /** Hooks may be trusted now. */
  stir(): void {
    this.changes += 1;
  }

  /** Later looks win. */
  async refresh(): Promise<void> {
    const look = ++this.#look;
    try {
      const found = await this.#host.untrustedHooks();
      if (look === this.#look) this.found = found;
    } catch {
      // A server that has just ended says nothing of its sessions any more, and has none.
      if (look === this.#look) this.found = [];
    }
  }

  of(session: string | null): UntrustedView | undefined {
    return this.found.find((view) => view.session === session);
  }

  /** Of sessions that are not among these, one for each folder. */
  apart(sessions: ReadonlySet<string | null>): UntrustedView[] {
    const others = this.found.filter((view) => !sessions.has(view.session));
    return others.filter((view, at) => others.findIndex((other) => other.folder === view.folder) === at);
  }
}
