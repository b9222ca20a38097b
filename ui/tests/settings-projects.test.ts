/** The settings of single projects, over the scripted host. */

import { flushSync } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import type { ProjectSettings } from '../src/ipc/dto';
import { FakeHost } from '../src/ipc/fake';
import { pass } from './support';
import { find, get, openMain, press } from './window';

const SITE: ProjectSettings = { folder: '/home/ada/src/hookwright-site', waiting: 120, review: 'ask', secrets: null };

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

async function open(projects: ProjectSettings[] = []): Promise<void> {
  host.snapshot.settings = { ...host.snapshot.settings, projects };
  await openMain(host);
  get('nav-settings').click();
  await pass(0);
}

const changes = (): unknown[] => host.calls.filter(([name]) => name === 'changeSetting').map(([, setting]) => setting);
const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-test="project"]')];
const inside = (row: HTMLElement | undefined, test: string): HTMLElement =>
  row?.querySelector<HTMLElement>(`[data-test="${test}"]`) ?? expect.fail(`no ${test}`);
const field = (row: HTMLElement | undefined): HTMLInputElement => inside(row, 'project-waiting') as HTMLInputElement;

/** What a row shows: folder, number, unit, who reviews. */
function shown(row: HTMLElement): (string | undefined)[] {
  const chosen = (test: string): string | undefined => inside(row, test).querySelector<HTMLElement>('[aria-checked="true"]')?.dataset['value'];
  return [row.dataset['folder'], field(row).value, chosen('project-waiting-unit'), chosen('project-review')];
}

async function type(input: HTMLInputElement, text: string): Promise<void> {
  input.focus();
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  press(input, 'Enter');
  await pass(20);
}

async function click(element: HTMLElement | null | undefined): Promise<void> {
  element?.click();
  await pass(20);
}

test('a project is set apart with the first thing that is set in it', async () => {
  await open();
  expect(rows()).toEqual([]);
  const folder = get('project-folder') as HTMLInputElement;
  await type(folder, 'src/site');
  expect([get('project-invalid').textContent, folder.getAttribute('aria-invalid'), rows().length]).toEqual([
    'Give a full path, one that begins with /.',
    'true',
    0,
  ]);
  await type(folder, SITE.folder);
  expect([rows().map(shown), find('project-invalid'), folder.value, changes()]).toEqual([[[SITE.folder, '', 'minutes', 'elsewhere']], null, '', []]);
  await click(rows()[0]?.querySelector<HTMLElement>('[data-value="ask"]'));
  await type(field(rows()[0]), '2');
  expect(changes()).toEqual([
    { kind: 'project', folder: SITE.folder, waiting: null, review: 'ask', secrets: null },
    { kind: 'project', folder: SITE.folder, waiting: 120, review: 'ask', secrets: null },
  ]);
  expect(rows().map(shown)).toEqual([[SITE.folder, '2', 'minutes', 'ask']]);
});

test('secrets may be kept as they are in a project', async () => {
  await open([SITE]);
  const secrets = (): HTMLElement => inside(rows()[0], 'project-secrets');
  await click(secrets().querySelector<HTMLElement>('[data-value="plain"]'));
  expect(changes()).toEqual([{ kind: 'project', ...SITE, secrets: 'plain' }]);
  await click(secrets().querySelector<HTMLElement>('[data-value="elsewhere"]'));
  expect(changes().at(-1)).toEqual({ kind: 'project', ...SITE });
});

test('a choice that ends the typing of a time sets both', async () => {
  await open([{ ...SITE, review: null }]);
  const row = rows()[0];
  field(row).value = '3';
  field(row).dispatchEvent(new Event('input', { bubbles: true }));
  field(row).dispatchEvent(new FocusEvent('focusout', { bubbles: true, relatedTarget: null }));
  await click(row?.querySelector<HTMLElement>('[data-value="ask"]'));
  expect(changes()).toEqual([
    { kind: 'project', folder: SITE.folder, waiting: 180, review: null, secrets: null },
    { kind: 'project', folder: SITE.folder, waiting: 180, review: 'ask', secrets: null },
  ]);
  expect(rows().map(shown)).toEqual([[SITE.folder, '3', 'minutes', 'ask']]);
});

test('one in which nothing is set any more stays until it is removed', async () => {
  await open([SITE]);
  await type(field(rows()[0]), '');
  await click(rows()[0]?.querySelector<HTMLElement>('[data-value="elsewhere"]'));
  expect([changes().at(-1), rows().map(shown)]).toEqual([
    { kind: 'project', folder: SITE.folder, waiting: null, review: null, secrets: null },
    [[SITE.folder, '', 'minutes', 'elsewhere']],
  ]);
  await click(inside(rows()[0], 'project-remove'));
  expect([rows(), changes().length]).toEqual([[], 2]);
});

test('removing takes back everything, typed or set', async () => {
  await open([SITE]);
  await type(field(rows()[0]), 'never');
  expect(inside(rows()[0], 'setting-invalid').textContent).toContain('between 5 and 86,000 seconds');
  await click(inside(rows()[0], 'project-remove'));
  expect([rows(), changes()]).toEqual([[], [{ kind: 'project', folder: SITE.folder, waiting: null, review: null, secrets: null }]]);
});

test('the folders of past sessions can be chosen, each once', async () => {
  host.pastCount = 1;
  await open([SITE]);
  const known = get('project-known') as HTMLSelectElement;
  expect([...known.options].map((option) => option.value)).toEqual(['', '/home/ada/notes', '/home/ada/src/shop-api']);
  known.selectedIndex = 1;
  known.dispatchEvent(new Event('change', { bubbles: true }));
  await pass(20);
  expect(rows().map((row) => row.dataset['folder'])).toEqual([SITE.folder, '/home/ada/notes']);
});

test('what could not be saved says so in its own row', async () => {
  await open([SITE, { ...SITE, folder: '/home/ada/notes' }]);
  host.refuse = { name: 'changeSetting', failure: { code: 'files', detail: 'the disk is full' } };
  await click(rows()[1]?.querySelector<HTMLElement>('[data-value="agent"]'));
  expect(rows().map((row) => row.textContent?.includes('the disk is full'))).toEqual([false, true]);
  expect(shown(rows()[1] as HTMLElement)[3]).toBe('ask');
});
