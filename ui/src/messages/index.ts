/** Every word a person reads. `t` fills a text of the catalogue; a missing value is an error outside the product. */

import en from './en.json';

export type Key = keyof typeof en;
type Values = Record<string, string | number>;
/** Keys that exist as `<key>.one` and `<key>.other`. */
export type PluralKey = Key extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;

export function t(key: Key, values: Values = {}): string {
  return fill(en[key], values);
}

/** The text for a number of things; the number itself is `{n}`. */
export function plural(key: PluralKey, n: number, values: Values = {}): string {
  const text = n === 1 ? en[`${key}.one` as Key] : en[`${key}.other` as Key];
  return fill(text, { ...values, n });
}

/** Whether the catalogue has this key; for codes that come from outside. */
export function known(key: string): key is Key {
  return Object.hasOwn(en, key);
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value !== undefined) return String(value);
    if (import.meta.env.MODE !== 'production') throw new Error(`no value for ${whole} in "${text}"`);
    return '';
  });
}
