/** The catalogues and the pages agree, and no word of a page stands outside of them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import { expect, test } from 'vitest';
import { plural, t } from '../src/messages';
import en from '../src/messages/en.json';
import chinese from '../src/messages/zh-CN.json';

/** Read by the Rust side, or chosen by a code that comes from there. */
const SHARED = /^(risk|offer|rule\.unfit|step\.obscured|tray|note|error|answer|start|trial|window|problem|doctor|cli)\./;

const keys = Object.keys(en);
const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts)$/.test(name) && !/^ipc\/(fake|dto)/.test(name))
  .map((name) => ({ name, source: readFileSync(join('src', name), 'utf8') }));
const sources = files.map((file) => file.source).join('\n');

/** What the pages ask for: `exact` keys, and patterns of those that are put together. The palette keeps its keys in data. */
const ASKED = /(?:\b(t|plural)\(\s*|(?=['`]palette\.))(?:'([^']+)'|`([^`]+)`)/g;
const asked = [...sources.matchAll(ASKED)].map(([, call, exact, pattern]) => {
  const key = exact ?? (pattern ?? '').replaceAll('.', '\\.').replace(/\$\{[^}]+\}/g, '\\w+');
  return new RegExp(`^${key}${call === 'plural' ? '\\.(one|other)' : ''}$`);
});

test.each(['en', 'zh-CN'])('%s: keys are flat, sorted and unique, texts are trimmed', (language) => {
  const raw = readFileSync(`src/messages/${language}.json`, 'utf8');
  const catalogue = JSON.parse(raw) as Record<string, string>;
  const own = Object.keys(catalogue);
  expect(own).toEqual(own.toSorted());
  expect([...raw.matchAll(/^ {2}"([^"]+)":/gm)].map((match) => match[1])).toEqual(own);
  expect(Object.entries(catalogue).filter(([, text]) => text.trim() !== text || text === '')).toEqual([]);
});

/** Names, and what is nothing but values. */
const SAME = ['app.name', 'language.chinese', 'language.english', 'settings.version', 'window.main'];

test('both languages say the same, each in its own words', () => {
  expect(Object.keys(chinese)).toEqual(keys);
  const values = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].toSorted();
  for (const [key, text] of Object.entries(chinese) as [keyof typeof en, string][]) {
    // A language without a singular may need the number where English has none.
    if (!key.endsWith('.one')) expect([key, values(text)]).toEqual([key, values(en[key])]);
  }
  expect(keys.filter((key) => en[key as keyof typeof en] === chinese[key as keyof typeof en])).toEqual(SAME);
});

test('Chinese has one form for every number', () => {
  const ones = Object.entries(chinese).filter(([key]) => key.endsWith('.one'));
  expect(ones).not.toEqual([]);
  for (const [key, text] of ones) expect(text).toBe(chinese[key.replace(/one$/, 'other') as keyof typeof en]);
});

test('every key is used', () => {
  expect(asked.length).toBeGreaterThan(60);
  expect(keys.filter((key) => !SHARED.test(key) && !asked.some((pattern) => pattern.test(key)))).toEqual([]);
});

test('every key that is asked for exists', () => {
  expect(asked.filter((pattern) => !keys.some((key) => pattern.test(key))).map(String)).toEqual([]);
});

test('a number of things has both forms', () => {
  const ones = keys.filter((key) => key.endsWith('.one'));
  expect(ones).not.toEqual([]);
  for (const one of ones) expect(keys).toContain(one.replace(/one$/, 'other'));
});

test('codes that come from the program have text and hint', () => {
  const errors = ['notOpen', 'notShown', 'tooEarly', 'changed', 'wrongWindow', 'history', 'internal'].map((code) => `error.${code}`);
  const notes = ['historyFailing', 'historyLost', 'decisionUnrecorded', 'noTray'].map((code) => `note.${code}`);
  for (const code of [...errors, ...notes]) {
    expect(keys).toContain(`${code}.text`);
    expect(keys).toContain(`${code}.hint`);
  }
});

test('every answer that the agent offers has its words: what it is, what it does, what was chosen', () => {
  const grants = ['grantForTurn', 'grantForSession', 'grantNothing'];
  const codes = ['accept', 'acceptForSession', 'acceptWithExecpolicyAmendment', 'networkAllow', 'networkDeny', 'decline', 'cancel', ...grants];
  expect(codes.flatMap((code) => [`offer.${code}`, `offer.${code}.effect`, `answer.offered.${code}`]).filter((key) => !keys.includes(key))).toEqual([]);
});

test('nothing claims that the agent will ask', () => {
  const answers = Object.entries(en).filter(([key]) => key.startsWith('answer.'));
  expect(answers.length).toBeGreaterThan(5);
  for (const [, text] of answers) expect(text).not.toMatch(/will (be )?ask|asks you/i);
});

test('a value that is missing is an error', () => {
  expect(t('card.leave', { agent: 'Codex' })).toBe('Leave to Codex');
  expect(() => t('card.leave')).toThrow('{agent}');
  expect(plural('quit.title', 1)).toBe('1 request waits');
  expect(plural('quit.title', 2)).toBe('2 requests wait');
});

/** The text of a call, to its closing bracket. */
function wholeCall(source: string): string {
  let depth = 0;
  for (let at = source.indexOf('('); at < source.length; at += 1) {
    if (source[at] === '(') depth += 1;
    if (source[at] === ')') depth -= 1;
    if (depth === 0) return source.slice(0, at + 1);
  }
  return source;
}

/** Placeholders of each text, against the names in the object literal that follows the key. */
test('every value of a text is passed', () => {
  const wrong: string[] = [];
  let checked = 0;
  for (const { name, source } of files) {
    for (const { 1: call, 2: key, index } of source.matchAll(/\b(t|plural)\(\s*'([^']+)'/g)) {
      const whole = wholeCall(source.slice(index));
      const text = (en as Record<string, string>)[call === 'plural' ? `${key}.other` : (key ?? '')] ?? '';
      const wanted = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).filter((value) => value !== 'n');
      checked += 1;
      if (!wanted.every((value) => new RegExp(`\\b${value}\\b`).test(whole.replace(key ?? '', '')))) wrong.push(`${name}: ${whole}`);
    }
  }
  expect(checked).toBeGreaterThan(60);
  expect(wrong).toEqual([]);
});

/** Letters a person would read in the markup itself. */
function literals(source: string): string[] {
  const found: string[] = [];
  const READ = new Set(['title', 'aria-label', 'placeholder', 'alt', 'label', 'text', 'hint', 'aria-description']);
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return undefined;
    const part = node as AST.SvelteNode;
    if (part.type === 'Text' && /\p{L}/u.test(part.data)) found.push(part.data.trim());
    if (part.type === 'Attribute') {
      if (READ.has(part.name)) visit(part.value);
      return undefined;
    }
    return Object.values(part).forEach(visit);
  };
  visit(parse(source, { modern: true }).fragment);
  return found;
}

test('components hold no text of their own', () => {
  expect(literals('<p title="Hello">{x} there</p>')).toEqual(['Hello', 'there']);
  const components = files.filter((file) => file.name.endsWith('.svelte'));
  expect(components.length).toBeGreaterThan(20);
  expect(components.flatMap(({ name, source }) => literals(source).map((text) => `${name}: ${text}`))).toEqual([]);
});
