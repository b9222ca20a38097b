/** The language of this window. What reads it is drawn anew when it changes. */

import type { Language } from '../ipc/dto';

let language = $state<Language>('en');

export function spoken(): Language {
  return language;
}

/** From now on every text is in this language. */
export function speak(next: Language): void {
  language = next;
  document.documentElement.lang = next;
}
