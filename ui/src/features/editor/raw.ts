/** The raw text: what it offers while one types, and what it says of a word or a mistake. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap } from '@codemirror/commands';
import { bracketMatching, indentUnit, syntaxTree } from '@codemirror/language';
import { linter, lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, type TransactionSpec } from '@codemirror/state';
import { EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { dress } from '../../components/code/code';
import { plain } from '../../components/text';
import type { DiagnosticView, NotationView } from '../../ipc/dto';
import { t } from '../../messages';
import type { HookDraft } from '../../state/hook-draft.svelte';
import { help, names, values } from './vocabulary';

/** What every raw text has. */
const furniture: Extension = [
  EditorView.lineWrapping,
  lineNumbers(),
  // What is found is told, see `marks`: nothing is looked for here.
  linter(null),
  lintGutter(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  search({ top: true }),
];

/** Draws a text where nobody sees it. The first one takes far longer than all others, and then a person does not wait for it. */
export function warm(): void {
  const state = EditorState.create({ doc: '{\n  "hooks": {}\n}\n', extensions: [dress('json', ''), furniture] });
  new EditorView({ state, root: document }).destroy();
}

/** All that belongs to the raw text of a file. Undo and redo are those of the whole editor. */
export function raw(draft: HookDraft, onsave: () => void): Extension {
  const { notation } = draft.file;
  const run = (act: () => unknown) => () => {
    void act();
    return true;
  };
  return [
    dress(notation, t('editor.raw.label', { file: draft.file.path })),
    furniture,
    indentUnit.of(indent(draft.base)),
    autocompletion({ override: [(context) => complete(context, notation)], icons: false }),
    hoverTooltip(({ state }, at) => hover(state, at)),
    keymap.of([
      { key: 'Mod-z', run: run(() => draft.undo()), preventDefault: true },
      { key: 'Mod-y', mac: 'Mod-Shift-z', run: run(() => draft.redo()), preventDefault: true },
      { key: 'Mod-Shift-z', run: run(() => draft.redo()), preventDefault: true },
      { key: 'Mod-s', run: run(onsave), preventDefault: true },
      ...closeBracketsKeymap,
      ...searchKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...defaultKeymap,
    ]),
  ];
}

/** The indent of a text: of its first indented line. */
function indent(text: string): string {
  return /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
}

const SEVERITY = { error: 'error', warning: 'warning', advice: 'info' } as const;

/** Marks what was found, with what mends it. */
export function marks(draft: HookDraft): TransactionSpec {
  const { length } = draft.cm.doc;
  const mark = ({ from, to, severity, message, hint, fix }: DiagnosticView): Diagnostic => ({
    from: Math.min(from, length),
    to: Math.min(Math.max(from, to), length),
    severity: SEVERITY[severity],
    message: [message, hint ?? []].map(plain).filter((text) => text !== '').join('\n'),
    actions: fix === null || !draft.editable ? [] : [{ name: fix.title, apply: () => void draft.mend(fix.changes) }],
  });
  return setDiagnostics(draft.cm, draft.reading.diagnostics.map(mark));
}

/** How deep in objects a place is, and the key whose value it is in. */
function where(state: EditorState, at: number): { depth: number; key: string | null; naming: boolean } {
  const inner = syntaxTree(state).resolveInner(at, -1);
  let depth = 0;
  for (let node: typeof inner | null = inner; node !== null; node = node.parent) if (node.name === 'Object') depth += 1;
  const property = inner.name === 'Property' ? inner : inner.parent?.name === 'Property' ? inner.parent : null;
  const name = property?.firstChild ?? null;
  const naming = inner.name === 'PropertyName' || inner.name === 'Object' || inner.name === '{' || (name !== null && at <= name.to);
  return { depth, key: naming || name === null ? null : state.sliceDoc(name.from + 1, name.to - 1), naming };
}

function options(labels: readonly string[]): Completion[] {
  return labels.map((label) => {
    const info = help(label.replaceAll('"', ''));
    return info === null ? { label } : { label, info };
  });
}

/** What may stand at a place of the text. */
export function complete(context: CompletionContext, notation: NotationView): CompletionResult | null {
  const word = context.matchBefore(/"?[\w|]*/);
  if (word === null || (word.from === word.to && !context.explicit)) return null;
  return notation === 'json' ? completeJson(context, word.from) : completeToml(context, word.from);
}

function completeJson({ state, pos }: CompletionContext, from: number): CompletionResult | null {
  const { depth, key, naming } = where(state, pos);
  if (key !== null) {
    const rest = state.sliceDoc(from, pos).startsWith('"') ? (/^[^"\n]*"/.exec(state.sliceDoc(pos, pos + 200))?.[0] ?? '') : '';
    return { from, to: pos + rest.length, options: options(values(key)) };
  }
  if (!naming) return null;
  const named = /^\w*"\s*:|^\w*"/.exec(state.sliceDoc(pos, pos + 80))?.[0] ?? '';
  return { from, to: pos + named.length, options: options(names(depth)).map((one) => ({ ...one, apply: named.includes(':') ? `"${one.label}":` : `"${one.label}": ` })) };
}

function completeToml({ state, pos }: CompletionContext, from: number): CompletionResult | null {
  const before = state.sliceDoc(state.doc.lineAt(pos).from, from);
  if (/^\[{1,2}hooks\.$/.test(before)) return { from, options: options(names(2)) };
  const key = /^\s*(\w+)\s*=\s*$/.exec(before)?.[1];
  if (key !== undefined) return { from, options: options(values(key)) };
  return before.trim() === '' ? { from, options: options([...names(3), ...names(4)]) } : null;
}

function hover(state: EditorState, at: number): { pos: number; end: number; create: () => { dom: HTMLElement } } | null {
  const word = state.wordAt(at);
  const text = word === null ? null : help(state.sliceDoc(word.from, word.to));
  if (word === null || text === null) return null;
  const create = (): { dom: HTMLElement } => {
    const dom = document.createElement('div');
    dom.className = 'cm-help';
    dom.textContent = text;
    return { dom };
  };
  return { pos: word.from, end: word.to, create };
}
