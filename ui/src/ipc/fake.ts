/**
 * A scripted host for tests and for looking at the windows in a browser (`?fake=three&theme=dark`). Not part of the product.
 * `arming` is the arming time of its backend.
 */

import type { ByView, Card, ChangeOf, Choice, DecisionView, Failure, PastFilter, PastPage, Shown, Snapshot, Update } from './dto';
import { ACTIONS, card, past, shown, text, type ActionName } from './fake-cards';
import type { Host } from './host';

const PAGE = 100;
const PROJECTS = ['/home/ada/notes', '/home/ada/src/hookwright-site', '/home/ada/src/shop-api'];

export class FakeHost implements Host {
  /** Every call, by name, with its arguments. */
  readonly calls: [name: string, ...args: unknown[]][] = [];
  readonly snapshot: Omit<Snapshot, 'seq'> = { version: '0.1.0', waiting: [], paused: null, notes: [], picked: null, quitAsked: false };
  arming = 600;
  /** What the next call of this name is rejected with. */
  refuse: { name: string; failure: Failure } | null = null;
  /** How many requests the past holds. */
  pastCount = 100_000;

  #seq = 0;
  #take: ((update: Update) => void) | null = null;
  #painted = new Map<string, number>();

  /** One step of the one order. */
  send(change: ChangeOf): void {
    const { snapshot } = this;
    if (change.kind === 'requestOpened') snapshot.waiting = [...snapshot.waiting, change.card];
    if (change.kind === 'requestEnded') snapshot.waiting = snapshot.waiting.filter((other) => other.id !== change.id);
    if (change.kind === 'pauseChanged') snapshot.paused = change.paused;
    if (change.kind === 'notesChanged') snapshot.notes = change.notes;
    this.#seq += 1;
    this.#take?.({ seq: String(this.#seq), at: String(Date.now()), change });
  }

  /** Steps that get lost. */
  skip(count: number): void {
    this.#seq += count;
  }

  end(id: string, decision: DecisionView, by: ByView, message: string | null = null): void {
    this.send({ kind: 'requestEnded', id, outcome: { decision, by, at: String(Date.now()), waitedMs: '4000', message } });
  }

  async subscribe(take: (update: Update) => void): Promise<Snapshot> {
    this.#call('subscribe');
    this.#take = take;
    return { ...this.snapshot, seq: String(this.#seq) };
  }

  async painted(id: string, digest: string): Promise<{ leftMs: number }> {
    this.#call('painted', id, digest);
    const first = this.#painted.get(digest) ?? performance.now();
    this.#painted.set(digest, first);
    return { leftMs: Math.max(0, Math.round(first + this.arming - performance.now())) };
  }

  /** The backend counts from anew. */
  rearm(window: 'popup' | 'main'): void {
    this.#painted.clear();
    this.send({ kind: 'rearmed', window });
  }

  async decide(id: string, digest: string, choice: Choice): Promise<void> {
    this.#call('decide', id, digest, choice);
    const message = choice.kind === 'deny' ? choice.message : null;
    this.end(id, choice.kind === 'leave' ? 'none' : choice.kind, 'person', message);
  }

  async denySession(session: string, message: string): Promise<number> {
    this.#call('denySession', session, message);
    const all = this.snapshot.waiting.filter((other) => other.shown.session === session);
    for (const { id } of all) this.end(id, 'deny', 'person', message);
    return all.length;
  }

  async past(filter: PastFilter, cursor: string | null): Promise<PastPage> {
    this.#call('past', filter, cursor);
    const rows = [];
    let at = Number(cursor ?? 0);
    for (; at < this.pastCount && rows.length < PAGE; at += 1) {
      const row = past(at);
      if (matches(row, filter)) rows.push(row);
    }
    return { rows, next: at < this.pastCount ? String(at) : null, projects: this.pastCount > 0 ? PROJECTS : [] };
  }

  async pastShown(id: string): Promise<Shown | null> {
    this.#call('pastShown', id);
    const row = past(Number(id.replace('past-', '')));
    return shown({ kind: 'shell', command: row.summary }, { project: row.project, runsIn: row.project ?? text('?') });
  }

  async pause(minutes: number | null): Promise<void> {
    this.#call('pause', minutes);
    const until = minutes === null ? null : String(Date.now() + minutes * 60_000);
    this.send({ kind: 'pauseChanged', paused: { until } });
  }

  async resume(): Promise<void> {
    this.#call('resume');
    this.send({ kind: 'pauseChanged', paused: null });
  }

  async openMain(): Promise<void> {
    this.#call('openMain');
  }

  async hidePopup(): Promise<void> {
    this.#call('hidePopup');
  }

  async focusPopup(): Promise<void> {
    this.#call('focusPopup');
  }

  async popupEmpty(): Promise<void> {
    this.#call('popupEmpty');
  }

  async popupSize(height: number): Promise<void> {
    this.#call('popupSize', height);
  }

  async quit(handBack: boolean): Promise<void> {
    this.#call('quit', handBack);
  }

  #call(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args]);
    if (this.refuse?.name !== name) return;
    const { failure } = this.refuse;
    this.refuse = null;
    throw failure;
  }
}

function matches(row: ReturnType<typeof past>, filter: PastFilter): boolean {
  const words = filter.text.toLowerCase().split(/\s+/);
  const hay = JSON.stringify([row.summary, row.project, row.outcome?.message]).toLowerCase();
  return (
    words.every((word) => hay.includes(word)) &&
    (filter.decision === null || row.outcome?.decision === filter.decision) &&
    (filter.by === null || row.outcome?.by === filter.by) &&
    (filter.agent === null || row.agent === filter.agent) &&
    (filter.project === null || JSON.stringify(row.project).includes(JSON.stringify(filter.project)))
  );
}

/** The host that plays the script of this name. */
export function fakeHost(script: string): FakeHost {
  const host = new FakeHost();
  // For the console of the browser.
  Object.assign(globalThis, { fakeHost: host });
  host.snapshot.waiting = waiting(script);
  switch (script) {
    case 'withdrawn':
      // Again and again, so that there is time to look.
      setInterval(() => {
        const open = card(ACTIONS.one);
        host.send({ kind: 'requestOpened', card: open });
        setTimeout(() => host.end(open.id, 'none', 'withdrawn'), 600);
      }, 2650);
      break;
    case 'notes':
      host.snapshot.notes = [
        { code: 'historyFailing', detail: 'database or disk is full' },
        { code: 'noTray', detail: '' },
      ];
      host.snapshot.paused = { until: String(Date.now() + 900_000) };
      break;
    case 'quit':
      setTimeout(() => host.send({ kind: 'quitAsked', waiting: 2 }), 300);
      break;
    case 'early':
      host.refuse = { name: 'decide', failure: { code: 'tooEarly', detail: '' } };
      break;
    case 'empty':
      host.pastCount = 0;
      break;
    case 'failed':
      host.refuse = { name: 'subscribe', failure: { code: 'internal', detail: 'the window is gone' } };
      break;
    default:
      break;
  }
  return host;
}

function waiting(script: string): Card[] {
  switch (script) {
    case 'empty':
    case 'notes':
    case 'failed':
    case 'withdrawn':
      return [];
    case 'three':
      return [
        card(ACTIONS.one),
        card(ACTIONS.test, { session: '0199c0de-7a11-7c3e-9d52-aa01bb02cc03', projectName: text('shop-api') }),
        card(ACTIONS.network),
      ];
    case 'quit':
      return [card(ACTIONS.one), card(ACTIONS.test)];
    case 'outside':
      return [
        card(ACTIONS.one, { runsIn: text('/etc/nginx'), runsOutside: true, subagent: text('reviewer'), reviewer: 'autoReview' }),
      ];
    default:
      return [card(ACTIONS[script as ActionName] ?? ACTIONS.one)];
  }
}
