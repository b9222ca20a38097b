/** The waiting times as they are typed. What is not saved yet stays here, also while another screen is shown. */

import { SvelteMap } from 'svelte/reactivity';
import type { Failure, WaitingView } from '../ipc/dto';
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

export class WaitingTimes {
  #settings: Settings;
  #typed = new SvelteMap<string, Typed>();
  #saving = new Set<string>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** What the fields of this agent show. */
  shown(row: WaitingView): Typed {
    return this.#typed.get(row.agent) ?? held(row.seconds);
  }

  type(row: WaitingView, change: Partial<Pick<Typed, 'number' | 'unit'>>): void {
    this.#typed.set(row.agent, { ...this.shown(row), ...change, refused: 'no' });
  }

  restore(row: WaitingView): void {
    this.#typed.delete(row.agent);
  }

  failure(row: WaitingView): Failure | null {
    return this.shown(row).refused === 'failed' ? this.#settings.failure('waiting') : null;
  }

  /** Saves what was typed. What can't be a waiting time stays as it was typed. */
  async save(row: WaitingView): Promise<void> {
    const typed = this.#typed.get(row.agent);
    if (typed === undefined || this.#saving.has(row.agent)) return;
    const seconds = read(typed);
    if (seconds === null) {
      this.#typed.set(row.agent, { ...typed, refused: 'invalid' });
    } else if (seconds === row.seconds) {
      this.restore(row);
    } else {
      this.#saving.add(row.agent);
      const taken = await this.#settings.change({ kind: 'waiting', agent: row.agent, seconds });
      this.#saving.delete(row.agent);
      if (this.#typed.get(row.agent) !== typed) return;
      if (taken) this.restore(row);
      else this.#typed.set(row.agent, { ...typed, refused: 'failed' });
    }
  }
}

function held(seconds: number): Typed {
  const unit = seconds % SECONDS.minutes === 0 ? 'minutes' : 'seconds';
  return { number: String(seconds / SECONDS[unit]), unit, refused: 'no' };
}

/** Whole seconds within the limits, or nothing. */
function read({ number, unit }: Typed): number | null {
  if (!/^\s*\d+(\.\d+)?\s*$/.test(number)) return null;
  const seconds = Number(number) * SECONDS[unit];
  return Number.isInteger(seconds) && seconds >= SHORTEST_S && seconds <= LONGEST_S ? seconds : null;
}
