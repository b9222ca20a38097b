/** The Rules screen: what a person decided beforehand, what is chosen of it, and the rules being written. Nothing written is lost. */

import { SvelteMap } from 'svelte/reactivity';
import type { ChangeOf, Failure, RulesView, RuleView, RuleWish } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import type { Follower } from './feed.svelte';
import { said } from './groups';
import { RuleForm, type Origin } from './rule-form.svelte';

/** What is open beside the list: a rule, or a form by its key. */
export type Opened = { kind: 'rule'; id: string } | { kind: 'form'; key: string };

type Door = Pick<Host, 'rules' | 'ruleDrafts' | 'previewRule' | 'saveRule' | 'wishRule' | 'confirmRules' | 'restoreRules'>;

const NEW = 'new';

export class Rules implements Follower {
  view = $state.raw<RulesView | null>(null);
  failure = $state.raw<Failure | null>(null);
  looking = $state(false);
  /** Words that have to occur. */
  search = $state('');
  opened = $state.raw<Opened | null>(null);
  /** A wish on its way, and why the last one failed; `id` null: it was about the file. */
  wishing = $state(false);
  refused = $state.raw<{ id: string | null; failure: Failure } | null>(null);

  #host: Door;
  #forms = new SvelteMap<string, RuleForm>();
  #look = 0;

  constructor(host: Door) {
    this.#host = host;
  }

  /** Newest first, with what fits the words. */
  list = $derived(this.view === null ? [] : found(this.view.rules, this.search));
  rule = $derived.by(() => {
    const { opened } = this;
    return opened?.kind === 'rule' ? (this.view?.rules.find((rule) => rule.id === opened.id) ?? null) : null;
  });
  form = $derived(this.opened?.kind === 'form' ? (this.#forms.get(this.opened.key) ?? null) : null);
  /** New rules that are not kept yet. */
  unsaved = $derived([...this.#forms.values()].filter((form) => form.rule === null));

  load(): void {
    if (this.view !== null) void this.refresh();
  }

  apply(change: ChangeOf): void {
    if (change.kind === 'rulesChanged' && this.view !== null) void this.refresh();
  }

  /** Whether what is written of this rule is not kept yet. */
  edited(rule: RuleView): boolean {
    return this.#forms.has(rule.id);
  }

  /** Looks anew. Later calls win. */
  async refresh(): Promise<void> {
    const look = ++this.#look;
    this.looking = true;
    try {
      const view = await this.#host.rules();
      if (look !== this.#look) return;
      this.#take(view);
    } catch (error) {
      if (look === this.#look) this.failure = asFailure(error);
    }
    if (look === this.#look) this.looking = false;
  }

  open(opened: Opened | null): void {
    this.opened = opened;
    this.refused = null;
  }

  /** Begins a new rule, or goes on with the one that was begun. */
  begin(): void {
    this.#write(this.#forms.get(NEW) ?? new RuleForm(this.#host, NEW, null, null));
  }

  /** Changes a rule, or goes on with that. */
  edit(rule: RuleView): void {
    this.#write(this.#forms.get(rule.id) ?? new RuleForm(this.#host, rule.id, rule, null));
  }

  /** Begins a rule from a request, with the narrowest proposal, or goes on with that. */
  async draftFrom(origin: Origin): Promise<void> {
    const known = this.#forms.get(origin.id);
    const form = known ?? new RuleForm(this.#host, origin.id, null, origin);
    this.#write(form);
    if (known !== undefined) return;
    try {
      form.proposals = await this.#host.ruleDrafts(origin.id);
      const [narrowest] = form.proposals;
      if (narrowest !== undefined) form.propose(narrowest);
    } catch (error) {
      form.failure = asFailure(error);
    }
  }

  /** Gives up what was written. */
  discard(form: RuleForm): void {
    this.#forms.delete(form.key);
    if (this.form === null) this.open(form.rule === null ? null : { kind: 'rule', id: form.rule.id });
  }

  /** Keeps what is written, if that can be. */
  async save(form: RuleForm): Promise<void> {
    if (!form.ready) return;
    form.saving = true;
    const before = new Set(this.view?.rules.map((rule) => rule.id));
    try {
      const view = await this.#host.saveRule(form.rule?.id ?? null, form.draft, form.origin?.id ?? null);
      this.#look += 1;
      this.#take(view);
      this.#forms.delete(form.key);
      const kept = form.rule?.id ?? view.rules.find((rule) => !before.has(rule.id))?.id;
      this.open(kept === undefined ? null : { kind: 'rule', id: kept });
    } catch (error) {
      await form.look();
      form.failure = asFailure(error);
    } finally {
      form.saving = false;
      this.looking = false;
    }
  }

  wish(rule: RuleView, wish: RuleWish): Promise<void> {
    return this.#call(rule.id, () => this.#host.wishRule(rule.id, wish));
  }

  /** What stands in the file counts from now on: exactly what was seen. */
  confirm(): Promise<void> {
    const digest = this.view?.changed?.digest;
    return digest === undefined ? Promise.resolve() : this.#call(null, () => this.#host.confirmRules(digest));
  }

  /** The file says again what was confirmed last. */
  restore(): Promise<void> {
    return this.#call(null, () => this.#host.restoreRules());
  }

  async #call(id: string | null, send: () => Promise<RulesView>): Promise<void> {
    if (this.wishing) return;
    this.wishing = true;
    this.refused = null;
    this.#look += 1;
    this.looking = false;
    try {
      this.#take(await send());
    } catch (error) {
      this.refused = { id, failure: asFailure(error) };
    }
    this.wishing = false;
  }

  #take(view: RulesView): void {
    this.view = view;
    this.failure = null;
    if (this.opened?.kind === 'rule' && this.rule === null) this.open(null);
  }

  #write(form: RuleForm): void {
    this.#forms.set(form.key, form);
    this.open({ kind: 'form', key: form.key });
  }
}

function found(rules: readonly RuleView[], search: string): readonly RuleView[] {
  const words = search.toLowerCase().split(/\s+/);
  return rules
    .filter(({ what, project, draft }) => {
      const hay = [said(what), said(project ?? []), draft.says.kind, draft.agent ?? ''].join('\n').toLowerCase();
      return words.every((word) => hay.includes(word));
    })
    .toSorted((a, b) => Number(b.madeAt) - Number(a.madeAt));
}
