/** Keeps a window in the one order: a snapshot first, then every later step, and a new snapshot after a gap. */

import type { ChangeOf, Failure, Snapshot, Update } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';

/** A controller that lives from the feed. */
export interface Follower {
  load(snapshot: Snapshot): void;
  apply(change: ChangeOf): void;
}

export class Feed {
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | null>(null);

  #host: Pick<Host, 'subscribe'>;
  #followers: readonly Follower[];
  /** Streams of earlier subscriptions are ignored. */
  #stream = 0;

  constructor(host: Pick<Host, 'subscribe'>, followers: readonly Follower[]) {
    this.#host = host;
    this.#followers = followers;
  }

  async start(): Promise<void> {
    const stream = ++this.#stream;
    const early: Update[] = [];
    let at: bigint | null = null;

    const take = (update: Update): void => {
      if (stream !== this.#stream) return;
      if (at === null) {
        early.push(update);
        return;
      }
      const seq = BigInt(update.seq);
      if (seq <= at) return;
      if (seq !== at + 1n) {
        void this.start();
        return;
      }
      at = seq;
      for (const follower of this.#followers) follower.apply(update.change);
    };

    try {
      const snapshot = await this.#host.subscribe(take);
      if (stream !== this.#stream) return;
      for (const follower of this.#followers) follower.load(snapshot);
      at = BigInt(snapshot.seq);
      this.status = 'ready';
      this.failure = null;
      for (const update of early) take(update);
    } catch (error) {
      if (stream !== this.#stream) return;
      this.status = 'failed';
      this.failure = asFailure(error);
    }
  }
}
