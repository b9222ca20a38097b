/** The Live screen: the newest events as they come, many at a time in a storm, held back while a person reads. */

import { SvelteMap } from 'svelte/reactivity';
import type { ChangeOf, EventDetail, EventView, Failure, LiveSnapshot, LiveUpdate, Outcome, RecordedView, Snapshot, Taken } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import type { Follower } from './feed.svelte';
import { eventRow, Groups, NO_FILTER, runRow, said, type LeafRow, type LiveFilter, type RunRow } from './groups';

/** So many events are kept; older ones are in the history. */
export const KEEP = 5000;

/** In a storm of events, so long lies between two drawings: nobody reads faster, and the window stays at hand. */
export const DRAW_MS = 100;

/** Under a moving pointer the rows stay so long, so that it meets the one it was aimed at; but never longer than the second. */
export const AIM_MS = 150;
export const AIM_MOST_MS = 500;

/** How often it is said aloud, at most, how much came while paused. */
export const NEWS_MS = 5000;

const EVERY_PAST = { text: '', decision: null, by: null, agent: null, project: null, rule: null };

/** What became of a request. */
export type Became = 'waiting' | { outcome: Outcome; taken: Taken };

export class Live implements Follower {
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | null>(null);
  filter = $state.raw<LiveFilter>(NO_FILTER);
  /** Agents and events seen so far, for the filters. Agents by name, with their title. */
  agents = $state.raw<ReadonlyMap<string, string>>(new Map());
  events = $state.raw<readonly string[]>([]);
  paused = $state(false);
  /** How many events came since the pause began, and how many of them were said aloud. */
  held = $state(0);
  told = $state(0);
  /** How many events passed between two snapshots without being seen here. */
  missed = $state(0);
  /** The list stays at its end. */
  following = $state(true);
  /** The row that has the keys. */
  cursor = $state<string | null>(null);
  /** The event whose detail is open. */
  selected = $state.raw<EventView | null>(null);
  detail = $state.raw<EventDetail | 'loading' | 'gone' | Failure>('loading');
  /** The recorded hook whose detail is open. */
  run = $state.raw<RecordedView | null>(null);
  /** Told when a recorded hook has ended. */
  onended: () => void = () => {};

  #host: Pick<Host, 'live' | 'event' | 'past'>;
  #groups = new Groups(KEEP);
  /** Counts what changed in the groups. */
  #changes = $state(0);
  /** Keys of what is grouped or pending. */
  #known = new Set<string>();
  #pending: LeafRow[] = [];
  /** Runs that have ended since they were grouped. */
  #renewed: RunRow[] = [];
  #drawing: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = -DRAW_MS;
  #aimedAt = -AIM_MS;
  /** A person presses a row: none comes under the pointer before it is let go. */
  #pressed = false;
  #toldAt = 0;
  #requests = new SvelteMap<string, Became>();
  /** Streams of earlier subscriptions are ignored. */
  #stream = 0;
  /** The last event that was heard of. */
  #seq: bigint | null = null;

  constructor(host: Pick<Host, 'live' | 'event' | 'past'>) {
    this.#host = host;
  }

  rows = $derived.by(() => {
    void this.#changes;
    return this.#groups.rows();
  });

  /** How many events are kept, whether the filter shows them or not. */
  size = $derived.by(() => {
    void this.#changes;
    return this.#groups.size;
  });

  get filtered(): boolean {
    const { text, agent, event, reported } = this.filter;
    return text.trim() !== '' || agent !== null || event !== null || reported !== null;
  }

  /** What became of a request; undefined where that is not known. */
  request(id: string): Became | undefined {
    return this.#requests.get(id);
  }

  load(snapshot: Snapshot): void {
    const waiting = new Set(snapshot.waiting.map((card) => card.id));
    for (const [id, state] of this.#requests) {
      if (state === 'waiting' && !waiting.has(id)) this.#requests.delete(id);
    }
    for (const id of waiting) this.#requests.set(id, 'waiting');
    void this.#learnOutcomes();
  }

  apply(change: ChangeOf): void {
    if (change.kind === 'requestOpened') this.#requests.set(change.card.id, 'waiting');
    if (change.kind === 'requestEnded') this.#requests.set(change.id, { outcome: change.outcome, taken: 'waiting' });
    if (change.kind === 'replyTaken') this.#taken(change.id, change.taken);
    if (change.kind === 'hooksRan' && change.event === this.selected?.id) void this.#look(this.selected);
  }

  /** Somebody looks: from now on events are listened to, whether the screen is shown or not. */
  open(): void {
    if (this.#stream === 0) void this.start();
  }

  /** A snapshot first, then every later event; after a gap a new snapshot, which adds what is not known yet. */
  async start(): Promise<void> {
    const stream = ++this.#stream;
    const early: LiveUpdate[] = [];
    let ready = false;

    const take = (update: LiveUpdate): void => {
      if (stream !== this.#stream) return;
      if (!ready) {
        early.push(update);
        return;
      }
      const next = (this.#seq ?? 0n) + 1n;
      const first = BigInt(update.seq);
      if (first > next) {
        void this.start();
        return;
      }
      const last = first + BigInt(update.events.length + update.recorded.length) - 1n;
      if (last < next) return;
      this.#seq = last;
      this.#arrive(update);
    };

    try {
      const snapshot = await this.#host.live(take);
      if (stream !== this.#stream) return;
      ready = true;
      this.#load(snapshot);
      for (const update of early) take(update);
    } catch (error) {
      if (stream !== this.#stream) return;
      this.status = 'failed';
      this.failure = asFailure(error);
    }
  }

  /** The pointer moves over the rows. */
  aim(): void {
    this.#aimedAt = performance.now();
  }

  press(): void {
    this.#pressed = true;
  }

  /** What came meanwhile is drawn after the click that this may end, and after what comes of it was painted. */
  release(): void {
    if (!this.#pressed) return;
    this.#pressed = false;
    clearTimeout(this.#drawing);
    this.#drawing = setTimeout(() => this.#draw(), DRAW_MS);
  }

  pause(): void {
    this.release();
    this.#draw();
    this.paused = true;
    this.#toldAt = performance.now();
  }

  /** Shows what was held back. */
  resume(): void {
    this.paused = false;
    this.held = 0;
    this.told = 0;
    this.#draw();
  }

  narrow(change: Partial<LiveFilter>): void {
    this.filter = { ...this.filter, ...change };
    this.#groups.narrow(this.filter);
    this.#changes += 1;
  }

  clear(): void {
    this.narrow(NO_FILTER);
  }

  /** Opens or closes a session or a turn. */
  toggle(key: string): void {
    this.#groups.toggle(key);
    this.#changes += 1;
  }

  selectRun(run: RecordedView): void {
    this.selected = null;
    this.run = run;
  }

  async select(event: EventView | null): Promise<void> {
    this.run = null;
    this.selected = event;
    this.detail = 'loading';
    if (event !== null) await this.#look(event);
  }

  /** What is shown stays until the answer is there. */
  async #look(event: EventView): Promise<void> {
    let detail: EventDetail | 'gone' | Failure;
    try {
      detail = (await this.#host.event(event.id)) ?? 'gone';
    } catch (error) {
      detail = asFailure(error);
    }
    if (this.selected?.id === event.id) this.detail = detail;
  }

  #load(snapshot: LiveSnapshot): void {
    const seq = BigInt(snapshot.seq);
    // Of a recorded hook its beginning and its end are told.
    const there = snapshot.events.length + 2 * snapshot.recorded.length;
    if (this.#seq !== null) this.missed += Math.max(0, Number(seq - this.#seq) - there);
    this.#seq = seq;
    this.#arrive(snapshot);
    this.#draw();
    this.status = 'ready';
    this.failure = null;
  }

  /** Takes what is new. It is drawn soon, together with what comes until then. */
  #arrive({ events, recorded }: Pick<LiveUpdate, 'events' | 'recorded'>): void {
    for (const row of [...events.map(eventRow), ...recorded.map(runRow)]) {
      if (row.kind === 'run' && row.run.run.status !== 'running') this.#end(row);
      if (this.#known.has(row.key)) continue;
      this.#known.add(row.key);
      this.#pending.push(row);
      if (this.paused) this.held += 1;
    }
    this.#forget(this.#pending.splice(0, Math.max(0, this.#pending.length - KEEP)));
    if (this.paused) this.#tell();
    else this.#drawing ??= this.#drawSoon();
  }

  /** After the last drawing, and not under a pointer that moves. */
  #drawSoon(since = performance.now()): ReturnType<typeof setTimeout> {
    const wait = (): number =>
      Math.max(this.#drawnAt + DRAW_MS, Math.min(this.#aimedAt + AIM_MS, since + AIM_MOST_MS)) - performance.now();
    return setTimeout(() => {
      if (wait() > 0) this.#drawing = this.#drawSoon(since);
      else this.#draw();
    }, wait());
  }

  /** What is known of a run stands in its place. */
  #end(row: RunRow): void {
    const at = this.#pending.findIndex((other) => other.key === row.key);
    if (at >= 0) this.#pending[at] = row;
    else if (this.#known.has(row.key)) this.#renewed.push(row);
    if (this.run?.id === row.run.id) this.run = row.run;
    this.onended();
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.paused || this.#pressed || this.#pending.length + this.#renewed.length === 0) return;
    this.#drawnAt = performance.now();
    const [rows, renewed] = [this.#pending, this.#renewed];
    this.#pending = [];
    this.#renewed = [];
    this.#learn(rows.map((row) => row.event));
    for (const row of renewed) this.#groups.renew(row);
    this.#forget(this.#groups.add(rows));
    this.#changes += 1;
  }

  #forget(rows: readonly LeafRow[]): void {
    for (const { key, event } of rows) {
      this.#known.delete(key);
      if (event.request !== null) this.#requests.delete(event.request);
    }
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#toldAt < NEWS_MS) return;
    this.#toldAt = now;
    this.told = this.held;
  }

  #learn(events: readonly EventView[]): void {
    const agents = new Map([...this.agents, ...events.map((event) => [event.agent, event.agentTitle] as const)]);
    if (agents.size > this.agents.size) this.agents = agents;
    const names = new Set([...this.events, ...events.map((event) => said(event.event))]);
    if (names.size > this.events.length) this.events = [...names].sort();
  }

  /** What became of requests that ended before this window listened. Where that fails, rows only lack a badge. */
  async #learnOutcomes(): Promise<void> {
    const page = await this.#host.past(EVERY_PAST, null).catch(() => null);
    for (const { id, outcome, taken } of page?.rows ?? []) {
      if (outcome !== null) this.#requests.set(id, { outcome, taken });
    }
  }

  #taken(id: string, taken: Taken): void {
    const became = this.#requests.get(id);
    if (became !== undefined && became !== 'waiting') this.#requests.set(id, { ...became, taken });
  }
}
