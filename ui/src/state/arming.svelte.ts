/**
 * When Allow counts on the card of this window: all of it was painted and read to its end, and the time the backend asks
 * for is over. The backend refuses an early Allow in any case; this keeps the button honest.
 */

import type { Card, Failure } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';

/** A press that began while Allow counted. It stands for the arming it began under, and for no later one. */
export interface Press {
  readonly run: number;
}

export class Arming {
  /** `unread`: its end has not been seen yet; `waiting`: the time is running. */
  state = $state<'unread' | 'waiting' | 'armed'>('unread');
  /** What is left of the time when it was last asked for, in milliseconds. */
  leftMs = $state(0);
  failure = $state.raw<Failure | null>(null);

  #host: Pick<Host, 'painted'>;
  #card: Card | null = null;
  #read = false;
  #run = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Pick<Host, 'painted'>) {
    this.#host = host;
  }

  /** This card is in the document now. Another id or digest starts from nothing. */
  show(card: Card | null): void {
    if (card?.id === this.#card?.id && card?.digest === this.#card?.digest) return;
    this.#card = card;
    this.#read = false;
    this.failure = null;
    this.again();
  }

  /** The end of the card is, or has been, in view. */
  readToEnd(): void {
    if (this.#read) return;
    this.#read = true;
    this.again();
  }

  /** Something may have changed what is on the screen: ask anew how long Allow is refused. */
  again(): void {
    const run = ++this.#run;
    clearTimeout(this.#timer);
    this.state = this.#card !== null && this.#read ? 'waiting' : 'unread';
    this.leftMs = 0;
    if (this.#card !== null && this.#read && document.visibilityState === 'visible') {
      void this.#report(run, this.#card);
    }
  }

  /** A press of Allow begins. Null while Allow does not count. */
  press(): Press | null {
    return this.state === 'armed' ? { run: this.#run } : null;
  }

  /** Whether that press still stands for what is on the screen. */
  counts(press: Press | null): boolean {
    return press !== null && this.state === 'armed' && press.run === this.#run;
  }

  async #report(run: number, card: Card): Promise<void> {
    await twoFrames();
    if (run !== this.#run) return;
    try {
      const { leftMs } = await this.#host.painted(card.id, card.digest);
      if (run !== this.#run) return;
      this.leftMs = leftMs;
      this.#timer = setTimeout(() => (this.state = 'armed'), leftMs);
    } catch (error) {
      if (run === this.#run) this.failure = asFailure(error);
    }
  }
}

/** Resolves when what is in the document now has been painted. */
function twoFrames(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}
