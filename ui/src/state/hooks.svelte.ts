/** The Hooks screen: what a session in a folder has, what is chosen of it, and what a person says of Hookwright's own hooks. */

import type { Failure, HookView, HooksView, HostedWish, RunAgain, SkippedHook } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import { said } from './groups';
import { Trial } from './trial.svelte';

/** What stands under one event. */
export interface EventHooks {
  event: string;
  hooks: readonly HookView[];
  skipped: readonly SkippedHook[];
}

/** A hook by its key, or all hooks of an event. */
export type Chosen = { kind: 'hook'; key: string } | { kind: 'event'; event: string };

type Door = Pick<Host, 'hooks' | 'wishHosted' | 'trialPayloads' | 'tryHooks' | 'stopTrial'>;

export class Hooks {
  view = $state.raw<HooksView | null>(null);
  failure = $state.raw<Failure | null>(null);
  looking = $state(false);
  /** Words that have to occur. */
  search = $state('');
  chosen = $state.raw<Chosen | null>(null);
  /** What a session has, or what stands in the files. */
  by = $state<'session' | 'file'>('session');
  /** The detail of a hook shows its facts, or tries it. */
  tab = $state<'facts' | 'try'>('facts');
  /** A wish on its way, and why the last one failed. */
  wishing = $state(false);
  refused = $state.raw<{ key: string; failure: Failure } | null>(null);
  readonly trial: Trial;

  #host: Door;
  #look = 0;

  constructor(host: Door) {
    this.#host = host;
    this.trial = new Trial(host);
  }

  /** Hookwright's own entries, by which agents are connected: told of in one line. */
  ours = $derived(this.view?.hooks.filter((hook) => hook.ours) ?? []);
  groups = $derived(this.view === null ? [] : grouped(this.view, this.search));
  /** Whether there is anything, found or not. */
  empty = $derived(this.view !== null && grouped(this.view, '').length + this.view.argv.length === 0);
  hook = $derived.by(() => {
    const { chosen } = this;
    return chosen?.kind === 'hook' ? (this.view?.hooks.find((hook) => hook.key === chosen.key) ?? null) : null;
  });

  /** Looks anew, in this folder or where it looked before. Later calls win. */
  async refresh(folder: string | null = this.view?.folder ?? null): Promise<void> {
    const look = ++this.#look;
    this.looking = true;
    try {
      const view = await this.#host.hooks(folder);
      if (look !== this.#look) return;
      const moved = this.view !== null && this.view.folder !== view.folder;
      this.view = view;
      this.failure = null;
      if (moved) this.choose(null);
      else this.#follow();
    } catch (error) {
      if (look === this.#look) this.failure = asFailure(error);
    }
    if (look === this.#look) this.looking = false;
  }

  choose(chosen: Chosen | null): void {
    this.trial.close();
    this.chosen = chosen;
    this.refused = null;
    this.show(chosen?.kind === 'event' ? 'try' : this.tab);
  }

  /** Shows one hook of a session in this folder, or in the one where it looked before. */
  async open(key: string, folder: string | null): Promise<void> {
    this.search = '';
    this.by = 'session';
    await this.refresh(folder ?? undefined);
    this.choose({ kind: 'hook', key });
  }

  /** Makes a hook ready to be run with the payload of one of its runs. */
  async again({ folder, key, ...given }: RunAgain): Promise<void> {
    await this.open(key, folder);
    const { hook, trial } = this;
    if (hook === null) return;
    this.tab = 'try';
    await trial.open({ folder, event: hook.event, hook }, given);
  }

  show(tab: 'facts' | 'try'): void {
    const { view, chosen, hook, trial } = this;
    this.tab = tab;
    const event = chosen?.kind === 'event' ? chosen.event : hook?.event;
    if (tab === 'try' && view !== null && event !== undefined && trial.aim === null) {
      void trial.open({ folder: view.folder, event, hook });
    }
  }

  /** What a person says of one of Hookwright's own hooks. */
  async wish(hook: HookView, wish: HostedWish): Promise<void> {
    if (this.wishing) return;
    this.wishing = true;
    this.refused = null;
    try {
      await this.#host.wishHosted({ key: hook.key, hash: hook.hash }, wish);
    } catch (error) {
      this.refused = { key: hook.key, failure: asFailure(error) };
    }
    await this.refresh();
    this.wishing = false;
  }

  /** After a new look: what was chosen may be gone, or another. */
  #follow(): void {
    if (this.chosen?.kind !== 'hook') return;
    if (this.hook === null) this.choose(null);
    else this.trial.renew(this.hook);
  }
}

/** By event, in the order of an agent's life, with what fits the words. */
function grouped(view: HooksView, search: string): EventHooks[] {
  const words = search.toLowerCase().split(/\s+/);
  const fits = (...texts: string[]): boolean => {
    const hay = texts.join('\n').toLowerCase();
    return words.every((word) => hay.includes(word));
  };
  const groups = new Map<string, { event: string; hooks: HookView[]; skipped: SkippedHook[] }>();
  const group = (event: string): { hooks: HookView[]; skipped: SkippedHook[] } => {
    const found = groups.get(event) ?? { event, hooks: [], skipped: [] };
    groups.set(event, found);
    return found;
  };
  for (const hook of view.hooks) {
    const { event, runs, matcher, path, source } = hook;
    if (!hook.ours && fits(event, said(runs), said(matcher ?? []), said(path), source)) group(event).hooks.push(hook);
  }
  for (const skipped of view.skipped) {
    if (fits(skipped.event, said(skipped.why), said(skipped.path))) group(skipped.event).skipped.push(skipped);
  }
  return [...groups.values()];
}
