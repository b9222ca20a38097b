/**
 * One hook file that is open: its text, which is the one truth, what stands in it, and what a person does to it. An edit of the form
 * comes back as changes of the text, so that one history undoes both.
 */

import { history, isolateHistory, redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import { Compartment, EditorState, type Transaction, type TransactionSpec } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { Failure, GroupInFile, HandlerInFile, HookEdit, HookFile, HookReading, MergeView, OpenHookFile, TextChange } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import { lineEnds } from './line-ends';

/** Pause in typing after which a field is sent, or the text is read. */
export const TYPING_MS = 200;

/** Pause after a change of the text after which it is kept. */
const KEEP_MS = 250;

/** An event, a group or a handler. */
export interface Chosen {
  event: string;
  group: number | null;
  handler: number | null;
}

/** A field of the form while it is typed in. */
export interface Typing {
  id: string;
  text: string;
  /** Null: what is typed is no value yet. */
  edit: HookEdit | null;
}

type Door = Pick<Host, 'readHookText' | 'editHookText' | 'keepHookDraft'>;

/** How the text is drawn: belongs to the component that draws it. */
export const looks = new Compartment();

export class HookDraft {
  file = $state.raw<HookFile>() as HookFile;
  /** As it was on disk when it was loaded. */
  base = $state.raw('');
  /** Of the bytes on disk; null: there was no file. */
  digest = $state.raw<string | null>(null);
  cm = $state.raw<EditorState>() as EditorState;
  reading = $state.raw<HookReading>({ groups: [], diagnostics: [] });
  /** The text that was read. */
  readText = $state.raw('');
  failure = $state.raw<Failure | null>(null);
  chosen = $state.raw<Chosen | null>(null);
  typing = $state.raw<Typing | null>(null);
  /** What came of what is on disk. */
  note = $state<'loaded' | 'saved' | null>(null);
  /** Somebody else changed the file, and so did the person. */
  merge = $state.raw<MergeView | null>(null);
  /** Templates that were added since the last save: their scripts are to be written. */
  templates = $state.raw<readonly string[]>([]);

  #host: Door;
  #view: EditorView | null = null;
  #sent: HookEdit | null = null;
  #edits: Promise<unknown> = Promise.resolve();
  #field: ReturnType<typeof setTimeout> | undefined;
  #read: ReturnType<typeof setTimeout> | undefined;
  #reads = 0;
  #keep: ReturnType<typeof setTimeout> | undefined;
  /** What was kept last, or needs not to be. */
  #kept: { text: string; digest: string | null };
  /** The caret was moved in a text that is yet to be read. */
  #follows = false;
  #keeping: Promise<void> = Promise.resolve();

  /** A file as it is on disk, or as it was left unsaved: then undo leads to what was loaded. */
  constructor(host: Door, opened: OpenHookFile) {
    const { file, draft } = opened;
    this.#host = host;
    this.file = file;
    this.base = draft === null ? opened.text : (draft.base ?? '');
    this.digest = (draft ?? opened).digest;
    this.reading = opened.reading;
    this.readText = opened.text;
    this.cm = EditorState.create({
      doc: this.base,
      extensions: [history(), lineEnds, looks.of([]), EditorState.readOnly.of(file.readOnly !== null)],
    });
    if (draft !== null) {
      this.templates = draft.templates;
      this.#replace(draft.text);
    }
    this.#kept = { text: this.text, digest: this.digest };
  }

  text = $derived(this.cm.sliceDoc());
  dirty = $derived(this.text !== this.base);
  /** Whether places in `reading` are places in the text. */
  fresh = $derived(this.readText === this.text);
  canUndo = $derived(undoDepth(this.cm) > 0);
  canRedo = $derived(redoDepth(this.cm) > 0);
  editable = $derived(this.file.readOnly === null);
  group = $derived.by((): GroupInFile | null => {
    const { chosen } = this;
    return this.reading.groups?.find((one) => one.event === chosen?.event && one.group === chosen.group) ?? null;
  });
  handler = $derived.by((): HandlerInFile | null => this.group?.handlers.find((one) => one.handler === this.chosen?.handler) ?? null);

  /** Shows an event, a group or a handler, in the text too. */
  choose(chosen: Chosen): void {
    void this.flush();
    this.chosen = chosen;
    const at = this.handler ?? this.group ?? this.reading.groups?.find(({ event }) => event === chosen.event);
    if (at !== undefined && this.fresh) this.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: 'center' }) });
  }

  /** The component that draws the text; null when it is gone. */
  draw(view: EditorView | null): void {
    this.#view = view;
  }

  /** Steps that happened in the component, or here. */
  take(steps: readonly Transaction[]): void {
    const last = steps.at(-1);
    // A component that is gone may still finish something.
    if (last === undefined || steps[0]?.startState !== this.cm) return;
    this.#view?.update(steps);
    this.cm = last.state;
    if (steps.some((step) => step.isUserEvent('select'))) this.#follow();
    if (!steps.some((step) => step.docChanged)) return;
    this.note = null;
    clearTimeout(this.#read);
    this.#read = setTimeout(() => void this.read(), TYPING_MS);
    clearTimeout(this.#keep);
    this.#keep = setTimeout(() => void this.keep(), KEEP_MS);
  }

  /** Has what is unsaved kept, so that it outlives the window; what is as on disk is kept no more. */
  keep(): Promise<void> {
    clearTimeout(this.#keep);
    const { text, digest, templates, file } = this;
    if (!this.editable || (text === this.#kept.text && digest === this.#kept.digest)) return this.#keeping;
    const before = this.#kept;
    const base = digest === null ? null : this.base;
    this.#kept = { text, digest };
    this.#keeping = this.#keeping
      .then(() => this.#host.keepHookDraft(file.path, text, base, templates))
      .catch((error: unknown) => {
        this.#kept = before;
        this.failure = asFailure(error);
      });
    return this.#keeping;
  }

  /** Shows the hook in which a person put the caret. Between hooks the choice stays. */
  #follow(): void {
    this.#follows = !this.fresh;
    if (this.#follows) return;
    const { head } = this.cm.selection.main;
    const within = ({ from, to }: { from: number; to: number }): boolean => from <= head && head <= to;
    const group = this.reading.groups?.findLast(within);
    if (group === undefined) return;
    const only = group.handlers.length === 1 ? group.handlers[0] : undefined;
    const handler = (group.handlers.findLast(within) ?? only)?.handler ?? null;
    const { chosen } = this;
    if (chosen?.event === group.event && chosen.group === group.group && chosen.handler === handler) return;
    void this.flush();
    this.chosen = { event: group.event, group: group.group, handler };
  }

  dispatch(step: TransactionSpec): void {
    this.take([this.cm.update(step)]);
  }

  async undo(): Promise<void> {
    await this.flush();
    this.typing = null;
    undo({ state: this.cm, dispatch: (step) => this.take([step]) });
    await this.read();
  }

  async redo(): Promise<void> {
    await this.flush();
    this.typing = null;
    redo({ state: this.cm, dispatch: (step) => this.take([step]) });
    await this.read();
  }

  /** Reads what stands in the text now. Later answers win. */
  async read(): Promise<void> {
    clearTimeout(this.#read);
    const read = ++this.#reads;
    const { text } = this;
    try {
      const reading = await this.#host.readHookText(this.file.path, text, this.templates);
      if (read === this.#reads) this.#know(text, reading);
    } catch (error) {
      if (read === this.#reads) this.failure = asFailure(error);
    }
  }

  /** Something is typed into a field; it is sent after a pause. */
  type(id: string, text: string, edit: HookEdit | null): void {
    if (this.typing !== null && this.typing.id !== id) void this.flush();
    this.typing = { id, text, edit };
    clearTimeout(this.#field);
    this.#field = setTimeout(() => void this.flush(), TYPING_MS);
  }

  /** The field is left: from now on it shows what stands in the text, unless it could not be brought there. */
  async leave(id: string): Promise<void> {
    await this.flush();
    if (this.typing?.id === id && this.typing.edit !== null && this.failure === null) this.typing = null;
  }

  /** Sends what is typed. */
  async flush(): Promise<void> {
    clearTimeout(this.#field);
    const edit = this.typing?.edit ?? null;
    if (edit !== null && edit !== this.#sent) {
      this.#sent = edit;
      await this.edit(edit, 'typed');
    } else await this.#edits;
  }

  /** Does something in the form, after what was begun before. Says whether it was done. */
  edit(edit: HookEdit, how: 'typed' | 'whole' = 'whole'): Promise<boolean> {
    const done = this.#edits.then(() => this.#edit(edit, how));
    this.#edits = done;
    return done;
  }

  async #edit(edit: HookEdit, how: 'typed' | 'whole'): Promise<boolean> {
    for (;;) {
      const { text } = this;
      try {
        const edited = await this.#host.editHookText(this.file.path, text, edit, this.templates);
        // Typed in the text meanwhile: the edit is made on what stands there now.
        if (text !== this.text) continue;
        if (edited.changes.length > 0) this.#change(edited.changes, how);
        this.#know(this.text, edited.reading);
        if (how === 'whole') this.chosen = edited.place;
        return true;
      } catch (error) {
        this.failure = asFailure(error);
        return false;
      }
    }
  }

  /** Mends something, as the reading says. */
  async mend(changes: readonly TextChange[]): Promise<void> {
    if (!this.fresh || !this.editable) return;
    this.typing = null;
    this.#change(changes, 'whole');
    await this.read();
  }

  /** Puts another text in place of this one, as one step. */
  async replace(text: string): Promise<void> {
    this.#replace(text);
    await this.read();
  }

  /** Takes back what is unsaved, as one step. */
  async discard(): Promise<void> {
    this.templates = [];
    await this.replace(this.base);
  }

  /** What is on disk now, where nothing was changed here; or what was just written. */
  load({ file, text, digest, reading }: OpenHookFile, note: 'loaded' | 'saved'): void {
    this.file = file;
    this.base = text;
    this.digest = digest;
    this.merge = null;
    this.#replace(text);
    this.#kept = { text, digest };
    this.#know(text, reading);
    this.note = note;
  }

  /** Ends a merge with this text; what is on disk is known from now on. */
  async settle({ theirs, digest }: MergeView, text: string): Promise<void> {
    this.base = theirs;
    this.digest = digest;
    this.merge = null;
    await this.replace(text);
  }

  #replace(text: string): void {
    this.typing = null;
    const change = between(this.text, text);
    if (change !== null) this.#change([change], 'whole');
  }

  #change(changes: readonly TextChange[], how: 'typed' | 'whole'): void {
    this.dispatch({
      changes: changes.map(({ from, to, insert }) => ({ from, to, insert })),
      userEvent: how === 'typed' ? 'input.type.form' : 'input.form',
      annotations: how === 'whole' ? isolateHistory.of('full') : [],
      filter: false,
    });
  }

  #know(text: string, reading: HookReading): void {
    clearTimeout(this.#read);
    this.#reads += 1;
    this.reading = reading;
    this.readText = text;
    this.failure = null;
    if (this.#follows) this.#follow();
  }
}

/** The one change that makes a text another; null where they are equal. */
export function between(from: string, to: string): TextChange | null {
  if (from === to) return null;
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let end = 0;
  while (end < from.length - start && end < to.length - start && from[from.length - 1 - end] === to[to.length - 1 - end]) end += 1;
  return { from: start, to: from.length - end, insert: to.slice(start, to.length - end) };
}
