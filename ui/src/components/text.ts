/** Small texts made of data: pieces as one line, sessions, times and durations. */

import type { ActionView, Piece, Shown } from '../ipc/dto';
import { plural, spoken, t } from '../messages';

/** The text, where nothing in it has to be drawn in another way; else null. */
export function flat(pieces: readonly Piece[]): string | null {
  const [only] = pieces;
  if (only === undefined) return '';
  return pieces.length === 1 && only.kind === 'text' ? only.text : null;
}

/** The pieces as plain text, marks in brackets. For labels and tooltips, never for what a person decides about. */
export function plain(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (piece.kind === 'mark' ? `[${piece.label}]` : piece.text)).join('');
}

/** The last part of a path: the whole of it belongs beside it. */
export function base(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? path;
}

/** What the agent wants, in words. */
export function verb(action: ActionView): string {
  if (action.kind !== 'patch') return t(`action.${action.kind}`);
  return action.files.length === 0 ? t('action.patch.unread') : plural('action.patch', action.files.length);
}

/** What it is about, in pieces that fit on one line. */
export function gist(action: ActionView): readonly Piece[] {
  switch (action.kind) {
    case 'shell':
      return action.command;
    case 'network':
      return action.target;
    case 'patch':
      return action.files.length === 0 ? action.text : action.files.flatMap((file, at) => (at === 0 ? file.path : [comma, ...file.path]));
    case 'mcp':
      return [...action.server, slash, ...action.tool];
    case 'stdin':
      return action.chars;
    case 'permissions':
      return action.reason ?? action.permissions;
    case 'unknown':
      return action.tool;
  }
}

const comma: Piece = { kind: 'text', text: ', ' };
const slash: Piece = { kind: 'text', text: ' / ' };

/** Enough of a session id to tell it from its neighbours. Ids that start with the time differ at the end. */
export function shortSession(session: string): string {
  return session.length > 8 ? session.slice(-8) : session;
}

export function projectName(shown: Shown): readonly Piece[] {
  return shown.projectName ?? [{ kind: 'text', text: t('card.project.unknown') }];
}

/** `9:41`, or `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0
    ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** How long something took, in words. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return t('duration.seconds', { seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t('duration.minutes', { minutes, seconds: seconds % 60 });
  return t('duration.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** The same for what is over in no time: in milliseconds, or with a tenth of a second. */
export function took(ms: number): string {
  if (ms < 1000) return t('duration.ms', { ms });
  return ms < 60_000 ? t('duration.seconds', { seconds: Math.round(ms / 100) / 10 }) : duration(ms);
}

/** Formats of a language are made once: there may be one in every row of a list. */
function formats(options: Intl.DateTimeFormatOptions): () => Intl.DateTimeFormat {
  const made = new Map<string, Intl.DateTimeFormat>();
  return () => {
    const language = spoken();
    const format = made.get(language) ?? new Intl.DateTimeFormat(language, { ...options, hourCycle: 'h23' });
    made.set(language, format);
    return format;
  };
}

const timeOfDay = formats({ hour: '2-digit', minute: '2-digit' });
const withSeconds = formats({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndTime = formats({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
const full = formats({ dateStyle: 'medium', timeStyle: 'medium' });

/** The time of day; with the day, unless that is today. */
export function moment(ms: number): string {
  const today = new Date().toDateString() === new Date(ms).toDateString();
  return (today ? timeOfDay : dayAndTime)().format(ms);
}

/** The time of day to the second. */
export function clock(ms: number): string {
  return withSeconds().format(ms);
}

export function fullMoment(ms: number): string {
  return full().format(ms);
}
