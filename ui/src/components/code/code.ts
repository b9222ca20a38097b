/** What every piece of CodeMirror here looks like and says. */

import { json } from '@codemirror/lang-json';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightSpecialChars } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { t } from '../../messages';
import { adoptStyles } from './styles';

export type Notation = 'json' | 'toml' | 'shell';

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.attributeName], color: 'var(--accent-soft)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--allowed)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--stopped)' },
  { tag: [tags.keyword, tags.operator, tags.standard(tags.name)], color: 'var(--denied)' },
  { tag: [tags.variableName, tags.definition(tags.variableName)], color: 'var(--stopped)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--fg-faint)', fontStyle: 'italic' },
]);

const look = EditorView.theme({
  '&': { color: 'var(--fg)', backgroundColor: 'var(--bg-code)', fontSize: 'var(--t-code)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--fg)', direction: 'ltr', userSelect: 'text', '-webkit-user-select': 'text' },
  // In their order in the text, as everywhere: right-to-left letters move nothing.
  '.cm-line': { unicodeBidi: 'bidi-override' },
  '.cm-gutters': { color: 'var(--fg-faint)', backgroundColor: 'var(--bg-code)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--bg-hover)' },
  '.cm-specialChar': { color: 'var(--mark-fg)', backgroundColor: 'var(--mark-bg)' },
  '.cm-tooltip': { color: 'var(--fg)', border: '1px solid var(--line-strong)', borderRadius: 'var(--radius)', backgroundColor: 'var(--bg-raised)', boxShadow: 'var(--shadow)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { color: 'var(--fg)', backgroundColor: 'var(--bg-chosen)' },
  '.cm-help': { maxWidth: '320px', padding: 'var(--s2)' },
  '.cm-panels': { color: 'var(--fg)', backgroundColor: 'var(--bg-side)', borderColor: 'var(--line)' },
  '.cm-textfield': { border: '1px solid var(--line-strong)', borderRadius: 'var(--radius-small)', backgroundColor: 'var(--bg-raised)' },
  '.cm-button, .cm-diagnosticAction': { color: 'var(--fg)', border: '1px solid var(--line-strong)', borderRadius: 'var(--radius-small)', background: 'var(--bg-raised)' },
  '.cm-textfield, .cm-button, .cm-panel.cm-search label': { fontFamily: 'var(--font)', fontSize: 'var(--t-small)' },
  '.cm-diagnostic': { fontFamily: 'var(--font)' },
  '.cm-diagnosticSource': { opacity: '1', color: 'var(--fg-soft)' },
  // The content security policy has no `data:`, which the marks of the library are drawn with.
  '.cm-lintRange': { paddingBottom: '0', backgroundImage: 'none', textDecoration: 'underline wavy var(--denied)', textDecorationSkipInk: 'none' },
  '.cm-lintRange-error': { textDecorationColor: 'var(--failed)' },
  '.cm-lintRange-info': { textDecorationColor: 'var(--undecided)' },
  '.cm-lint-marker': { width: '10px', height: '10px', margin: '0.3em auto 0', content: 'normal', backgroundColor: 'var(--denied)' },
  '.cm-lint-marker-error': { borderRadius: '50%', backgroundColor: 'var(--failed)' },
  '.cm-lint-marker-warning': { clipPath: 'polygon(50% 0, 100% 100%, 0 100%)' },
  '.cm-lint-marker-info': { borderRadius: '2px', backgroundColor: 'var(--undecided)' },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--removed-bg)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--added-bg)' },
  '&.cm-merge-a .cm-changedText': { background: 'color-mix(in srgb, var(--removed-fg) 22%, transparent)' },
  '&.cm-merge-b .cm-changedText': { background: 'color-mix(in srgb, var(--added-fg) 22%, transparent)' },
  // The library's own sign stands in few fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"⋮"' },
  '.cm-collapsedLines': { color: 'var(--fg-soft)', background: 'var(--bg-side)' },
  '.cm-searchMatch': { backgroundColor: 'var(--mark-bg)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--warn-line)' },
});

/** Characters that would hide or mislead. A `\r` before a line's end is neither. */
const special = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]/g;

export function language(notation: Notation): Extension {
  switch (notation) {
    case 'json':
      return json();
    case 'toml':
      return StreamLanguage.define(toml);
    case 'shell':
      return StreamLanguage.define(shell);
  }
}

/** Looks and words for a text in this notation. */
export function dress(notation: Notation, label: string): Extension {
  adoptStyles();
  return [
    language(notation),
    syntaxHighlighting(colours),
    look,
    highlightSpecialChars({ specialChars: special }),
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
    EditorState.phrases.of(phrases()),
  ];
}

/** CodeMirror's own words, in the language that is spoken. */
function phrases(): Record<string, string> {
  return {
    Find: t('code.find'),
    Replace: t('code.replace'),
    next: t('code.next'),
    previous: t('code.previous'),
    all: t('code.all'),
    'match case': t('code.matchCase'),
    regexp: t('code.regexp'),
    'by word': t('code.byWord'),
    replace: t('code.replaceOne'),
    'replace all': t('code.replaceAll'),
    close: t('code.close'),
    'current match': t('code.currentMatch'),
    'on line': t('code.onLine'),
    'replaced match on line $': t('code.replaced'),
    'replaced $ matches': t('code.replacedAll'),
    'Control character': t('code.control'),
    Completions: t('code.completions'),
    Diagnostics: t('code.diagnostics'),
    'No diagnostics': t('code.noDiagnostics'),
    '$ unchanged lines': t('code.unchanged'),
  };
}
