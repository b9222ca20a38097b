/** How a request ended, and what deserves a second look, in words that claim no more than is known. */

import type { ActionView, OfferView, Outcome, Shown, Taken } from '../../ipc/dto';
import { late } from '../../components/decided';
import { known, t } from '../../messages';
import { DECLINE } from '../../state/queue.svelte';

/** `shown`: what was decided about, where that is known. */
export function ended({ decision, by, offered }: Outcome, agent: string, shown: Shown | null = null): string {
  const beside = (shown?.offers ?? null) !== null;
  const keys = [
    by === 'person' && offered !== null ? `answer.offered.${offered}` : '',
    decision === 'none' && beside ? `answer.beside.${by}` : '',
    `answer.${decision}.${by}`,
  ];
  // Nobody never allows and never denies, so every outcome that occurs has its text.
  const key = keys.find(known);
  return key === undefined ? t(`decision.${decision}`) : t(key, { agent });
}

/** Whether the agent took the answer. */
export function taken(outcome: Outcome, taken: Taken, agent: string): string {
  return late(outcome, taken) ? t('past.taken.late.long', { agent }) : t(`past.taken.${taken}.long`, { agent });
}

/** The keys of the agent's own answers. */
export const KEY_OF: Readonly<Record<string, string>> = { accept: 'A', decline: 'D', cancel: 'C' };

/** Whether anything on the card allows. */
export function allows({ offers }: Shown): boolean {
  return offers === null || offers.some((offer) => offer.effect === 'allows');
}

/** No, and the turn goes on. */
const GOES_ON: readonly string[] = [DECLINE, 'grantNothing', 'networkDeny'];

/** Whether anything can be answered here. */
export const answerable = (offers: readonly OfferView[]): boolean => offers.some((offer) => offer.effect !== 'unknown');

/** That the terminal asks the same, and what cannot be said from here. */
export function beside(offers: readonly OfferView[], agent: string): string {
  if (offers.length === 0) return t('card.beside.unanswerable', { agent });
  if (!answerable(offers)) return t('card.beside.unknown', { agent });
  const has = (codes: readonly string[]): boolean => offers.some((offer) => codes.includes(offer.code));
  const both = t('card.beside', { agent });
  if (has([DECLINE])) return both;
  return `${both} ${has(GOES_ON) ? t('card.beside.noMessage') : t('card.beside.onlyEnds', { agent })}`;
}

/** An answer that the agent offers; what it is about stands behind it. */
export function offered(code: string): string {
  const key = `offer.${code}`;
  return known(key) ? t(key) : t('offer.other');
}

/** What choosing it does. */
export function effect(code: string, action: ActionView, agent: string): string {
  const key = [`offer.${code}.effect.${action.kind}`, `offer.${code}.effect`].find(known);
  return t(key ?? 'offer.other.effect', { agent });
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
