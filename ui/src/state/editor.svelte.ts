/** The hooks editor: the files, those that are open, and what is asked before something is written. */

import type { BackupView, Failure, HookFile, MergeView, SavePreview, TemplateView, TrustItem } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import type { HookDraft } from './hook-draft.svelte';
import { HookMove } from './hook-move.svelte';
import { lazy } from './lazy';

/** What is looked at before the next step; `loading` until it is there. */
export type Asked =
  | { kind: 'save'; preview: SavePreview | null; scripts: readonly TemplateView[]; saving: boolean }
  | { kind: 'gallery'; templates: readonly TemplateView[] | null }
  | { kind: 'versions'; backups: readonly BackupView[] | null; shown: { backup: BackupView; text: string } | null }
  | { kind: 'move'; move: HookMove }
  | { kind: 'trust'; items: readonly TrustItem[] | null; trusting: boolean };

type Door = Pick<
  Host,
  | 'hookFiles'
  | 'openHookFile'
  | 'readHookText'
  | 'editHookText'
  | 'keepHookDraft'
  | 'previewHookSave'
  | 'saveHookFile'
  | 'mergeHookFile'
  | 'hookBackups'
  | 'hookBackup'
  | 'watchHookFile'
  | 'hookTemplates'
  | 'pickHookFile'
  | 'hookTrustItems'
  | 'trustHooks'
  | 'enableHook'
>;

/** With all that edits texts. */
export const drafts = lazy(() => import('./hook-draft.svelte'));

export class Editor {
  files = $state.raw<readonly HookFile[] | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Why something that was dropped is no hook file. */
  unfit = $state.raw<Failure | null>(null);
  looking = $state(false);
  /** Open files by path, as they were left. */
  drafts = $state.raw<ReadonlyMap<string, HookDraft>>(new Map());
  /** Path of the file that is shown. */
  shown = $state<string | null>(null);
  /** Words that have to occur in a hook. */
  search = $state('');
  asked = $state.raw<Asked | null>(null);
  /** Why what is asked went wrong. */
  refused = $state.raw<Failure | null>(null);
  /** Keys that were written and are to be trusted. */
  untrusted = $state.raw<readonly string[]>([]);
  /** The files between which a hook was moved last. */
  moved = $state.raw<{ from: string; to: string } | null>(null);
  /** Something is known anew of what runs: trust, or what stands on disk. */
  onchanged: () => void = () => {};

  #host: Door;
  /** Files that a person chose or dropped: they stay in the list. */
  #named = new Set<string>();
  #look = 0;
  #opening = 0;
  #asking = 0;
  /** What is told of the file while it is written is looked at afterwards: it may be our own doing. */
  #saving: Promise<void> = Promise.resolve();

  constructor(host: Door) {
    this.#host = host;
  }

  /** The files of a move that is not saved wholly: until then the hook is lost or doubled. */
  unsavedMove = $derived.by(() => {
    const { moved, drafts } = this;
    return moved !== null && [moved.from, moved.to].some((path) => drafts.get(path)?.dirty) ? moved : null;
  });

  draft = $derived(this.shown === null ? null : (this.drafts.get(this.shown) ?? null));

  async refresh(folder: string | null): Promise<void> {
    const look = ++this.#look;
    this.looking = true;
    try {
      const found = await this.#host.hookFiles(folder);
      if (look !== this.#look) return;
      const known = new Set(found.map((file) => file.path));
      const others = (this.files ?? []).filter((file) => this.#named.has(file.path) && !known.has(file.path));
      this.files = [...found, ...others];
      this.failure = null;
    } catch (error) {
      if (look === this.#look) this.failure = asFailure(error);
    }
    if (look === this.#look) this.looking = false;
  }

  /** Shows a file. One that was left with changes is as it was left, unless it changed on disk: then both are shown. */
  async open(path: string): Promise<void> {
    const opening = ++this.#opening;
    this.failure = null;
    try {
      await this.#load(path);
      if (opening !== this.#opening) return;
      if (this.shown !== path) {
        this.search = '';
        this.untrusted = [];
      }
      this.shown = path;
      await this.#host.watchHookFile(path, (digest) => void this.#told(path, digest));
    } catch (error) {
      if (opening === this.#opening) this.failure = asFailure(error);
    }
  }

  /** A file as it was left, or as it is on disk. */
  async #load(path: string): Promise<HookDraft> {
    const { HookDraft } = await drafts();
    const opened = await this.#host.openHookFile(path);
    const left = this.drafts.get(path);
    const draft = left ?? new HookDraft(this.#host, opened);
    if (left === undefined) {
      this.drafts = new Map(this.drafts).set(path, draft);
      if (opened.draft !== null) await draft.read();
    }
    this.#list(opened.file);
    await this.#compare(draft, opened.digest);
    return draft;
  }

  /** Has everything kept that is not saved: the window may go. */
  async keepDrafts(): Promise<void> {
    for (const draft of this.drafts.values()) {
      await draft.flush();
      await draft.keep();
    }
  }

  /** Looks whether the file that is shown is what was loaded. */
  async recheck(): Promise<void> {
    const { draft } = this;
    if (draft === null) return;
    try {
      await this.#compare(draft, (await this.#host.openHookFile(draft.file.path)).digest);
    } catch (error) {
      draft.failure = asFailure(error);
    }
  }

  /** Shows the hook of this key in its file. */
  async reveal(key: string): Promise<void> {
    await this.open(fileOf(key));
    const { draft } = this;
    for (const { event, group, handlers } of draft?.reading.groups ?? []) {
      const found = handlers.find((handler) => handler.key === key);
      if (found !== undefined) draft?.choose({ event, group, handler: found.handler });
    }
  }

  /** Opens a file of the person's choice. */
  async pick(): Promise<void> {
    try {
      const path = await this.#host.pickHookFile();
      if (path === null) return;
      this.#named.add(path);
      await this.open(path);
    } catch (error) {
      this.failure = asFailure(error);
    }
  }

  /** Lists what was dropped on the window, and opens the first of it. */
  async drop(files: readonly HookFile[], refused: Failure | null): Promise<void> {
    this.close();
    this.unfit = refused;
    for (const file of files) {
      this.#named.add(file.path);
      this.#list(file);
    }
    const [first] = files;
    if (first !== undefined) await this.open(first.path);
  }

  close(): void {
    this.#asking += 1;
    this.asked = null;
    this.refused = null;
  }

  /** What a save would do. */
  async askSave(): Promise<void> {
    const { draft } = this;
    if (draft === null || !draft.editable) return;
    await draft.flush();
    if (!draft.dirty || draft.merge !== null) return;
    await this.#ask<Asked & { kind: 'save' }>({ kind: 'save', preview: null, scripts: [], saving: false }, async (asked) => {
      const { file, text, templates } = draft;
      const [preview, gallery] = await Promise.all([
        this.#host.previewHookSave(file.path, text, templates),
        templates.length === 0 ? [] : this.#host.hookTemplates(file.path),
      ]);
      return { ...asked, preview, scripts: gallery.filter(({ id, script }) => script !== null && templates.includes(id)) };
    });
  }

  /** The same save, with places kept so that no hook loses its trust. */
  async keep(): Promise<void> {
    const { asked, draft } = this;
    if (asked?.kind !== 'save' || asked.preview === null || asked.preview.keeping === null || draft === null) return;
    await draft.replace(asked.preview.keeping);
    await this.askSave();
  }

  /** Writes what was looked at. */
  save(): Promise<void> {
    this.#saving = this.#save();
    return this.#saving;
  }

  async #save(): Promise<void> {
    const { asked, draft } = this;
    if (asked?.kind !== 'save' || asked.preview === null || asked.saving || draft === null) return;
    const { preview, scripts } = asked;
    this.asked = { ...asked, saving: true };
    // What is written now is not to be kept afterwards.
    await draft.keep();
    try {
      const outcome = await this.#host.saveHookFile(draft.file.path, draft.digest, draft.text, preview.digest, scripts.map(({ id }) => id));
      this.close();
      if (outcome.kind === 'changed') {
        await this.#differs(draft);
        return;
      }
      draft.templates = [];
      draft.load(outcome.opened, 'saved');
      this.#list(outcome.opened.file);
      this.untrusted = preview.trust.map(({ key }) => key);
      this.onchanged();
    } catch (error) {
      this.refused = asFailure(error);
      this.asked = { ...asked, saving: false };
    }
  }

  async askGallery(): Promise<void> {
    const { draft } = this;
    if (draft === null || !draft.editable) return;
    await this.#ask<Asked>({ kind: 'gallery', templates: null }, async () => ({
      kind: 'gallery',
      templates: await this.#host.hookTemplates(draft.file.path),
    }));
  }

  /** Adds a hook of the gallery at the end of its event, so that the others keep their trust. */
  async add({ id, event, matcher, handler, script }: TemplateView): Promise<void> {
    const { draft } = this;
    if (draft === null) return;
    this.close();
    this.search = '';
    const before = draft.templates;
    // Before the edit: its script is not missing then.
    if (script !== null) draft.templates = [...new Set([...before, id])];
    const done = await draft.edit({ kind: 'addGroup', event, matcher, handler: handler.map(({ name, value }) => ({ name, value })) });
    if (!done) draft.templates = before;
  }

  /** Asks where the chosen hook is to go. */
  askMove(): void {
    const { draft } = this;
    if (draft === null || !draft.editable || draft.group === null || draft.handler === null) return;
    this.close();
    this.asked = { kind: 'move', move: new HookMove(draft, draft.group, draft.handler) };
  }

  /** It is to go to this file. */
  async moveTo(path: string): Promise<void> {
    const { asked } = this;
    if (asked?.kind !== 'move') return;
    const asking = ++this.#asking;
    asked.move.wait(path);
    this.refused = null;
    try {
      const to = await this.#load(path);
      if (asking === this.#asking) asked.move.aim(to);
    } catch (error) {
      if (asking === this.#asking) this.refused = asFailure(error);
    }
  }

  async move(): Promise<void> {
    const { asked } = this;
    if (asked?.kind !== 'move' || !asked.move.ready) return;
    const { from, to } = asked.move;
    this.refused = await asked.move.go();
    if (this.refused !== null || to === null) return;
    this.close();
    if (to !== from) this.moved = { from: from.file.path, to: to.file.path };
  }

  async askVersions(): Promise<void> {
    const { draft } = this;
    if (draft === null) return;
    await this.#ask<Asked>({ kind: 'versions', backups: null, shown: null }, async () => ({
      kind: 'versions',
      backups: await this.#host.hookBackups(draft.file.path),
      shown: null,
    }));
  }

  /** Shows what the file was then. */
  async look(backup: BackupView): Promise<void> {
    const { asked, draft } = this;
    if (asked?.kind !== 'versions' || draft === null) return;
    await this.#ask<Asked>(asked, async () => ({
      ...asked,
      shown: { backup, text: await this.#host.hookBackup(draft.file.path, backup.id) },
    }));
  }

  /** Puts the earlier text into the editor, as one step that can be undone. It is saved as always. */
  async restore(): Promise<void> {
    const { asked, draft } = this;
    if (asked?.kind !== 'versions' || asked.shown === null || draft === null) return;
    const { text } = asked.shown;
    this.close();
    await draft.replace(text);
  }

  /** Shows what is to be trusted. */
  async askTrust(folder: string, keys: readonly string[]): Promise<void> {
    await this.#ask<Asked>({ kind: 'trust', items: null, trusting: false }, async () => ({
      kind: 'trust',
      items: await this.#host.hookTrustItems(folder, [...keys]),
      trusting: false,
    }));
  }

  /** Has the agent trust what was looked at, and nothing else. */
  async trust(folder: string): Promise<void> {
    const { asked } = this;
    if (asked?.kind !== 'trust' || asked.items === null || asked.trusting) return;
    this.asked = { ...asked, trusting: true };
    try {
      await this.#host.trustHooks(folder, asked.items.map(({ key, digest }) => ({ key, digest })));
      this.untrusted = [];
      this.close();
    } catch (error) {
      this.refused = asFailure(error);
      this.asked = { ...asked, trusting: false };
    }
    this.onchanged();
  }

  async enable(folder: string, seen: { key: string; hash: string }, wish: 'on' | 'off'): Promise<void> {
    const { draft } = this;
    try {
      await this.#host.enableHook(folder, { key: seen.key, hash: seen.hash }, wish === 'on');
    } catch (error) {
      if (draft !== null) draft.failure = asFailure(error);
    }
    this.onchanged();
  }

  async settle(merge: MergeView, text: string): Promise<void> {
    await this.draft?.settle(merge, text);
  }

  /** Shows a question at once, and what belongs to it when it is there. */
  async #ask<Kind extends Asked>(first: Kind, rest: (first: Kind) => Promise<Kind>): Promise<void> {
    const asking = ++this.#asking;
    this.asked = first;
    this.refused = null;
    try {
      const whole = await rest(first);
      if (asking === this.#asking) this.asked = whole;
    } catch (error) {
      if (asking === this.#asking) this.refused = asFailure(error);
    }
  }

  async #told(path: string, digest: string | null): Promise<void> {
    const draft = this.drafts.get(path);
    if (draft !== undefined && (await this.#compare(draft, digest))) this.onchanged();
  }

  /** Where what is on disk is not what was loaded, it is loaded, or both are shown. Says whether it is so. */
  async #compare(draft: HookDraft, digest: string | null): Promise<boolean> {
    await this.#saving;
    if (draft.digest === digest || (draft.merge !== null && draft.merge.digest === digest)) return false;
    await this.#differs(draft);
    return true;
  }

  async #differs(draft: HookDraft): Promise<void> {
    const { path } = draft.file;
    await draft.flush();
    try {
      if (draft.dirty) {
        draft.merge = await this.#host.mergeHookFile(path, draft.base, draft.text);
        if (this.asked?.kind === 'save') this.close();
      } else {
        const opened = await this.#host.openHookFile(path);
        draft.load(opened, 'loaded');
        this.#list(opened.file);
      }
    } catch (error) {
      draft.failure = asFailure(error);
    }
  }

  /** What is known now of one of the files. */
  #list(file: HookFile): void {
    const files = this.files ?? [];
    const there = files.some((other) => other.path === file.path);
    this.files = there ? files.map((other) => (other.path === file.path ? file : other)) : [...files, file];
  }
}

/** The file that a hook stands in: its key is the path, and the place in it. */
function fileOf(key: string): string {
  return key.replace(/:[a-z_]+:\d+:\d+$/, '');
}
