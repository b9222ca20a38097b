/** How a request ended, and what deserves a second look, in words that claim no more than is known. */

import type { Outcome } from '../../ipc/dto';
import { known, t } from '../../messages';

export function ended(outcome: Outcome, agent: string): string {
  const key = `answer.${outcome.decision}.${outcome.by}`;
  // Nobody never allows and never denies, so every outcome that occurs has its text.
  return known(key) ? t(key, { agent }) : t(`decision.${outcome.decision}`);
}

/** What may come of it, in a word or two. A risk that is not known here is told all the same. */
export function riskWord(code: string): string {
  const key = `risk.${code}.word`;
  return known(key) ? t(key) : code;
}

export function riskWords(code: string): string {
  const key = `risk.${code}`;
  return known(key) ? t(key) : '';
}
