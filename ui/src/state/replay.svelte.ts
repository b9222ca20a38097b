/** Goes through the runs that are listed in the order in which they began, one after the other. */

import type { PastRun } from '../ipc/dto';

/** How long a person looks at each. */
export const EACH_MS = 1500;

/** What is gone through; the newest is listed first. */
interface Listed {
  readonly rows: readonly PastRun[];
  readonly selected: string | null;
  readonly whole: boolean;
  more(): Promise<void>;
  select(id: string | null): Promise<void>;
}

export class Replay {
  playing = $state(false);

  #runs: Listed;
  #next: ReturnType<typeof setTimeout> | undefined;

  constructor(runs: Listed) {
    this.#runs = runs;
  }

  /** Which one is chosen, the first being 1; 0: none of them. */
  get at(): number {
    const index = this.#runs.rows.findIndex((row) => row.id === this.#runs.selected);
    return index < 0 ? 0 : this.#runs.rows.length - index;
  }

  get count(): number {
    return this.#runs.rows.length;
  }

  /** To the next one, or back. */
  step(by: 1 | -1): void {
    const row = this.#runs.rows[this.count - this.at - by];
    if (row !== undefined) void this.#runs.select(row.id);
  }

  /** From the first one to the last; on from the chosen one if that is neither. */
  async play(): Promise<void> {
    this.playing = true;
    while (!this.#runs.whole) {
      const before = this.count;
      await this.#runs.more();
      if (this.count === before) break;
    }
    if (!this.playing) return;
    if (this.at === 0 || this.at === this.count) void this.#runs.select(this.#runs.rows.at(-1)?.id ?? null);
    this.#wait();
  }

  stop(): void {
    this.playing = false;
    clearTimeout(this.#next);
  }

  #wait(): void {
    clearTimeout(this.#next);
    if (this.at === this.count) this.stop();
    else {
      this.#next = setTimeout(() => {
        this.step(1);
        this.#wait();
      }, EACH_MS);
    }
  }
}
