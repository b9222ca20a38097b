/** The files of the hooks editor in memory, for the scripted host. */

import type {
  BackupView,
  DraftView,
  DropUpdate,
  HookEdit,
  HookEdited,
  HookFile,
  HookReading,
  MergeView,
  OpenHookFile,
  SaveOutcome,
  SavePreview,
  SeenHook,
  SeenItem,
  TemplateView,
  TrustItem,
} from './dto';
import { FakeCalls } from './fake-calls';
import { text } from './fake-cards';
import { digestOf, editText, effects, json, readText } from './fake-hook-text';

export const USER_FILE = '/home/ada/.codex/hooks.json';

export const USER_TEXT = `{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          { "type": "command", "command": "python3 ~/.codex/hooks/guard.py --deny 'rm -rf /'", "timeout": 30 }
        ]
      },
      {
        "matcher": "apply_patch",
        "hooks": [
          { "type": "command", "command": "node ~/.codex/hooks/paths.mjs", "timeoutSec": 10 }
        ]
      }
    ],
    "Stop": [
      {
        "hooks": [
          { "type": "command", "command": "cargo test --quiet", "statusMessage": "Running the tests" }
        ]
      }
    ]
  }
}
`;

export function hookFile(path: string, over: Partial<HookFile> = {}): HookFile {
  return { path, pathShown: text(path), kind: 'user', notation: path.endsWith('.toml') ? 'toml' : 'json', exists: true, handlers: 3, readOnly: null, drafted: false, ...over };
}

export function hookFiles(): HookFile[] {
  return [
    hookFile(USER_FILE),
    hookFile('/home/ada/.codex/config.toml', { handlers: 0 }),
    hookFile('/home/ada/src/hookwright-site/.codex/hooks.json', { kind: 'project', exists: false, handlers: 0 }),
    hookFile('/home/ada/.config/hookwright/hooks.json', { kind: 'hosted', handlers: 0 }),
    hookFile('/etc/codex/hooks.json', { kind: 'managed', handlers: 1, readOnly: 'managed' }),
  ];
}

/** What is said of a hook of this many: for looking at a large file. */
export function manyHooks(count: number): string {
  const group = (at: number) => ({ matcher: `tool_${at}`, hooks: [{ type: 'command', command: `/opt/hooks/check-${at}.sh`, timeout: 5 }] });
  return `${JSON.stringify({ hooks: { PreToolUse: Array.from({ length: count }, (_, at) => group(at)) } }, null, 2)}\n`;
}

function opened(file: HookFile, source: string | undefined): OpenHookFile {
  const reading = readText(file.path, source ?? '');
  const handlers = (reading.groups ?? []).reduce((sum, one) => sum + one.handlers.length, 0);
  return { file: { ...file, exists: source !== undefined, handlers }, text: source ?? '', draft: null, digest: source === undefined ? null : digestOf(source), reading };
}

export const BACKUPS: BackupView[] = [
  { id: 'b-2', at: '1700000000000', reason: 'save', bytes: 812 },
  { id: 'b-1', at: '1699990000000', reason: 'connect', bytes: 244 },
];

export const TEMPLATES: TemplateView[] = [
  {
    id: 'guardCommands',
    event: 'PreToolUse',
    matcher: 'Bash',
    handler: [
      { name: 'type', value: '"command"' },
      { name: 'command', value: json('sh "$HOME/.codex/hooks/guardCommands.sh"') },
      { name: 'timeout', value: '10' },
    ],
    script: { path: text('/home/ada/.codex/hooks/guardCommands.sh'), text: text('#!/bin/sh\ncat >/dev/null\n'), cut: false },
  },
];

export function trustItem(key: string): TrustItem {
  return {
    key,
    hash: `sha256:${'ab'.repeat(32)}`,
    digest: 'seen-1',
    event: 'PreToolUse',
    matcher: text('Bash'),
    runs: text('python3 ~/.codex/hooks/guard.py'),
    input: null,
    scripts: [{ path: text('/home/ada/.codex/hooks/guard.py'), text: text('print("{}")\n'), cut: false }],
    since: null,
  };
}

/** The part of the scripted host that the hooks editor asks. */
export class FakeEditor extends FakeCalls {
  /** Files of the editor, and what stands in them. */
  hookFilesFound: HookFile[] = hookFiles();
  readonly disk = new Map<string, string>([[USER_FILE, USER_TEXT]]);
  /** What is kept unsaved, by path. */
  readonly hookDrafts = new Map<string, DraftView>();
  templates: TemplateView[] = TEMPLATES;
  backups: BackupView[] = BACKUPS;
  picked: string | null = null;

  #drops: ((update: DropUpdate) => void) | null = null;
  #watched: { path: string; told: (digest: string | null) => void } | null = null;

  async hookFiles(folder: string | null): Promise<HookFile[]> {
    this.call('hookFiles', folder);
    return this.hookFilesFound.map((file) => ({ ...file, drafted: this.hookDrafts.has(file.path) }));
  }

  async openHookFile(path: string): Promise<OpenHookFile> {
    this.call('openHookFile', path);
    const file = this.hookFilesFound.find((one) => one.path === path) ?? hookFile(path, { kind: 'other' });
    const draft = this.hookDrafts.get(path) ?? null;
    return { ...opened({ ...file, drafted: draft !== null }, this.disk.get(path)), draft };
  }

  async keepHookDraft(path: string, source: string, base: string | null, templates: readonly string[]): Promise<void> {
    this.call('keepHookDraft', path, source, base, templates);
    if (source === (this.disk.get(path) ?? '') || source === (base ?? '')) this.hookDrafts.delete(path);
    else this.hookDrafts.set(path, { text: source, base, digest: base === null ? null : digestOf(base), templates: [...templates] });
  }

  async readHookText(path: string, source: string): Promise<HookReading> {
    this.call('readHookText', path, source);
    return readText(path, source);
  }

  async editHookText(path: string, source: string, edit: HookEdit): Promise<HookEdited> {
    this.call('editHookText', path, source, edit);
    return editText(path, source, edit);
  }

  async previewHookSave(path: string, source: string): Promise<SavePreview> {
    this.call('previewHookSave', path, source);
    const before = this.disk.get(path) ?? '';
    const line = (kind: 'added' | 'removed') => (one: string) => ({ kind, text: text(one) });
    const [was, is] = [before.split('\n'), source.split('\n')];
    const removed = was.filter((one) => !is.includes(one)).map(line('removed'));
    const added = is.filter((one) => !was.includes(one)).map(line('added'));
    const diff = { path: text(path), change: 'update' as const, to: null, binary: false, lines: [...removed, ...added], added: added.length, removed: removed.length };
    return { digest: digestOf(source), diff: before === source ? null : diff, diagnostics: readText(path, source).diagnostics, trust: effects(path, before, source), keeping: null };
  }

  async saveHookFile(path: string, digest: string | null, source: string, seen: string, templates: string[]): Promise<SaveOutcome> {
    this.call('saveHookFile', path, digest, source, seen, templates);
    const before = this.disk.get(path);
    if ((before === undefined ? null : digestOf(before)) !== digest) return { kind: 'changed' };
    this.disk.set(path, source);
    this.hookDrafts.delete(path);
    return { kind: 'saved', opened: await this.openHookFile(path) };
  }

  async mergeHookFile(path: string, base: string, mine: string): Promise<MergeView> {
    this.call('mergeHookFile', path, base, mine);
    const theirs = this.disk.get(path) ?? '';
    return { theirs, digest: digestOf(theirs), diff: null, merged: `<<<<<<<\n${theirs}=======\n${mine}>>>>>>>\n`, conflicts: 1 };
  }

  async hookBackups(path: string): Promise<BackupView[]> {
    this.call('hookBackups', path);
    return this.backups;
  }

  async hookBackup(path: string, id: string): Promise<string> {
    this.call('hookBackup', path, id);
    return '{ "hooks": {} }\n';
  }

  async watchHookFile(path: string, told: (digest: string | null) => void): Promise<void> {
    this.call('watchHookFile', path);
    this.#watched = { path, told };
  }

  /** Somebody else writes a file. */
  writeOutside(path: string, source: string): void {
    this.disk.set(path, source);
    if (this.#watched?.path === path) this.#watched.told(digestOf(source));
  }

  async hookTemplates(path: string): Promise<TemplateView[]> {
    this.call('hookTemplates', path);
    return this.templates;
  }

  async pickHookFile(): Promise<string | null> {
    this.call('pickHookFile');
    return this.picked;
  }

  async hookDrops(take: (update: DropUpdate) => void): Promise<void> {
    this.call('hookDrops');
    this.#drops = take;
  }

  /** A person drags files over the window. */
  drag(update: DropUpdate): void {
    this.#drops?.(update);
  }

  async hookTrustItems(folder: string, keys: string[]): Promise<TrustItem[]> {
    this.call('hookTrustItems', folder, keys);
    return keys.map(trustItem);
  }

  async trustHooks(folder: string, seen: SeenItem[]): Promise<void> {
    this.call('trustHooks', folder, seen);
  }

  async enableHook(folder: string, seen: SeenHook, enabled: boolean): Promise<void> {
    this.call('enableHook', folder, seen, enabled);
  }
}
