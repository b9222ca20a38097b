/**
 * Text as it is, also with `\r\n`: only `\n` divides lines here, so that no byte is lost and every place is counted as the backend
 * counts it. What is typed gets the line ends of the text, and nothing comes between the two parts of one.
 */

import { EditorSelection, EditorState, type Extension, type Text, type Transaction, type TransactionSpec } from '@codemirror/state';

export const lineEnds: Extension = [EditorState.lineSeparator.of('\n'), EditorState.transactionFilter.of(kept)];

const two = (doc: Text): boolean => doc.lines > 1 && doc.line(1).text.endsWith('\r');
const within = (doc: Text, at: number): boolean => at > 0 && at < doc.length && doc.sliceString(at - 1, at + 1) === '\r\n';

function kept(tr: Transaction): Transaction | readonly TransactionSpec[] {
  if (!two(tr.startState.doc)) return tr;
  if (tr.docChanged) return tr.isUserEvent('input') || tr.isUserEvent('delete') ? [typed(tr)] : tr;
  if (tr.selection === undefined || !tr.selection.ranges.some(({ anchor, head }) => within(tr.newDoc, anchor) || within(tr.newDoc, head))) return tr;
  return [tr, { selection: placed(tr.selection, (at) => (within(tr.newDoc, at) ? at - 1 : at)) }];
}

function placed(selection: EditorSelection, place: (at: number) => number): EditorSelection {
  const ranges = selection.ranges.map(({ anchor, head }) => EditorSelection.range(place(anchor), place(head)));
  return EditorSelection.create(ranges, selection.mainIndex);
}

/** What was typed or deleted, with whole line ends. */
function typed(tr: Transaction): TransactionSpec {
  const { doc } = tr.startState;
  const changes: { from: number; to: number; insert: string }[] = [];
  /** By how much a place after `at` in the new text moves, besides. */
  const shifts: { at: number; by: (end: number) => number }[] = [];
  tr.changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
    const from = within(doc, fromA) ? fromA - 1 : fromA;
    const to = fromA === toA ? from : within(doc, toA) ? toA + 1 : toA;
    const text = inserted.toString();
    changes.push({ from, to, insert: text.replace(/\r?\n/g, '\r\n') });
    shifts.push({ at: fromB, by: (end) => [...text.slice(0, end).matchAll(/(?<!\r)\n/g)].length - (fromA - from) });
  });
  const place = (at: number): number => shifts.reduce((sum, shift) => (at >= shift.at ? sum + shift.by(at - shift.at) : sum), at);
  return {
    changes,
    selection: placed(tr.newSelection, place),
    scrollIntoView: tr.scrollIntoView,
    userEvent: tr.isUserEvent('delete') ? 'delete' : tr.isUserEvent('input.type') ? 'input.type' : 'input',
  };
}
