/** The waiting times as they are typed. What is not saved yet stays here, also while another screen is shown. */

import { SvelteMap } from 'svelte/reactivity';
import type { WaitingView } from '../ipc/dto';
import type { Settings } from './settings.svelte';

export const SHORTEST_S = 5;
/** Below the timeout of the agent's own entry. */
export const LONGEST_S = 86_000;

const SECONDS = { seconds: 1, minutes: 60 } as const;
export type Unit = keyof typeof SECONDS;
export const UNITS: readonly Unit[] = ['seconds', 'minutes'];

export interface Typed {
  number: string;
  unit: Unit;
  /** It was to be saved as it stands, and could not be. */
  refused: 'no' | 'invalid' | 'failed';
}

/** A waiting time that can be set. */
export interface Timed {
  /** Names it among all. */
  key: string;
  /** Null: as elsewhere. */
  seconds: number | null;
  /** It may be as elsewhere. */
  optional: boolean;
  /** Resolves with whether it was taken. */
  save: (seconds: number | null) => Promise<boolean>;
}

export class WaitingTimes {
  #settings: Pick<Settings, 'change'>;
  #typed = new SvelteMap<string, Typed>();
  #saving = new Set<string>();

  constructor(settings: Pick<Settings, 'change'>) {
    this.#settings = settings;
  }

  ofAgent({ agent, seconds }: WaitingView): Timed {
    const save = (seconds: number | null): Promise<boolean> =>
      seconds === null ? Promise.resolve(false) : this.#settings.change({ kind: 'waiting', agent, seconds });
    return { key: `agent ${agent}`, seconds, optional: false, save };
  }

  /** What the fields show. */
  shown({ key, seconds }: Timed): Typed {
    return this.#typed.get(key) ?? held(seconds);
  }

  type(timed: Timed, change: Partial<Pick<Typed, 'number' | 'unit'>>): void {
    this.#typed.set(timed.key, { ...this.shown(timed), ...change, refused: 'no' });
  }

  restore({ key }: Timed): void {
    this.#typed.delete(key);
  }

  /** Saves what was typed. What can't be a waiting time stays as it was typed. */
  async save(timed: Timed): Promise<void> {
    const { key } = timed;
    const typed = this.#typed.get(key);
    if (typed === undefined || this.#saving.has(key)) return;
    const seconds = timed.optional && typed.number.trim() === '' ? null : (read(typed) ?? 'invalid');
    if (seconds === 'invalid') {
      this.#typed.set(key, { ...typed, refused: 'invalid' });
    } else if (seconds === timed.seconds) {
      this.restore(timed);
    } else {
      this.#saving.add(key);
      const taken = await timed.save(seconds);
      this.#saving.delete(key);
      if (this.#typed.get(key) !== typed) return;
      if (taken) this.restore(timed);
      else this.#typed.set(key, { ...typed, refused: 'failed' });
    }
  }
}

function held(seconds: number | null): Typed {
  if (seconds === null) return { number: '', unit: 'minutes', refused: 'no' };
  const unit = seconds % SECONDS.minutes === 0 ? 'minutes' : 'seconds';
  return { number: String(seconds / SECONDS[unit]), unit, refused: 'no' };
}

/** Whole seconds within the limits, or nothing. */
function read({ number, unit }: Typed): number | null {
  if (!/^\s*\d+(\.\d+)?\s*$/.test(number)) return null;
  const seconds = Number(number) * SECONDS[unit];
  return Number.isInteger(seconds) && seconds >= SHORTEST_S && seconds <= LONGEST_S ? seconds : null;
}
