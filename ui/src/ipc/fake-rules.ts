/** Rules for the scripted host: one of every kind and state, and what a preview tells. */

import type { LineView, Piece, RuleDraft, RulePreview, RulesView, RuleView, WhatDraft } from './dto';
import { past, text } from './fake-cards';

const SITE = '/home/ada/src/hookwright-site';

export function ruleDraft(what: WhatDraft, over: Partial<RuleDraft> = {}): RuleDraft {
  return { agent: 'codex', project: SITE, session: null, what, says: { kind: 'allow' }, lasts: { kind: 'untilRevoked' }, ...over };
}

export const command = (pattern: string): WhatDraft => ({ kind: 'command', pattern });

function subject(what: WhatDraft): Piece[] {
  const [, ...words] = Object.values(what);
  return text(words.filter((word) => word !== null).join(' / '));
}

let made = 0;

export function rule(draft: RuleDraft, over: Partial<RuleView> = {}): RuleView {
  made += 1;
  return {
    id: `rule-${made}`,
    madeAt: String(1_700_000_000_000 + made * 86_400_000),
    from: null,
    draft,
    what: subject(draft.what),
    project: draft.project === null ? null : text(draft.project),
    until: null,
    state: 'active',
    hits: 0,
    lastHit: null,
    ...over,
  };
}

export function rulesView(over: Partial<RulesView> = {}): RulesView {
  const everywhere = { project: null, agent: null };
  return {
    rules: [
      rule(ruleDraft(command('cargo test **')), { from: 'past-2', hits: 14, lastHit: '1700090000000' }),
      rule(ruleDraft({ kind: 'files', pattern: `${SITE}/docs/**` }), { until: '4102441200000', hits: 1, lastHit: '1700080000000' }),
      rule(ruleDraft({ kind: 'mcp', server: 'issue-tracker', tool: 'create_issue' }, { says: { kind: 'ask' } })),
      rule(ruleDraft({ kind: 'network', host: '*.example.net' }, { ...everywhere, says: { kind: 'deny', message: 'Work offline.' } })),
      rule(ruleDraft(command('npm run build'), { session: '0199c0de-7a11-7c3e-9d52-3f2a9c1d4b80' }), { state: 'over', hits: 3 }),
      rule(ruleDraft(command('git status'), everywhere), { state: 'off' }),
    ],
    changed: null,
    file: '/home/ada/.config/hookwright/rules.toml',
    ...over,
  };
}

const line = (kind: LineView['kind'], value: string): LineView => ({ kind, text: text(value) });

/** The same after an editor was at the file. */
export function changedView(): RulesView {
  const view = rulesView();
  const added = rule(ruleDraft(command('make **')), { state: 'unconfirmed' });
  const diff = [line('context', '[[rule]]'), line('removed', 'what = "npm run build"'), line('added', 'what = "make **"')];
  return { ...view, rules: [...view.rules, added], changed: { digest: 'rules-2', diff, error: null } };
}

/** Drafts for a request, the narrowest first. */
export const PROPOSALS: RuleDraft[] = [ruleDraft(command('cargo nextest run --workspace')), ruleDraft(command('cargo nextest **'))];

export function preview({ what, project }: RuleDraft): RulePreview {
  const words = Object.values(what).slice(1).join('').trim();
  const none = { what: [], project: null, fits: [], count: 0, of: 0, speaks: null };
  if (words === '') return { ...none, unfit: { code: 'empty', about: [] } };
  if (words.startsWith('sudo')) return { ...none, unfit: { code: 'runsOthers', about: text('sudo') } };
  return { unfit: null, what: subject(what), project: project === null ? null : text(project), fits: [past(1), past(2), past(3)], count: 14, of: 230, speaks: true };
}
