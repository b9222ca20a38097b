/** What several tests need. */

import { vi } from 'vitest';
import { SETTINGS } from '../src/ipc/fake';
import type { ChangeOf, Outcome, Snapshot } from '../src/ipc/dto';

/** Lets everything happen that is due within `ms`, frames and answers included. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** Two frames, with room. */
export const FRAMES = 40;

export function snapshot(over: Partial<Snapshot> = {}): Snapshot {
  return { seq: '0', version: '0.1.0', waiting: [], paused: null, notes: [], picked: null, ruleAsked: null, quitAsked: false, allowRules: 0, settings: SETTINGS, ...over };
}

export function outcome(over: Partial<Outcome> = {}): Outcome {
  return { decision: 'none', by: 'withdrawn', at: '0', waitedMs: '1000', message: null, hook: null, rule: null, offered: null, ...over };
}

export const ended = (id: string, over: Partial<Outcome> = {}): ChangeOf => ({
  kind: 'requestEnded',
  id,
  outcome: outcome(over),
});
