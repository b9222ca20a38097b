/** How a request ended, in words that claim no more than is known. */

import type { Outcome } from '../../ipc/dto';
import { known, t } from '../../messages';

export function ended(outcome: Outcome, agent: string): string {
  const key = `answer.${outcome.decision}.${outcome.by}`;
  // Nobody never allows and never denies, so every outcome that occurs has its text.
  return known(key) ? t(key, { agent }) : t(`decision.${outcome.decision}`);
}
