/** The waiting requests, oldest first, and which of them is open. It never moves to another card while one can be decided. */

import type { Card, ChangeOf, Outcome, Shown, Snapshot, Taken } from '../ipc/dto';
import type { Follower } from './feed.svelte';

/** How long a card that was ended elsewhere stays. */
export const LINGER_MS = 2000;

/** A card on the screen. `outcome` is set once it can no longer be decided; `taken`: what is known of the reply. */
export interface Open {
  card: Card;
  outcome: Outcome | null;
  taken: Taken;
}

/** The agent's own answer that refuses and lets it go on. */
export const DECLINE = 'decline';

/** Where the agent's own answer of this code stands among those it offers; null: it does not offer that. */
export function placeOf({ offers }: Shown, code: string): number | null {
  const place = offers?.findIndex((offer) => offer.code === code) ?? -1;
  return place < 0 ? null : place;
}

export class Queue implements Follower {
  waiting = $state.raw<readonly Card[]>([]);
  /** The request that came last, to be announced. */
  latest = $state.raw<Card | null>(null);

  #openId = $state<string | null>(null);
  #ended = $state.raw<Open | null>(null);
  #lingering: ReturnType<typeof setTimeout> | undefined;
  /** Answered in this window: these go without lingering. */
  #answering = new Set<string>();

  /** What the window shows: the card that just ended, else the open one. */
  get current(): Open | null {
    if (this.#ended !== null) return this.#ended;
    const card = this.waiting[this.index];
    return card === undefined ? null : { card, outcome: null, taken: 'waiting' };
  }

  /** Where the open card stands in `waiting`; -1 when nothing waits. */
  get index(): number {
    return this.waiting.findIndex((card) => card.id === this.#openId);
  }

  /** The waiting request of this id. */
  card(id: string): Card | undefined {
    return this.waiting.find((card) => card.id === id);
  }

  /** How many requests of this session wait. */
  ofSession(session: string): number {
    return this.waiting.filter((card) => card.shown.session === session).length;
  }

  /** Those of them that can be denied: not every agent's terminal takes a refusal that lets it go on. */
  deniable(session: string): readonly Card[] {
    const takes = (shown: Shown): boolean => shown.offers === null || placeOf(shown, DECLINE) !== null;
    return this.waiting.filter((card) => card.shown.session === session && takes(card.shown));
  }

  load(snapshot: Snapshot): void {
    this.waiting = snapshot.waiting;
    if (snapshot.picked !== null) this.open(snapshot.picked);
    if (this.index < 0) this.#openId = this.waiting[0]?.id ?? null;
  }

  apply(change: ChangeOf): void {
    switch (change.kind) {
      case 'requestOpened':
        this.#opened(change.card);
        break;
      case 'requestEnded':
        this.#endedElsewhere(change.id, change.outcome);
        break;
      case 'requestPicked':
        this.open(change.id);
        break;
      case 'replyTaken':
        if (this.#ended?.card.id === change.id) this.#ended = { ...this.#ended, taken: change.taken };
        break;
      case 'hooksRan':
      case 'pauseChanged':
      case 'notesChanged':
      case 'settingsChanged':
      case 'rearmed':
      case 'rulesChanged':
      case 'attachedChanged':
      case 'ruleAsked':
      case 'quitAsked':
        break;
    }
  }

  /** Shows this card, if it still waits. */
  open(id: string): void {
    if (this.card(id) === undefined) return;
    this.#part();
    this.#openId = id;
  }

  /** Goes `by` cards on, and stays at the ends. */
  step(by: 1 | -1): void {
    const card = this.waiting[this.index + by];
    if (card !== undefined) this.open(card.id);
  }

  /** An answer to this request is under way: its end needs no telling. */
  answering(id: string): void {
    this.#answering.add(id);
  }

  /** That answer was refused. */
  notAnswered(id: string): void {
    this.#answering.delete(id);
  }

  /** That answer was taken: on to the next card. */
  answered(id: string): void {
    this.#remove(id);
  }

  #opened(card: Card): void {
    const known = this.waiting.some((other) => other.id === card.id);
    this.waiting = known
      ? this.waiting.map((other) => (other.id === card.id ? card : other))
      : [...this.waiting, card];
    this.latest = card;
    if (this.index < 0) this.#openId = card.id;
  }

  #endedElsewhere(id: string, outcome: Outcome): void {
    const card = this.card(id);
    const here = this.#answering.delete(id);
    if (card === undefined) return;
    if (id === this.#openId && this.#ended === null && !here) {
      this.#ended = { card, outcome, taken: 'waiting' };
      this.#lingering = setTimeout(() => this.#part(), LINGER_MS);
    }
    this.#remove(id);
  }

  #remove(id: string): void {
    const index = this.waiting.findIndex((card) => card.id === id);
    if (index < 0) return;
    this.waiting = this.waiting.filter((card) => card.id !== id);
    if (id === this.#openId) this.#openId = (this.waiting[index] ?? this.waiting[0])?.id ?? null;
  }

  #part(): void {
    clearTimeout(this.#lingering);
    this.#ended = null;
  }
}
