/** The History screen: the runs of the past, the chosen one, and what they add up to. */

import type { ChangeOf, Failure, InsightsView, PastRun, PastRunDetail, RunAgain, RunFilter, RunStatusView } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import type { Follower } from './feed.svelte';
import { TYPING_MS } from './past.svelte';
import { Replay } from './replay.svelte';

/** How far back, in hours. */
export const WITHIN = { hour: 1, day: 24, week: 168, month: 720 } as const;
export type Within = keyof typeof WITHIN;

/** How many days are summed up. */
export const DAYS = [7, 30, 90] as const;
export type Days = (typeof DAYS)[number];

const HOUR_MS = 3_600_000;

/** What a person asks for. */
export interface Asked extends Omit<RunFilter, 'status' | 'since'> {
  status: RunStatusView | null;
  within: Within | null;
}

export const EVERYTHING: Asked = {
  text: '',
  agent: null,
  event: null,
  status: null,
  from: null,
  project: null,
  session: null,
  turn: null,
  hook: null,
  slow: false,
  within: null,
};

/** What is asked for most. Those that need a run stand beside the chosen one. */
export const PRESETS = {
  all: {},
  failed: { status: 'failed' },
  blocked: { status: 'blocked' },
  stopped: { status: 'stopped' },
  slow: { slow: true },
  failedNow: { status: 'failed', within: 'hour' },
} as const satisfies Record<string, Partial<Asked>>;
export type Preset = keyof typeof PRESETS;

type Door = Pick<Host, 'runs' | 'run' | 'runAgain' | 'insights'>;

export class Runs implements Follower {
  tab = $state<'runs' | 'insights'>('runs');
  filter = $state.raw(EVERYTHING);
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | null>(null);
  /** Newest first. */
  rows = $state.raw<readonly PastRun[]>([]);
  /** Agents seen so far, by name with their title, and projects. */
  agents = $state.raw<ReadonlyMap<string, string>>(new Map());
  projects = $state.raw<readonly string[]>([]);
  /** The run whose detail is open. */
  selected = $state<string | null>(null);
  detail = $state.raw<PastRunDetail | 'loading' | 'gone' | Failure>('loading');
  /** Why the chosen one cannot be run again. */
  refused = $state.raw<Failure | null>(null);
  days = $state<Days>(30);
  insights = $state.raw<InsightsView | 'loading' | Failure>('loading');

  readonly replay = new Replay(this);

  #host: Door;
  #onopen: () => void;
  #next = $state<string | null>(null);
  /** Pages of an earlier filter are dropped. */
  #query = 0;
  #loadingMore = false;
  #summing = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;
  /** Whether the screen is shown. */
  #shown = false;

  /** `onopen`: the screen is shown, which wants to hear of what ran. */
  constructor(host: Door, onopen: () => void = () => {}) {
    this.#host = host;
    this.#onopen = onopen;
  }

  filtered = $derived(JSON.stringify({ ...this.filter, text: this.filter.text.trim() }) !== JSON.stringify(EVERYTHING));
  /** The one that asks for just this. */
  preset = $derived.by(() => {
    const asked = JSON.stringify(this.filter);
    return (Object.keys(PRESETS) as Preset[]).find((name) => JSON.stringify({ ...EVERYTHING, ...PRESETS[name] }) === asked) ?? null;
  });

  /** All that there is of what is asked for was read. */
  get whole(): boolean {
    return this.status === 'ready' && this.#next === null;
  }

  load(): void {}

  apply(change: ChangeOf): void {
    if (change.kind === 'hooksRan') this.stir();
  }

  /** Something ran: what is shown is looked at anew. */
  stir(): void {
    if (this.#shown) this.look();
  }

  open(): void {
    this.#shown = true;
    this.#onopen();
    this.look();
  }

  close(): void {
    this.#shown = false;
  }

  look(): void {
    if (this.tab === 'runs') void this.#renew();
    else void this.sum();
  }

  show(tab: 'runs' | 'insights'): void {
    this.tab = tab;
    this.look();
  }

  /** Narrows or widens the list. Typing is waited for, choosing is not. */
  narrow(change: Partial<Asked>): void {
    this.filter = { ...this.filter, ...change };
    clearTimeout(this.#typing);
    if (change.text === undefined) void this.reload();
    else this.#typing = setTimeout(() => void this.reload(), TYPING_MS);
  }

  /** Exactly these, and nothing else. */
  find(asked: Partial<Asked>): void {
    this.tab = 'runs';
    this.filter = { ...EVERYTHING, ...asked };
    clearTimeout(this.#typing);
    void this.reload();
  }

  /** The first page anew. */
  async reload(): Promise<void> {
    this.rows = [];
    this.status = 'loading';
    await this.#renew();
  }

  /** The next older page, if there is one. */
  async more(): Promise<void> {
    if (this.#next === null || this.#loadingMore) return;
    const query = this.#query;
    this.#loadingMore = true;
    try {
      const page = await this.#host.runs(this.#asked(), this.#next);
      if (query !== this.#query) return;
      const known = new Set(this.rows.map((row) => row.id));
      this.#take([...this.rows, ...page.rows.filter((row) => !known.has(row.id))], page.next);
    } catch (error) {
      if (query === this.#query) this.failure = asFailure(error);
    }
    if (query === this.#query) this.#loadingMore = false;
  }

  async select(id: string | null): Promise<void> {
    this.selected = id;
    this.detail = 'loading';
    this.refused = null;
    if (id === null) return;
    let detail: PastRunDetail | 'gone' | Failure;
    try {
      detail = (await this.#host.run(id)) ?? 'gone';
    } catch (error) {
      detail = asFailure(error);
    }
    if (this.selected === id) this.detail = detail;
  }

  /** What it takes to run the chosen one again; null where it cannot be. */
  async again(id: string): Promise<RunAgain | null> {
    this.refused = null;
    try {
      return await this.#host.runAgain(id);
    } catch (error) {
      if (this.selected === id) this.refused = asFailure(error);
      return null;
    }
  }

  /** Sums up so many days. */
  async sum(days: Days = this.days): Promise<void> {
    const summing = ++this.#summing;
    if (days !== this.days) this.insights = 'loading';
    this.days = days;
    const now = new Date();
    // Whole days, today among them.
    const since = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1);
    let insights: InsightsView | Failure;
    try {
      insights = await this.#host.insights(String(since.getTime()), String(now.getTime() + HOUR_MS), -now.getTimezoneOffset());
    } catch (error) {
      insights = asFailure(error);
    }
    if (summing === this.#summing) this.insights = insights;
  }

  #asked(): RunFilter {
    const { status, within, ...asked } = this.filter;
    const since = within === null ? null : String(Date.now() - WITHIN[within] * HOUR_MS);
    return { ...asked, status: status === null ? [] : [status], since };
  }

  /** The first page, on top of what was read so far where they join. */
  async #renew(): Promise<void> {
    const query = ++this.#query;
    this.#loadingMore = false;
    try {
      const page = await this.#host.runs(this.#asked(), null);
      if (query !== this.#query) return;
      const fresh = new Set(page.rows.map((row) => row.id));
      const joins = page.next !== null && this.rows.some((row) => fresh.has(row.id));
      // One that was told of and is recorded now stands under another id: none is left of what the page would have.
      const last = Number(page.rows.at(-1)?.startedAt ?? 0);
      const older = this.rows.filter((row) => !fresh.has(row.id) && Number(row.startedAt) <= last);
      this.#take(joins ? [...page.rows, ...older] : page.rows, joins ? this.#next : page.next);
    } catch (error) {
      if (query !== this.#query) return;
      this.status = this.rows.length === 0 ? 'failed' : 'ready';
      this.failure = asFailure(error);
    }
  }

  #take(rows: readonly PastRun[], next: string | null): void {
    this.rows = rows;
    this.#next = next;
    this.status = 'ready';
    this.failure = null;
    const agents = new Map([...this.agents, ...rows.map((row) => [row.agent, row.agentTitle] as const)]);
    if (agents.size > this.agents.size) this.agents = agents;
    const projects = new Set([...this.projects, ...rows.flatMap((row) => row.project ?? [])]);
    if (projects.size > this.projects.length) this.projects = [...projects].sort();
  }
}
