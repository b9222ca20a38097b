/** The waiting requests, oldest first, and which of them is open. It never moves to another card while one can be decided. */

import type { Card, ChangeOf, Outcome, Snapshot } from '../ipc/dto';
import type { Follower } from './feed.svelte';

/** How long a card that was ended elsewhere stays. */
export const LINGER_MS = 2000;

/** A card on the screen. `outcome` is set once it can no longer be decided. */
export interface Open {
  card: Card;
  outcome: Outcome | null;
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
    return card === undefined ? null : { card, outcome: null };
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
      case 'hooksRan':
      case 'pauseChanged':
      case 'notesChanged':
      case 'settingsChanged':
      case 'rearmed':
      case 'rulesChanged':
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
      this.#ended = { card, outcome };
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
