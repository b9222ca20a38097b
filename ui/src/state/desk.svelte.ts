/** Where a person decides: the queue, the arming of the open card, the words for a deny, and the answer itself. */

import { SvelteMap } from 'svelte/reactivity';
import type { Card, ChangeOf, Choice, Failure, Surface } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import { Arming, type Press } from './arming.svelte';
import type { Follower } from './feed.svelte';
import { DECLINE, placeOf, Queue } from './queue.svelte';

/** A deny being written. Kept per card, so that nothing typed is lost when the card changes. */
export interface Draft {
  open: boolean;
  text: string;
}

const NO_DRAFT: Draft = { open: false, text: '' };

export class Desk implements Follower {
  readonly surface: Surface;
  readonly queue = new Queue();
  readonly arming: Arming;
  /** An answer is under way. */
  busy = $state(false);

  #host: Pick<Host, 'decide' | 'denySession'>;
  #drafts = new SvelteMap<string, Draft>();
  #failed = $state.raw<{ id: string; failure: Failure } | null>(null);

  constructor(host: Pick<Host, 'decide' | 'denySession' | 'painted'>, surface: Surface) {
    this.#host = host;
    this.surface = surface;
    this.arming = new Arming(host);
  }

  load(): void {
    // A new snapshot may have skipped a `rearmed`.
    this.arming.again();
  }

  apply(change: ChangeOf): void {
    if (change.kind === 'rearmed' && change.window === this.surface) this.arming.again();
    if (change.kind === 'requestEnded') this.#drafts.delete(change.id);
  }

  draft(card: Card): Draft {
    return this.#drafts.get(card.id) ?? NO_DRAFT;
  }

  write(card: Card, draft: Partial<Draft>): void {
    this.#drafts.set(card.id, { ...this.draft(card), ...draft });
  }

  /** Why the last answer to this card, or its arming, was refused. */
  failure(card: Card): Failure | null {
    return this.#failed?.id === card.id ? this.#failed.failure : this.arming.failure;
  }

  /** Allow, if the press began and ended while it counts. */
  async allow(card: Card, press: Press | null): Promise<void> {
    if (this.arming.counts(press)) await this.#decide(card, { kind: 'allow' });
  }

  /** Allows it, and what its session rule says for the rest of the session; armed as {@link allow}. */
  async allowSession(card: Card, press: Press | null): Promise<void> {
    if (this.arming.counts(press)) await this.#decide(card, { kind: 'allowSession' });
  }

  async deny(card: Card): Promise<void> {
    const message = this.draft(card).text.trim();
    const place = placeOf(card.shown, DECLINE);
    await this.#decide(card, place === null ? { kind: 'deny', message } : { kind: 'offered', place, message });
  }

  /** One of the agent's own answers, by its place. What allows is armed as {@link allow}. */
  async choose(card: Card, place: number, press: Press | null): Promise<void> {
    const effect = card.shown.offers?.[place]?.effect;
    if (effect === 'refuses' || (effect === 'allows' && this.arming.counts(press))) {
      await this.#decide(card, { kind: 'offered', place });
    }
  }

  async leave(card: Card): Promise<void> {
    await this.#decide(card, { kind: 'leave' });
  }

  async denySession(card: Card): Promise<void> {
    const { session } = card.shown;
    const ids = this.queue.deniable(session).map((other) => other.id);
    await this.#answer(card, ids, () => this.#host.denySession(session, this.draft(card).text.trim()));
  }

  async #decide(card: Card, choice: Choice): Promise<void> {
    await this.#answer(card, [card.id], () => this.#host.decide(card.id, card.digest, choice));
  }

  async #answer(card: Card, ids: readonly string[], send: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.#failed = null;
    for (const id of ids) this.queue.answering(id);
    try {
      await send();
      for (const id of ids) this.queue.answered(id);
    } catch (error) {
      for (const id of ids) this.queue.notAnswered(id);
      this.#failed = { id: card.id, failure: asFailure(error) };
    } finally {
      this.busy = false;
    }
  }
}
