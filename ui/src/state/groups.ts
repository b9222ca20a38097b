/** The newest events as a person reads them: by session, inside by turn. No signals: who owns it says when it changed. */

import type { EventView, Piece, RecordedView } from '../ipc/dto';

/** What a session does, as far as its events tell. */
export type Pace = 'running' | 'quiet' | 'ended';

export interface SessionRow {
  kind: 'session';
  key: string;
  session: string | null;
  agentTitle: string;
  folder: readonly Piece[] | null;
  folderName: readonly Piece[] | null;
  /** Milliseconds since the Unix epoch: its first event that is known. */
  since: number;
  count: number;
  pace: Pace;
  open: boolean;
}

export interface TurnRow {
  kind: 'turn';
  key: string;
  turn: string;
  prompt: readonly Piece[] | null;
  count: number;
  open: boolean;
}

export interface EventRow {
  kind: 'event';
  key: string;
  event: EventView;
}

/** A run of an agent's own hook. It stands among the events, as one that happened when it began. */
export interface RunRow {
  kind: 'run';
  key: string;
  event: EventView;
  run: RecordedView;
}

/** What stands in a turn. */
export type LeafRow = EventRow | RunRow;

export type Row = SessionRow | TurnRow | LeafRow;

export const eventRow = (event: EventView): EventRow => ({ kind: 'event', key: event.id, event });

export function runRow(run: RecordedView): RunRow {
  const { id, agent, agentTitle, session, turn, event, tool, reported } = run;
  const own = { at: run.run.startedAt, gist: run.command };
  const none = { subagent: null, folder: null, folderName: null, request: null };
  return { kind: 'run', key: `run ${id}`, event: { id, agent, agentTitle, session, turn, event, tool, reported, ...own, ...none }, run };
}

export function isLeaf(row: Row): row is LeafRow {
  return row.kind === 'event' || row.kind === 'run';
}

export interface LiveFilter {
  /** Words that must all occur in the event. */
  text: string;
  agent: string | null;
  /** The agent's own name of the event. */
  event: string | null;
  reported: EventView['reported'] | null;
}

export const NO_FILTER: LiveFilter = { text: '', agent: null, event: null, reported: null };

interface Entry {
  row: LeafRow;
  readonly at: number;
  readonly turn: Turn;
  readonly session: Session;
  /** Fits the filter. */
  shown: boolean;
}

interface Turn {
  readonly key: string;
  /** Null: between turns, such as the start of a session. */
  readonly id: string | null;
  readonly from: number;
  prompt: readonly Piece[] | null;
  /** By time. */
  readonly entries: Entry[];
}

interface Session {
  readonly key: string;
  readonly first: EventView;
  folder: EventView | null;
  since: number;
  latest: number;
  pace: Pace;
  /** By time. */
  readonly turns: Turn[];
}

/** Events after which the agent works on, and those after which it does not. Others change nothing. */
const PACE: ReadonlyMap<string, Pace> = new Map([
  ['SessionStart', 'quiet'],
  ['UserPromptSubmit', 'running'],
  ['PreModelRequest', 'running'],
  ['PreToolUse', 'running'],
  ['PermissionRequest', 'running'],
  ['PostToolUse', 'running'],
  ['Stop', 'quiet'],
  ['Interrupt', 'quiet'],
  ['SessionEnd', 'ended'],
]);

/** A session without news for so long is not said to run: an agent that was killed tells of no end. */
const NEWS_MS = 3_600_000;

/** The pieces as the text they stand for, to search in. */
export function said(pieces: readonly Piece[] | null): string {
  return (pieces ?? []).map((piece) => (piece.kind === 'mark' ? piece.label : piece.text)).join('');
}

export class Groups {
  #keep: number;
  /** In the order of their arrival. */
  #entries: Entry[] = [];
  #sessions = new Map<string, Session>();
  #filter = NO_FILTER;
  #closed = new Set<string>();

  /** Keeps that many events at most. */
  constructor(keep: number) {
    this.#keep = keep;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Returns those that had to go for it, oldest first. */
  add(rows: readonly LeafRow[]): LeafRow[] {
    for (const row of rows) this.#entries.push(this.#place(row));
    const gone = this.#entries.splice(0, Math.max(0, this.#entries.length - this.#keep));
    for (const entry of gone) this.#remove(entry);
    return gone.map((entry) => entry.row);
  }

  /** More is known of a run that is here. */
  renew(row: RunRow): void {
    const entry = this.#entries.findLast((other) => other.row.key === row.key);
    if (entry !== undefined) Object.assign(entry, { row, shown: fits(row.event, this.#filter) });
  }

  narrow(filter: LiveFilter): void {
    this.#filter = filter;
    for (const entry of this.#entries) entry.shown = fits(entry.row.event, filter);
  }

  /** Opens or closes a session or a turn. */
  toggle(key: string): void {
    if (!this.#closed.delete(key)) this.#closed.add(key);
  }

  /** The session in which something happened last stands last, so that the newest event is at the end. */
  rows(): Row[] {
    const rows: Row[] = [];
    for (const session of [...this.#sessions.values()].sort((a, b) => a.latest - b.latest)) this.#list(session, rows);
    return rows;
  }

  #list(session: Session, rows: Row[]): void {
    const shown = session.turns
      .map((turn) => ({ turn, entries: turn.entries.filter((entry) => entry.shown) }))
      .filter(({ entries }) => entries.length > 0);
    if (shown.length === 0) return;
    const { key, first, folder, since, pace } = session;
    const open = !this.#closed.has(key);
    rows.push({
      kind: 'session',
      key,
      session: first.session,
      agentTitle: first.agentTitle,
      folder: folder?.folder ?? null,
      folderName: folder?.folderName ?? null,
      since,
      count: shown.reduce((sum, { entries }) => sum + entries.length, 0),
      pace,
      open,
    });
    if (!open) return;
    for (const { turn, entries } of shown) {
      const opened = !this.#closed.has(turn.key);
      if (turn.id !== null) {
        rows.push({ kind: 'turn', key: turn.key, turn: turn.id, prompt: turn.prompt, count: entries.length, open: opened });
      }
      if (opened) for (const entry of entries) rows.push(entry.row);
    }
  }

  #place(row: LeafRow): Entry {
    const { event } = row;
    const at = Number(event.at);
    const session = this.#session(event, at);
    const turn = turnOf(session, event, at);
    if (said(event.event) === 'UserPromptSubmit') turn.prompt ??= event.gist;
    const entry: Entry = {
      row,
      at,
      turn,
      session,
      shown: fits(event, this.#filter),
    };
    insert(turn.entries, entry, (other) => other.at <= at);
    return entry;
  }

  #session(event: EventView, at: number): Session {
    const key = `${event.agent} ${event.session ?? ''}`;
    const session = this.#sessions.get(key) ?? {
      key,
      first: event,
      folder: null,
      since: at,
      latest: at,
      pace: 'quiet',
      turns: [],
    };
    this.#sessions.set(key, session);
    session.since = Math.min(session.since, at);
    // A tool's folder is chosen by the model; the session's own is told by what is no tool.
    if (event.folder !== null && event.tool === null) session.folder ??= event;
    if (at >= session.latest) {
      session.latest = at;
      if (event.subagent === null) session.pace = PACE.get(said(event.event)) ?? session.pace;
      if (session.pace === 'running' && Date.now() - at > NEWS_MS) session.pace = 'quiet';
    }
    return session;
  }

  #remove(entry: Entry): void {
    const { session, turn } = entry;
    turn.entries.splice(turn.entries.indexOf(entry), 1);
    if (turn.entries.length > 0) return;
    session.turns.splice(session.turns.indexOf(turn), 1);
    this.#closed.delete(turn.key);
    if (session.turns.length > 0) return;
    this.#sessions.delete(session.key);
    this.#closed.delete(session.key);
  }
}

/** The turn of this event. What belongs to none stands between the turns, where its time puts it. */
function turnOf(session: Session, event: EventView, at: number): Turn {
  const { turns } = session;
  const before = turns.findLast((turn) => turn.from <= at);
  const found = event.turn === null ? (before?.id === null ? before : undefined) : turns.findLast((turn) => turn.id === event.turn);
  if (found !== undefined) return found;
  const turn: Turn = { key: `${session.key} ${event.turn ?? `before ${event.id}`}`, id: event.turn, from: at, prompt: null, entries: [] };
  insert(turns, turn, (other) => other.from <= at);
  return turn;
}

/** Puts `item` behind the last one that comes before it. */
function insert<T>(list: T[], item: T, before: (other: T) => boolean): void {
  list.splice(list.findLastIndex(before) + 1, 0, item);
}

function fits(event: EventView, filter: LiveFilter): boolean {
  return (
    (filter.agent === null || event.agent === filter.agent) &&
    (filter.event === null || said(event.event) === filter.event) &&
    (filter.reported === null || event.reported === filter.reported) &&
    holds(event, filter.text)
  );
}

function holds(event: EventView, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return true;
  const hay = [event.event, event.tool, event.gist, event.folder, event.subagent].map(said).join('\n').toLowerCase();
  return words.every((word) => hay.includes(word));
}
