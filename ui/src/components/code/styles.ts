/** Styles of CodeMirror without a style element, which the content security policy forbids. */

import { StyleModule } from 'style-mod';

/** Has the document's styles kept where those of shadow roots are kept: in adopted style sheets. */
export function adoptStyles(): void {
  const shadow = document.createElement('div').attachShadow({ mode: 'open' });
  StyleModule.mount(shadow, []);
  const name = Object.getOwnPropertySymbols(shadow).find((symbol) => symbol.description === 'styleSet');
  if (name === undefined || name in document) return;
  Object.assign(document, { [name]: (shadow as unknown as Record<symbol, unknown>)[name] });
}
