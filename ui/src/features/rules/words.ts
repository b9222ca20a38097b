/** Rules in words. Places of texts from outside stay open: `{what}` and `{project}`, see `Sentence`. */

import { moment } from '../../components/text';
import type { Piece, RuleDraft, RuleView, WhatDraft } from '../../ipc/dto';
import { t } from '../../messages';
import type { Length } from '../../state/rule-form.svelte';

/** “Allow `cargo test **` in `~/src/site`, until it is revoked.” */
export function sentence(rule: RuleView): string {
  return whole(rule.draft, untilWords(rule));
}

/** The same for one that is written. `kept`: when the rule that is changed ends. */
export function draftSentence(draft: RuleDraft, length: Length, kept: string | null): string {
  return whole(draft, length === 'kept' && kept !== null ? until(kept) : t(`rules.lasts.${length}.words`));
}

/** “the MCP tool `tracker / create_issue`” */
export function about(draft: RuleDraft): string {
  return t(`rules.about.${aboutOf(draft)}`, { what: '{what}' });
}

/** What a draft is about, as it is written. */
export function subject({ what }: RuleDraft): Piece[] {
  return [{ kind: 'text', text: subjectText(what) }];
}

function subjectText(what: WhatDraft): string {
  switch (what.kind) {
    case 'command':
    case 'files':
      return what.pattern;
    case 'mcp':
      return what.tool === null ? what.server : `${what.server} / ${what.tool}`;
    case 'network':
      return what.host;
    case 'tool':
      return what.name;
  }
}

function whole(draft: RuleDraft, lasts: string): string {
  const says = t(`rules.says.${draft.says.kind}.words`, { what: about(draft) });
  const where = draft.project === null ? t('rules.where.all') : t('rules.where.project', { project: '{project}' });
  return t('rules.sentence', { says, where, lasts });
}

function aboutOf({ what }: RuleDraft): 'command' | 'files' | 'mcp' | 'mcpAll' | 'network' | 'tool' {
  return what.kind === 'mcp' && what.tool === null ? 'mcpAll' : what.kind;
}

function untilWords({ draft, until: end }: RuleView): string {
  if (end !== null) return until(end);
  return draft.session === null ? t('rules.lasts.untilRevoked.words') : t('rules.lasts.session.words');
}

function until(end: string): string {
  return t('rules.lasts.until', { time: moment(Number(end)) });
}
