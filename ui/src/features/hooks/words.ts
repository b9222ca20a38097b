/** Words for what is known of a hook, and for what its agent would make of an outcome. */

import type { HookView, OutcomeView, Piece, RunView } from '../../ipc/dto';
import { known, plural, t, type Key } from '../../messages';

/** Whether and why not it will run: the same words on every screen. */
export type State = 'runs' | NonNullable<HookView['whyNot']>;

export const stateOf = (hook: HookView): State => hook.whyNot ?? 'runs';

/** What the catalogue has words for behind this beginning. */
type Named<Start extends string> = Key extends infer K ? (K extends `${Start}${infer Name}` ? Name : never) : never;

/** Where a hook stands; the agent's own word where we have none. */
export function sourceName(source: string): string {
  return known(`hooks.source.${source}`) ? t(`hooks.source.${source as Named<'hooks.source.'>}`) : source;
}

export function trustName(trust: string): string {
  return known(`hooks.fact.trust.${trust}`) ? t(`hooks.fact.trust.${trust as Named<'hooks.fact.trust.'>}`) : trust;
}

/** One thing that the agent would do, with the words of the hooks that belong to it. */
export interface Effect {
  text: string;
  said: readonly (readonly Piece[])[];
}

const effect = (text: string, ...said: (readonly Piece[] | null)[]): Effect => ({ text, said: said.filter((pieces) => pieces !== null) });

/** What came of a trial. An allow that is only advice is told as that. */
export function effects(event: string, outcome: OutcomeView, agent: string, advice: boolean): Effect[] {
  const all: Effect[] = [];
  if (outcome.decision === 'allow') all.push(effect(advice ? t('hooks.outcome.advice') : t('hooks.outcome.allow', { agent })));
  if (outcome.decision === 'deny') all.push(effect(t('hooks.outcome.deny', { agent }), outcome.message));
  if (outcome.shouldStop) all.push(effect(stopped(event, agent), outcome.stopReason));
  if (outcome.shouldBlock) all.push(blocked(event, outcome, agent));
  else if (outcome.feedback !== null) all.push(effect(t('hooks.outcome.feedback'), outcome.feedback));
  if (outcome.contexts.length > 0) all.push(effect(t('hooks.outcome.context'), ...outcome.contexts));
  if (outcome.updatedInput !== null) all.push(effect(t('hooks.outcome.input'), outcome.updatedInput));
  return all;
}

function stopped(event: string, agent: string): string {
  switch (event) {
    case 'UserPromptSubmit':
      return t('hooks.outcome.stop.prompt', { agent });
    case 'PreCompact':
      return t('hooks.outcome.stop.compact', { agent });
    default:
      return t('hooks.outcome.stop', { agent });
  }
}

function blocked(event: string, outcome: OutcomeView, agent: string): Effect {
  const { blockReason, feedback, continuation } = outcome;
  switch (event) {
    case 'PreToolUse':
      return effect(t('hooks.outcome.block.call', { agent }), blockReason);
    case 'PostToolUse':
      return effect(t('hooks.outcome.block.result', { agent }), feedback ?? blockReason);
    case 'Stop':
    case 'SubagentStop':
      return effect(t('hooks.outcome.block.end', { agent }), ...(continuation.length > 0 ? continuation : [blockReason]));
    default:
      return effect(t('hooks.outcome.block.other', { agent }), blockReason);
  }
}

/** What is said where the agent would do nothing. */
export function nothing(runs: readonly RunView[], agent: string): string {
  if (runs.length === 0) return t('hooks.outcome.nobody');
  return t('hooks.outcome.none', { agent });
}

/** That what some of them said has no effect; null where none failed. */
export function failed(runs: readonly RunView[]): string | null {
  const failures = runs.filter((run) => run.status === 'failed').length;
  return failures === 0 ? null : plural('hooks.outcome.failed', failures);
}
