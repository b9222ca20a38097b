/** What stands in a hook file, for the scripted host: JSON only, and an edit prints the whole text anew. */

import { jsonLanguage } from '@codemirror/lang-json';
import type {
  DiagnosticView,
  FieldInFile,
  FieldWish,
  GroupInFile,
  HandlerInFile,
  HookEdit,
  HookEdited,
  HookPlace,
  HookReading,
  TextChange,
  TrustEffect,
} from './dto';
import { text } from './fake-cards';

const EVENTS = ['PreToolUse', 'PermissionRequest', 'PostToolUse', 'PreCompact', 'PostCompact', 'SessionStart', 'SessionEnd', 'UserPromptSubmit', 'SubagentStart', 'SubagentStop', 'Stop', 'Interrupt'];
const TOOLS = ['Bash', 'apply_patch', 'write_stdin', 'mcp__github__create_issue', 'update_plan'];
/** What the history knows besides. */
const RECORDED = ['mcp__memory__search'];

export const json = (value: unknown): string => JSON.stringify(value);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Group {
  matcher?: string | null;
  hooks?: Record<string, Json>[];
}
type Root = Record<string, Json> & { hooks?: Record<string, Group[]> };

/** Ranges of groups and of their handlers, in the order of the text. */
function ranges(source: string): { from: number; to: number }[][] {
  const found: { from: number; to: number }[][] = [];
  let depth = 0;
  jsonLanguage.parser.parse(source).iterate({
    enter: ({ name, from, to }) => {
      if (name !== 'Object') return;
      depth += 1;
      if (depth === 3) found.push([{ from, to }]);
      if (depth === 4) found.at(-1)?.push({ from, to });
    },
    leave: ({ name }) => void (name === 'Object' && (depth -= 1)),
  });
  return found;
}

const label = (event: string): string => event.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

export function readText(path: string, source: string): HookReading {
  if (source.trim() === '') return { groups: [], diagnostics: [] };
  let root: Root;
  try {
    root = JSON.parse(source) as Root;
  } catch (error) {
    return { groups: null, diagnostics: [diagnostic('syntax', 'error', 0, Math.min(1, source.length), String(error))] };
  }
  const places = ranges(source);
  const groups = Object.entries(root.hooks ?? {}).flatMap(([event, list]) =>
    list.map((group, at): GroupInFile => {
      const [own, ...handlers] = places.shift() ?? [];
      return {
        event,
        group: at,
        from: own?.from ?? 0,
        to: own?.to ?? 0,
        matcher: group.matcher ?? null,
        matches: !['UserPromptSubmit', 'Stop', 'Interrupt'].includes(event),
        hits: event.includes('Tool') || event === 'PermissionRequest' ? TOOLS.filter((tool) => hits(group.matcher ?? '', tool)) : null,
        recorded: event.includes('Tool') ? RECORDED.filter((tool) => hits(group.matcher ?? '', tool)) : [],
        handlers: (group.hooks ?? []).map((fields, nth) => handler(fields, nth, `${path}:${label(event)}:${at}:${nth}`, handlers[nth])),
      };
    }),
  );
  return { groups, diagnostics: groups.flatMap((group) => troubles(source, group)) };
}

function hits(matcher: string, tool: string): boolean {
  if (matcher === '' || matcher === '*') return true;
  if (/^[\w|]+$/.test(matcher)) return matcher.split('|').includes(tool);
  try {
    return new RegExp(matcher).test(tool);
  } catch {
    return false;
  }
}

function handler(fields: Record<string, Json>, at: number, key: string, place: { from: number; to: number } | undefined): HandlerInFile {
  const command = typeof fields['command'] === 'string' ? fields['command'] : null;
  const recorded = command?.startsWith('hookwright record -- ') ?? false;
  return {
    handler: at,
    key,
    from: place?.from ?? 0,
    to: place?.to ?? 0,
    kind: String(fields['type'] ?? ''),
    fields: Object.entries(fields).map(([name, value]): FieldInFile => ({ name, value: json(value) })),
    ours: command?.includes('hookwright-relay') ?? false,
    recorded,
    command: recorded ? (command?.replace('hookwright record -- ', '') ?? null) : command,
  };
}

export function diagnostic(code: string, severity: DiagnosticView['severity'], from: number, to: number, message: string, over: Partial<DiagnosticView> = {}): DiagnosticView {
  return { severity, code, from, to, line: 1, column: from + 1, message: text(message), hint: null, fix: null, ...over };
}

function troubles(source: string, group: GroupInFile): DiagnosticView[] {
  const found: DiagnosticView[] = [];
  if (!EVENTS.includes(group.event)) found.push(diagnostic('unknown-event', 'error', group.from, group.to, `Codex knows no event ${group.event} and leaves this out.`));
  for (const { from, to, fields } of group.handlers) {
    if (!fields.some(({ name }) => name === 'timeoutSec')) continue;
    const at = source.indexOf('"timeoutSec"', from);
    const changes = [{ from: at + 1, to: at + 11, insert: 'timeout' }];
    found.push(
      diagnostic('ignored-key', 'warning', at, Math.min(at + 12, to), 'Codex ignores timeoutSec: 600 seconds hold.', {
        hint: text('Name it timeout.'),
        fix: { title: 'Name it timeout', changes },
      }),
    );
  }
  return found;
}

/** The one change that makes a text another. */
function change(from: string, to: string): TextChange[] {
  if (from === to) return [];
  let start = 0;
  while (start < Math.min(from.length, to.length) && from[start] === to[start]) start += 1;
  let end = 0;
  while (end < Math.min(from.length, to.length) - start && from.at(-1 - end) === to.at(-1 - end)) end += 1;
  return [{ from: start, to: from.length - end, insert: to.slice(start, to.length - end) }];
}

export function editText(path: string, source: string, edit: HookEdit): HookEdited {
  const root = (source.trim() === '' ? {} : JSON.parse(source)) as Root;
  const place = apply((root.hooks ??= {}), edit);
  const next = `${JSON.stringify(root, null, 2)}\n`;
  return { changes: change(source, next), reading: readText(path, next), place };
}

const made = (wishes: readonly FieldWish[]): Record<string, Json> =>
  Object.fromEntries(wishes.flatMap(({ name, value }) => (value === null ? [] : [[name, JSON.parse(value) as Json]])));

function apply(hooks: Record<string, Group[]>, edit: HookEdit): HookPlace | null {
  switch (edit.kind) {
    case 'addGroup': {
      const groups = (hooks[edit.event] ??= []);
      groups.push({ ...(edit.matcher === null ? {} : { matcher: edit.matcher }), hooks: [made(edit.handler)] });
      return { event: edit.event, group: groups.length - 1, handler: 0 };
    }
    case 'addHandler': {
      const handlers = (group(hooks, edit).hooks ??= []);
      handlers.push(made(edit.handler));
      return { event: edit.event, group: edit.group, handler: handlers.length - 1 };
    }
    case 'setMatcher': {
      const one = group(hooks, edit);
      if (edit.matcher === null) delete one.matcher;
      else one.matcher = edit.matcher;
      return { event: edit.event, group: edit.group, handler: null };
    }
    case 'setField': {
      const fields = group(hooks, edit.place).hooks?.[edit.place.handler ?? 0] ?? {};
      const { name, value } = edit.field;
      if (value === null) delete fields[name];
      else fields[name] = JSON.parse(value) as Json;
      return edit.place;
    }
    case 'record': {
      const fields = group(hooks, edit.place).hooks?.[edit.place.handler ?? 0] ?? {};
      const command = String(fields['command']).replace('hookwright record -- ', '');
      fields['command'] = edit.on ? `hookwright record -- ${command}` : command;
      return edit.place;
    }
    case 'remove':
      taken(hooks, edit.place);
      return null;
    case 'vacate':
      hooks[edit.event]?.splice(edit.group, 1, {});
      return null;
    case 'duplicate': {
      const { event, group: at, handler: nth } = edit.place;
      const list: unknown[] = nth === null ? (hooks[event] ??= []) : (group(hooks, edit.place).hooks ??= []);
      list.push(structuredClone(list[nth ?? at]));
      return nth === null ? { event, group: list.length - 1, handler: null } : { event, group: at, handler: list.length - 1 };
    }
    case 'move':
      return moved(hooks, edit.place, edit.to);
    case 'regroup': {
      const groups = (hooks[edit.place.event] ??= []);
      const own = group(hooks, edit.place);
      const into = edit.into ?? groups.push({ ...own, hooks: [] }) - 1;
      const to = moved(hooks, edit.place, { event: edit.place.event, group: into, handler: group(hooks, { ...edit.place, group: into }).hooks?.length ?? 0 });
      if (own.hooks?.length === 0) groups.splice(edit.place.group, 1, ...(edit.place.group < groups.length - 1 ? [{}] : []));
      return to;
    }
  }
}

function group(hooks: Record<string, Group[]>, { event, group: at }: { event: string; group: number }): Group {
  const found = hooks[event]?.[at];
  if (found === undefined) throw { code: 'hookGone', detail: `${event}:${at}` };
  return found;
}

function taken(hooks: Record<string, Group[]>, place: HookPlace): unknown {
  if (place.handler !== null) return group(hooks, place).hooks?.splice(place.handler, 1)[0];
  const [one] = hooks[place.event]?.splice(place.group, 1) ?? [];
  if (hooks[place.event]?.length === 0) delete hooks[place.event];
  return one;
}

function moved(hooks: Record<string, Group[]>, place: HookPlace, to: HookPlace): HookPlace {
  const same = place.event === to.event && (place.handler === null || place.group === to.group);
  const [from, wanted] = place.handler === null ? [place.group, to.group] : [place.handler, to.handler ?? 0];
  const at = same && wanted > from ? wanted - 1 : wanted;
  const one = taken(hooks, place);
  if (place.handler === null) (hooks[to.event] ??= []).splice(at, 0, one as Group);
  else (group(hooks, to).hooks ??= []).splice(at, 0, one as Record<string, Json>);
  return place.handler === null ? { ...to, group: at } : { ...to, handler: at };
}

export const digestOf = (source: string): string => `sha256:${source.length}:${[...source].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7)}`;

const handlersOf = (path: string, source: string): { key: string; event: string; what: string }[] =>
  (readText(path, source).groups ?? []).flatMap((one) => one.handlers.map(({ key, fields }) => ({ key, event: one.event, what: json([one.matcher, fields]) })));

export function effects(path: string, before: string, after: string): TrustEffect[] {
  const was = handlersOf(path, before);
  return handlersOf(path, after).flatMap(({ key, event, what }): TrustEffect[] => {
    if (was.some((one) => one.key === key && one.what === what)) return [];
    const effect = was.some((one) => one.what === what) ? 'moved' : was.some((one) => one.key === key) ? 'changed' : 'new';
    return [{ key, event, runs: text(what), effect }];
  });
}
