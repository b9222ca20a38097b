/** The requests of the past: filtered by the backend, read page by page, kept up to date at the top. */

import type { ChangeOf, Failure, Past, PastDetail, PastFilter, PastPage, RuleRef, Shown } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import type { Follower } from './feed.svelte';
import { said } from './groups';

/** Pause in typing after which the text filter is applied. */
export const TYPING_MS = 150;

/** So many pages are looked through for one request. */
const LOOK_BACK = 50;

const EVERYTHING: PastFilter = { text: '', decision: null, by: null, agent: null, project: null, rule: null };

export class PastList implements Follower {
  filter = $state.raw(EVERYTHING);
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | null>(null);
  projects = $state.raw<readonly string[]>([]);
  /** Agents seen so far: name and title. */
  agents = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Rules seen so far: id and what they are about. */
  rules = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** The row whose detail is open, what was shown then, and what else is kept of it. */
  selected = $state.raw<Past | null>(null);
  shown = $state.raw<Shown | 'loading' | 'gone' | Failure>('loading');
  detail = $state.raw<PastDetail | null>(null);

  #host: Pick<Host, 'past' | 'pastShown' | 'pastDetail'>;
  #rows = $state.raw<readonly Past[]>([]);
  #next = $state<string | null>(null);
  /** Pages of an earlier filter are dropped. */
  #query = 0;
  #loadingMore = false;
  #refreshing: 'no' | 'yes' | 'again' = 'no';
  /** Changes heard of: a page that was asked for before the last of them may be older than it. */
  #heard = 0;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Pick<Host, 'past' | 'pastShown' | 'pastDetail'>) {
    this.#host = host;
  }

  /** Newest first. What still waits stands elsewhere. */
  rows = $derived(this.#rows.filter((row) => row.outcome !== null));

  get filtered(): boolean {
    const { text, ...chosen } = this.filter;
    return text.trim() !== '' || Object.values(chosen).some((value) => value !== null);
  }

  load(): void {
    void this.reload();
  }

  apply(change: ChangeOf): void {
    // A request that was picked elsewhere (the tray) comes to the front.
    if (change.kind === 'requestPicked') void this.select(null);
    if (change.kind === 'requestEnded') {
      this.#patch(change.id, (row) => ({ ...row, outcome: change.outcome }));
      this.#hear();
    }
    if (change.kind === 'replyTaken') {
      this.#patch(change.id, (row) => ({ ...row, taken: change.taken }));
      this.#hear();
    }
  }

  /** Narrows or widens the list. Typing is waited for, choosing is not. */
  narrow(change: Partial<PastFilter>): void {
    this.filter = { ...this.filter, ...change };
    clearTimeout(this.#typing);
    if (change.text === undefined) void this.reload();
    else this.#typing = setTimeout(() => void this.reload(), TYPING_MS);
  }

  clear(): void {
    this.narrow(EVERYTHING);
  }

  /** All that a rule answered, and nothing else. */
  ofRule({ id, what }: RuleRef): void {
    this.rules = new Map([...this.rules, [id, said(what)]]);
    void this.select(null);
    clearTimeout(this.#typing);
    this.filter = { ...EVERYTHING, rule: id };
    void this.reload();
  }

  /** The first page anew. */
  async reload(): Promise<void> {
    const query = ++this.#query;
    const heard = this.#heard;
    this.#loadingMore = false;
    if (this.#rows.length === 0) this.status = 'loading';
    try {
      const page = await this.#read(null);
      if (query !== this.#query) return;
      this.#rows = page.rows;
      this.#next = page.next;
      this.#learn(page);
      this.status = 'ready';
      this.failure = null;
      if (heard !== this.#heard) void this.#refresh();
    } catch (error) {
      if (query !== this.#query) return;
      this.status = 'failed';
      this.failure = asFailure(error);
    }
  }

  /** The next older page, if there is one. */
  async more(): Promise<void> {
    if (this.#next === null || this.#loadingMore) return;
    const query = this.#query;
    this.#loadingMore = true;
    try {
      const page = await this.#read(this.#next);
      if (query !== this.#query) return;
      const known = new Set(this.#rows.map((row) => row.id));
      this.#rows = [...this.#rows, ...page.rows.filter((row) => !known.has(row.id))];
      this.#next = page.next;
      this.#learn(page);
    } catch (error) {
      if (query === this.#query) this.failure = asFailure(error);
    } finally {
      if (query === this.#query) this.#loadingMore = false;
    }
  }

  async select(row: Past | null): Promise<void> {
    this.selected = row;
    this.shown = 'loading';
    this.detail = null;
    if (row === null) return;
    let shown: Shown | 'gone' | Failure;
    let detail: PastDetail | null = null;
    try {
      [shown, detail] = await Promise.all([this.#host.pastShown(row.id).then((found) => found ?? 'gone'), this.#host.pastDetail(row.id)]);
    } catch (error) {
      shown = asFailure(error);
    }
    if (this.selected?.id !== row.id) return;
    this.shown = shown;
    this.detail = detail;
  }

  /** Opens the request of this id, also where the list does not show it. */
  async show(id: string): Promise<void> {
    let row = this.#rows.find((other) => other.id === id);
    let cursor: string | null = null;
    try {
      for (let pages = 0; row === undefined && pages < LOOK_BACK; pages += 1) {
        const page: PastPage = await this.#host.past(EVERYTHING, cursor);
        row = page.rows.find((other) => other.id === id);
        cursor = page.next;
        if (cursor === null) break;
      }
    } catch (error) {
      this.failure = asFailure(error);
    }
    await this.select(row ?? null);
  }

  /** One page; more of them while all of their rows still wait, since those are not drawn. */
  async #read(cursor: string | null): Promise<PastPage> {
    const { filter } = this;
    const rows: Past[] = [];
    for (;;) {
      const page = await this.#host.past(filter, cursor);
      rows.push(...page.rows);
      cursor = page.next;
      if (cursor === null || rows.some((row) => row.outcome !== null)) return { ...page, rows };
    }
  }

  #hear(): void {
    this.#heard += 1;
    void this.#refresh();
  }

  /** Puts what is new on top of what was read so far. Calls that come meanwhile end in one more round. */
  async #refresh(): Promise<void> {
    if (this.#refreshing !== 'no') {
      this.#refreshing = 'again';
      return;
    }
    do {
      this.#refreshing = 'yes';
      await this.#mergeFirstPage();
    } while (this.#again());
    this.#refreshing = 'no';
  }

  #again(): boolean {
    return this.#refreshing === 'again';
  }

  async #mergeFirstPage(): Promise<void> {
    const query = this.#query;
    try {
      const page = await this.#read(null);
      if (query !== this.#query) return;
      const fresh = new Set(page.rows.map((row) => row.id));
      const older = this.#rows.filter((row) => !fresh.has(row.id));
      const joins = page.next === null || older.length < this.#rows.length;
      // Without a common row something in between is missing: start over with this page.
      this.#rows = joins && page.next !== null ? [...page.rows, ...older] : page.rows;
      if (!joins || page.next === null) this.#next = page.next;
      this.#learn(page);
      this.status = 'ready';
      this.failure = null;
      const selected = this.#rows.find((row) => row.id === this.selected?.id);
      if (selected !== undefined) this.selected = selected;
    } catch (error) {
      if (query === this.#query) this.failure = asFailure(error);
    }
  }

  #patch(id: string, change: (row: Past) => Past): void {
    if (!this.#rows.some((row) => row.id === id)) return;
    this.#rows = this.#rows.map((row) => (row.id === id ? change(row) : row));
    if (this.selected?.id === id) this.selected = change(this.selected);
  }

  #learn(page: PastPage): void {
    this.projects = page.projects;
    const unknown = page.rows.filter((row) => !this.agents.has(row.agent));
    if (unknown.length > 0) {
      this.agents = new Map([...this.agents, ...unknown.map((row) => [row.agent, row.agentTitle] as const)]);
    }
    const rules = page.rows.flatMap(({ outcome }) => outcome?.rule ?? []).filter((rule) => !this.rules.has(rule.id));
    if (rules.length > 0) this.rules = new Map([...this.rules, ...rules.map((rule) => [rule.id, said(rule.what)] as const)]);
  }
}
