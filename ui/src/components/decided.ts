/** What became of a request, in a word: never more than is known, and never another word than the answer's own. */

import type { DecisionView, Outcome, Taken } from '../ipc/dto';

/** `ended`: a refusal that ends the turn. `elsewhere`: the agent's own terminal answered. */
export type Decided = DecisionView | 'ended' | 'elsewhere';

export function decided(outcome: Outcome, taken: Taken = 'waiting'): Decided {
  if (outcome.by === 'terminal' || late(outcome, taken)) return 'elsewhere';
  return outcome.offered === 'cancel' ? 'ended' : outcome.decision;
}

/** It was answered here, but the agent's terminal was first. */
export function late(outcome: Outcome, taken: Taken): boolean {
  return outcome.offered !== null && taken === 'no';
}
