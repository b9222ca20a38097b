// @vitest-environment node
/** What leaves the build: no scripted host, nothing inline, nothing from elsewhere. And the house rules really bite. */

import { ESLint } from 'eslint';
import { build } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';

describe('the product', () => {
  let files: { name: string; text: string }[];

  beforeAll(async () => {
    const made = await build({ mode: 'production', logLevel: 'silent', build: { write: false } });
    if (Array.isArray(made) || !('output' in made)) throw new Error('one build was expected');
    files = made.output.map((part) => ({
      name: part.fileName,
      text: part.type === 'chunk' ? part.code : new TextDecoder().decode(typeof part.source === 'string' ? new TextEncoder().encode(part.source) : part.source),
    }));
  }, 60_000);

  test('has both pages', () => {
    expect(files.map((file) => file.name).filter((name) => name.endsWith('.html'))).toEqual(
      expect.arrayContaining(['index.html', 'popup.html']),
    );
  });

  test('has no scripted host in it', () => {
    for (const { text } of files) expect(text).not.toMatch(/FakeHost|fakeHost|evil\.example/);
  });

  test('loads the editor of texts only where it is needed', () => {
    const chunk = (name: RegExp): string => files.find((file) => name.test(file.name))?.text ?? expect.fail(`no ${name}`);
    const loaded = [...chunk(/^index\.html$/).matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name);
    expect(loaded.length).toBeGreaterThan(0);
    for (const name of loaded) expect(files.find((file) => file.name === name)?.text).not.toContain('cm-editor');
    expect(files.some(({ text }) => text.includes('cm-editor'))).toBe(true);
  });

  test('obeys the content security policy', () => {
    for (const { text } of files.filter((file) => file.name.endsWith('.html'))) {
      expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|https?:|data:/);
      expect(text).not.toMatch(/<script(?![^>]*\ssrc="\/assets\/)/);
    }
    for (const { text } of files.filter((file) => file.name.endsWith('.css'))) {
      expect(text).not.toMatch(/url\(|@import/);
    }
  });
});

describe('the rules', () => {
  const eslint = new ESLint();

  test.each([
    ['src/features/popup/X.svelte', '<p>{@html x}</p>', 'svelte/no-at-html-tags'],
    ['src/features/popup/X.svelte', '<p style="color: red"></p>', 'svelte/no-inline-styles'],
    ['src/state/x.ts', "import { invoke } from '@tauri-apps/api/core';\nvoid invoke;", 'no-restricted-imports'],
    ['src/windows/x.ts', "import { invoke } from '@tauri-apps/api/core';\nvoid invoke;", 'no-restricted-imports'],
    ['src/features/x.ts', "import { tauri } from '../ipc/tauri';\nvoid tauri;", 'no-restricted-imports'],
    ['src/components/x.ts', "import { ended } from '../features/card/words';\nvoid ended;", 'no-restricted-imports'],
    ['src/components/x.ts', "import { now } from '../state/ticker.svelte';\nvoid now;", 'no-restricted-imports'],
    ['src/state/x.ts', "import { plain } from '../components/text';\nvoid plain;", 'no-restricted-imports'],
    ['src/features/x.ts', "document.body.innerHTML = '';", 'no-restricted-properties'],
  ])('%s: %s', async (filePath, code, rule) => {
    const [result] = await eslint.lintText(code, { filePath });
    expect(result?.messages.map((message) => message.ruleId)).toContain(rule);
  }, 30_000);
});
