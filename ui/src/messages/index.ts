/** Every word a person reads, in the language that is spoken. A value that a text misses is an error outside the product. */

import type { Language } from '../ipc/dto';
import en from './en.json';
import { spoken } from './language.svelte';
import chinese from './zh-CN.json';

export { speak, spoken } from './language.svelte';

export type Key = keyof typeof en;
export type Values = Record<string, string | number>;
/** Keys that exist as `<key>.one` and `<key>.other`. */
export type PluralKey = Key extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;

const CATALOGUES: Record<Language, Record<Key, string>> = { en, 'zh-CN': chinese };

export function t(key: Key, values: Values = {}): string {
  return said(spoken(), key, values);
}

/** The text as English has it, for finding what is shown in another language. */
export function english(key: Key, values: Values = {}): string {
  return said('en', key, values);
}

/** The text for a number of things; the number itself is `{n}`. */
export function plural(key: PluralKey, n: number, values: Values = {}): string {
  const form = new Intl.PluralRules(spoken()).select(n) === 'one' ? 'one' : 'other';
  return t(`${key}.${form}` as Key, { ...values, n });
}

/** Whether the catalogue has this key; for codes that come from outside. */
export function known(key: string): key is Key {
  return Object.hasOwn(en, key);
}

function said(language: Language, key: Key, values: Values): string {
  return CATALOGUES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (typeof value === 'number') return new Intl.NumberFormat(language).format(value);
    if (value !== undefined) return value;
    if (import.meta.env.MODE !== 'production') throw new Error(`no value for ${whole} in "${key}"`);
    return '';
  });
}
