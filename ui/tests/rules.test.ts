/** The Rules screen as a person meets it, over the scripted host. */

import { flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeHost } from '../src/ipc/fake';
import { ACTIONS, card, RISKY } from '../src/ipc/fake-cards';
import { changedView, command, PROPOSALS, ruleDraft, rulesView } from '../src/ipc/fake-rules';
import type { RuleDraft } from '../src/ipc/dto';
import { speak } from '../src/messages';
import { SETTLED_MS, TYPING_MS } from '../src/state/rule-form.svelte';
import { pass } from './support';
import { find, get, openMain, press } from './window';

let host: FakeHost;

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

afterEach(() => speak('en'));

async function open(): Promise<void> {
  await openMain(host);
  get('nav-rules').click();
  await pass(0);
}

const rows = (): string[] => [...document.querySelectorAll('[data-test="rule-row"]')].map((row) => row.textContent ?? '');
const called = (name: string): unknown[][] => host.calls.filter(([other]) => other === name).map(([, ...args]) => args);
const off = (test: string): boolean => get(test).getAttribute('aria-disabled') === 'true';

function write(test: string, value: string): void {
  const field = get(test) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

function choose(test: string, value: string): void {
  get(test).querySelector<HTMLElement>(`[data-value="${value}"]`)?.click();
  flushSync();
}

async function begin(): Promise<void> {
  get('rule-new').click();
  await pass(0);
}

async function row(at: number): Promise<void> {
  document.querySelectorAll<HTMLElement>('[data-test="rule-row"]')[at]?.click();
  await pass(0);
}

test('every rule is a sentence with its state, newest first', async () => {
  await open();
  expect(rows().map((text) => text.split('.  ')[0])).toEqual([
    expect.stringContaining('Allow the command git status in every folder, until you revoke it.'),
    expect.stringContaining('Allow the command npm run build in /home/ada/src/hookwright-site and below, until this session ends.'),
    expect.stringContaining('Deny network access to *.example.net in every folder'),
    expect.stringContaining('Ask me about the MCP tool issue-tracker / create_issue'),
    expect.stringContaining('Allow changes of /home/ada/src/hookwright-site/docs/** in'),
    expect.stringContaining('Allow the command cargo test ** in'),
  ]);
  expect(rows()[5]).toContain('used 14 times');
  expect([...document.querySelectorAll('[data-test="rule-state"]')].map((state) => state.textContent)).toEqual([
    'off',
    'over',
    'active',
    'active',
    'active',
    'active',
  ]);
});

test('without rules the screen says how they are made, with the button', async () => {
  host.rulesFound = rulesView({ rules: [] });
  await open();
  expect(get('rules-empty').textContent).toContain('No rules yet');
  await begin();
  get('rule-form');
});

test('words narrow the list', async () => {
  await open();
  write('rules-search', 'example');
  expect(rows()).toHaveLength(1);
  write('rules-search', 'nothing like it');
  expect(get('rules-empty').textContent).toContain('Nothing found');
});

test('an allow can be saved a moment after its preview and not before', async () => {
  await open();
  await begin();
  await pass(SETTLED_MS);
  expect([off('rule-save'), find('rule-unfit')]).toEqual([true, null]);
  write('rule-pattern', 'cargo test **');
  await pass(TYPING_MS);
  expect(get('rule-count').textContent).toBe('It would have spoken about 14 of 230 requests of the last 30 days.');
  expect(document.querySelectorAll('[data-test="rule-preview"] [data-test="past-row"]')).toHaveLength(3);
  await pass(SETTLED_MS - 50);
  expect(off('rule-save')).toBe(true);
  get('rule-save').click();
  await pass(50);
  expect([off('rule-save'), called('saveRule')]).toEqual([false, []]);
  get('rule-save').click();
  await pass(0);
  const draft: RuleDraft = { ...ruleDraft(command('cargo test **')), agent: null, project: null };
  expect(called('saveRule')).toEqual([[null, draft, null]]);
  expect([find('rule-form'), get('rule-detail').textContent]).toEqual([null, expect.stringContaining('cargo test **')]);
});

test('a change after the preview starts the time anew, and Enter in a field saves nothing', async () => {
  await open();
  await begin();
  write('rule-pattern', 'make');
  await pass(TYPING_MS + SETTLED_MS);
  expect(off('rule-save')).toBe(false);
  write('rule-project', '/home/ada');
  expect(off('rule-save')).toBe(true);
  await pass(TYPING_MS + SETTLED_MS);
  press(get('rule-pattern'), 'Enter');
  await pass(0);
  expect(called('saveRule')).toEqual([]);
});

test('a deny takes its message and waits for no time', async () => {
  await open();
  await begin();
  choose('rule-says', 'deny');
  write('rule-message', 'Use the mirror.');
  choose('rule-kind', 'network');
  write('rule-host', '*.example.org');
  choose('rule-lasts', '60');
  await pass(TYPING_MS);
  get('rule-save').click();
  await pass(0);
  const says = { kind: 'deny', message: 'Use the mirror.' };
  expect(called('saveRule')).toEqual([
    [null, { agent: null, project: null, session: null, what: { kind: 'network', host: '*.example.org' }, says, lasts: { kind: 'minutes', minutes: 60 } }, null],
  ]);
});

test('what cannot be a rule is told beside the field', async () => {
  await open();
  await begin();
  write('rule-pattern', 'sudo make');
  await pass(TYPING_MS + SETTLED_MS);
  expect(get('rule-unfit').textContent).toContain('no rule can allow it: sudo');
  expect([get('rule-pattern').getAttribute('aria-invalid'), off('rule-save')]).toEqual(['true', true]);
});

test('what is written stays through clicks elsewhere, until it is saved or given up', async () => {
  await open();
  await begin();
  write('rule-pattern', 'make check');
  await pass(TYPING_MS);
  await row(3);
  expect(find('rule-form')).toBeNull();
  get('nav-settings').click();
  await pass(0);
  get('nav-rules').click();
  await pass(0);
  get('rule-unsaved').click();
  await pass(0);
  expect((get('rule-pattern') as HTMLInputElement).value).toBe('make check');
  press(get('rule-pattern'), 'Escape');
  await pass(0);
  expect([find('rule-form'), find('rule-unsaved')?.textContent]).toEqual([null, expect.stringContaining('make check')]);
  get('rule-unsaved').click();
  await pass(0);
  get('rule-discard').click();
  await pass(0);
  expect([find('rule-form'), find('rule-unsaved')]).toEqual([null, null]);
});

test('a rule is edited with its end kept, and a row says that it is', async () => {
  await open();
  await row(4);
  get('rule-edit').click();
  await pass(0);
  expect(get('rule-lasts').querySelector('[aria-checked="true"]')?.textContent).toBe('Until I revoke it');
  write('rule-files', '/home/ada/src/hookwright-site/**');
  expect(rows()[4]).toContain('changed, not saved yet');
  choose('rule-lasts', 'kept');
  await pass(TYPING_MS + SETTLED_MS);
  get('rule-save').click();
  await pass(0);
  const [[id, draft] = []] = called('saveRule') as [string, RuleDraft][];
  expect(id).toBe(host.rulesFound.rules.at(-1)?.id);
  expect(draft).toMatchObject({ what: { kind: 'files', pattern: '/home/ada/src/hookwright-site/**' }, lasts: { kind: 'kept' } });
});

test('a rule is switched at once and deleted after a question', async () => {
  await open();
  await row(5);
  const [{ id } = expect.fail()] = host.rulesFound.rules;
  get('rule-enabled').click();
  await pass(0);
  expect(called('wishRule')).toEqual([[id, 'disable']]);
  get('rule-enabled').click();
  await pass(0);
  expect(called('wishRule').at(-1)).toEqual([id, 'enable']);
  get('rule-delete').click();
  await pass(50);
  get('rule-delete-cancel').click();
  await pass(50);
  expect(called('wishRule')).toHaveLength(2);
  get('rule-delete').click();
  await pass(50);
  get('rule-delete-confirm').click();
  await pass(50);
  expect([called('wishRule').at(-1), find('rule-detail'), rows().length]).toEqual([[id, 'delete'], null, 5]);
});

test('a refused wish is told where it was wished', async () => {
  await open();
  await row(5);
  host.refuse = { name: 'wishRule', failure: { code: 'rulesChanged', detail: '' } };
  get('rule-enabled').click();
  await pass(0);
  expect(get('rule-detail').querySelector('[data-test="failure"]')).not.toBeNull();
});

test('a file that was changed elsewhere is shown, and confirmed by its digest after a question', async () => {
  host.rulesFound = changedView();
  await open();
  expect(get('rules-changed').textContent).toContain('make **');
  expect(rows()[0]).toContain('not confirmed');
  get('rules-confirm').click();
  await pass(50);
  expect(called('confirmRules')).toEqual([]);
  get('rules-changed-confirm').click();
  await pass(50);
  expect([called('confirmRules'), find('rules-changed'), find('rules-changed-dialog')]).toEqual([[['rules-2']], null, null]);
});

test('a file that cannot be read can only be put back', async () => {
  const view = changedView();
  host.rulesFound = { ...view, changed: { digest: 'broken', diff: [], error: [{ kind: 'text', text: 'line 3: expected a value' }] } };
  await open();
  expect([find('rules-confirm'), get('rules-error').textContent]).toEqual([null, 'line 3: expected a value']);
  get('rules-restore').click();
  await pass(50);
  get('rules-changed-confirm').click();
  await pass(50);
  expect([called('restoreRules'), find('rules-changed')]).toEqual([[[]], null]);
});

test('a rule that was asked for in the popup begins with the narrowest proposal, once', async () => {
  const waiting = card(ACTIONS.one, { ...RISKY, steps: [{ text: [{ kind: 'text', text: 'echo $HOME' }], obscured: 'expansion' }] });
  host.snapshot.waiting = [waiting];
  host.snapshot.ruleAsked = waiting.id;
  const main = await openMain(host);
  await pass(TYPING_MS);
  expect(called('ruleDrafts')).toEqual([[waiting.id]]);
  expect(get('rule-origin').textContent).toContain('rm -rf build');
  expect(get('rule-obscured').textContent).toContain('it contains a variable');
  expect(called('previewRule').at(-1)).toEqual([PROPOSALS[0], waiting.id]);
  document.querySelectorAll<HTMLInputElement>('[data-test="rule-proposal"]')[1]?.click();
  choose('rule-lasts', 'session');
  await pass(TYPING_MS + SETTLED_MS);
  get('nav-requests').click();
  await main.feed.start();
  await pass(0);
  expect(find('rules')).toBeNull();
  host.send({ kind: 'ruleAsked', id: waiting.id });
  await pass(SETTLED_MS);
  get('rule-save').click();
  await pass(0);
  expect(called('saveRule')).toEqual([[null, { ...PROPOSALS[1], session: waiting.shown.session }, waiting.id]]);
});

test('a request of the past leads to a rule, and a rule to what it answered', async () => {
  const main = await openMain(host);
  await main.past.select(main.past.rows[2] ?? null);
  flushSync();
  get('past-make-rule').click();
  await pass(0);
  expect(called('ruleDrafts')).toEqual([['past-2']]);
  await row(5);
  get('rule-hits').click();
  await pass(200);
  const [{ id } = expect.fail()] = host.rulesFound.rules;
  expect(main.past.filter).toMatchObject({ rule: id, by: null, text: '' });
  expect((get('filter-rule') as HTMLSelectElement).value).toBe(id);
  get('nav-rules').click();
  await pass(0);
  get('rule-request').click();
  await pass(0);
  expect(get('past-detail').dataset['requestId']).toBe('past-2');
});
