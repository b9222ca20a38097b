/** Words and small facts of the hooks editor. */

import type { DiagnosticView, FieldInFile, FieldWish, GroupInFile, HandlerInFile, HookFile, HookPlace, HookReading } from '../../ipc/dto';
import { known, plural, t, type Key } from '../../messages';

/** What stands for the asterisk in keys of the catalogue of this shape. */
type Named<Start extends string, End extends string> = Key extends infer K ? (K extends `${Start}${infer Name}${End}` ? Name : never) : never;

/** Our words for a hook of the gallery; its name where we have none. */
export function templateTitle(id: string): string {
  return known(`gallery.${id}.title`) ? t(`gallery.${id as Named<'gallery.', '.title'>}.title`) : id;
}

export function templateText(id: string): string {
  return known(`gallery.${id}.text`) ? t(`gallery.${id as Named<'gallery.', '.text'>}.text`) : '';
}

/** Why a version was kept; the backend's word where we have none. */
export function reasonWords(reason: string): string {
  return known(`editor.reason.${reason}`) ? t(`editor.reason.${reason as Named<'editor.reason.', ''>}`) : reason;
}

/** What a file is, and what of it is known. */
export function fileWords(file: HookFile): string {
  const kind = t(`editor.kind.${file.kind}`);
  return file.exists ? `${kind} · ${plural('editor.handlers', file.handlers)}` : `${kind} · ${t('editor.newFile')}`;
}

/** The value of a field where it is such a text; what is written otherwise. */
export function shown(fields: readonly FieldInFile[], name: string): string {
  const json = fields.find((field) => field.name === name)?.value;
  if (json === undefined) return '';
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : value === null ? '' : json;
}

/** What a text field asks for: nothing in it takes the field out. */
export const textWish = (name: string, text: string): FieldWish => ({ name, value: text === '' ? null : JSON.stringify(text) });

/** The same for whole numbers; null where it is none. */
export function numberWish(name: string, text: string): FieldWish | null {
  const trimmed = text.trim();
  if (trimmed === '') return { name, value: null };
  return /^\d{1,9}$/.test(trimmed) ? { name, value: String(Number(trimmed)) } : null;
}

/** What a handler runs, in a line. */
export function runs(handler: HandlerInFile): string {
  if (handler.command !== null) return handler.command;
  if (handler.kind === 'mcp_tool') return `${shown(handler.fields, 'server')} / ${shown(handler.fields, 'tool')}`;
  return handler.kind === '' ? t('editor.handler.untyped') : handler.kind;
}

export type Row =
  | { kind: 'event'; event: string; count: number }
  | { kind: 'group'; group: GroupInFile }
  | { kind: 'handler'; group: GroupInFile; handler: HandlerInFile };

/** The tree as rows: events in the order of the file, with their groups and handlers that fit the words. */
export function rows(reading: HookReading, search: string): Row[] {
  const words = search.toLowerCase().split(/\s+/);
  const fits = (...texts: string[]): boolean => {
    const hay = texts.join('\n').toLowerCase();
    return words.every((word) => hay.includes(word));
  };
  const found: Row[] = [];
  let header: (Row & { kind: 'event' }) | undefined;
  for (const group of reading.groups ?? []) {
    const { event, matcher } = group;
    const handlers = group.handlers.filter((handler) => fits(event, matcher ?? '', runs(handler)));
    if (handlers.length === 0 && !fits(event, matcher ?? '')) continue;
    if (header?.event !== event) {
      header = { kind: 'event', event, count: 0 };
      found.push(header);
    }
    header.count += handlers.length;
    found.push({ kind: 'group', group }, ...handlers.map((handler): Row => ({ kind: 'handler', group, handler })));
  }
  return found;
}

/** What was found at a handler; or at a group, outside of its handlers. */
export function faultsOf(reading: HookReading, group: GroupInFile, handler: HandlerInFile | null): DiagnosticView[] {
  const within = (fault: DiagnosticView, { from, to }: { from: number; to: number }): boolean => fault.from >= from && fault.to <= to;
  return reading.diagnostics.filter((fault) =>
    handler === null ? within(fault, group) && !group.handlers.some((one) => within(fault, one)) : within(fault, handler),
  );
}

export const placeOf = (group: GroupInFile, handler: HandlerInFile | null): HookPlace => ({
  event: group.event,
  group: group.group,
  handler: handler?.handler ?? null,
});
