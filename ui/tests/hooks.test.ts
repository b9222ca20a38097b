/** The Hooks screen and Try it over the scripted host. */

import { flushSync, mount, unmount } from 'svelte';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { plain } from '../src/components/text';
import Screen from '../src/features/hooks/Hooks.svelte';
import { effects, failed, nothing } from '../src/features/hooks/words';
import type { HooksView, OutcomeView } from '../src/ipc/dto';
import { FakeHost } from '../src/ipc/fake';
import { text } from '../src/ipc/fake-cards';
import { hook, hooksView, hosted, outcome, run } from '../src/ipc/fake-hooks';
import { Editor } from '../src/state/editor.svelte';
import { Hooks } from '../src/state/hooks.svelte';
import { pass } from './support';
import { find, get, press } from './window';

let host: FakeHost;
let hooks: Hooks;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_700_000_000_000);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  host = new FakeHost();
  hooks = new Hooks(host);
});

async function open(over: Partial<HooksView> = {}): Promise<void> {
  host.hooksFound = hooksView(over);
  const page = mount(Screen, { target: document.body, props: { hooks, editor: new Editor(host), onagents: () => {}, onruns: () => {} } });
  onTestFinished(async () => {
    await unmount(page);
    document.body.replaceChildren();
  });
  await pass(20);
}

async function click(target: string | HTMLElement): Promise<void> {
  (typeof target === 'string' ? get(target) : target).click();
  await pass(20);
}

const all = (name: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-test="${name}"]`)];
const row = (command: string): HTMLElement => all('hook-row').find((one) => one.textContent?.includes(command)) ?? expect.fail(`no ${command}`);
const calls = (name: string): unknown[][] => host.calls.filter(([called]) => called === name).map(([, ...args]) => args);

function type(name: string, value: string): void {
  const field = get(name) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

/** Opens a hook, ready to be tried. */
async function trying(command: string): Promise<void> {
  await click(row(command));
  hooks.show('try');
  await pass(20);
}

test('hooks stand by event, each with what it runs, from where, and whether it will run', async () => {
  await open();
  expect(all('hook-group').map((group) => group.dataset['event'])).toEqual(['SessionStart', 'PreToolUse', 'PermissionRequest', 'PostToolUse', 'Stop']);
  const states = all('hook-row').map((one) => [one.querySelector('code')?.textContent, one.dataset['state']]);
  expect(states).toContainEqual(['python3 .codex/hooks/guard.py --deny "rm -rf /"', 'untrusted']);
  expect(states).toContainEqual(['node ~/.codex/hooks/paths.mjs', 'modified']);
  expect(states).toContainEqual(['cargo fmt --all', 'disabled']);
  expect(states).toContainEqual(['policy / check', 'runs']);
  for (const part of ['Bash', 'Project', 'Not trusted', '/home/ada/src/hookwright-site/.codex/hooks.json']) {
    expect(row('guard.py').textContent).toContain(part);
  }
  expect(get('skipped').textContent).toContain('prompt hooks are not supported yet');
  expect(get('hooks-ours').textContent).toContain("Hookwright's own entries: 4");
  expect(get('hooks-ours').textContent).toContain('All of them will run');
});

test('our own entries that will not run are counted', async () => {
  await open({ hooks: ['Stop', 'Interrupt'].map((event) => hook(event, 'relay', { ours: true, whyNot: event === 'Stop' ? 'untrusted' : null })) });
  expect(all('hook-row')).toEqual([]);
  expect(get('hooks-ours').textContent).toContain('1 of them will not run');
});

test('what is wrong with files is told in place, and drawn safely', async () => {
  const mark = { kind: 'mark', label: 'U+202E', name: 'right-to-left override' } as const;
  await open({
    hooksOff: true,
    required: text('failed to load required managed hooks: oh'),
    warnings: [text('loading hooks from both')],
    errors: [{ path: [...text('/repo/'), mark], message: text('expected `}` at line 3') }],
  });
  expect(get('hooks-off').textContent).toContain('Codex has hooks switched off');
  expect(get('hooks-required').textContent).toContain('required managed hooks: oh');
  expect(get('hook-warning').textContent).toContain('loading hooks from both');
  expect(get('hook-file-error').textContent).toContain('expected `}` at line 3');
  expect(get('hook-file-error').querySelector('[data-test=piece-mark]')?.textContent).toBe('U+202E');
});

test('a folder is typed or chosen, and what was open there is closed', async () => {
  await open();
  await click(row('guard.py'));
  type('hooks-folder', '/home/ada/notes ');
  press(get('hooks-folder'), 'Enter');
  await pass(20);
  expect(calls('hooks')).toEqual([[null], ['/home/ada/notes']]);
  expect([(get('hooks-folder') as HTMLInputElement).value, find('hook-detail')]).toEqual(['/home/ada/notes', null]);
  const recent = get('hooks-recent') as HTMLSelectElement;
  recent.selectedIndex = 2;
  recent.dispatchEvent(new Event('change', { bubbles: true }));
  await pass(20);
  expect(calls('hooks').at(-1)).toEqual(['/home/ada/src/shop-api']);
});

test('words narrow the list, and nothing found is said', async () => {
  await open();
  type('hooks-search', 'pretool guard');
  expect(all('hook-row')).toHaveLength(1);
  type('hooks-search', 'no such hook');
  expect(get('hooks-empty').textContent).toContain('Nothing found');
  await click(get('hooks-empty').querySelector('button') as HTMLElement);
  expect(all('hook-row').length).toBeGreaterThan(5);
});

test('loading, failing, and finding nothing', async () => {
  let answer: (view: HooksView) => void = () => undefined;
  host.hooks = () => new Promise((resolve) => (answer = resolve));
  await open();
  expect(get('hooks').textContent).toContain('Looking…');
  answer(hooksView({ hooks: [], skipped: [] }));
  await pass(20);
  expect(get('hooks-empty').textContent).toContain('No hooks here');
  host.hooks = () => Promise.reject({ code: 'files', detail: 'not allowed' });
  await click('hooks-refresh');
  expect(get('failure').textContent).toContain('not allowed');
});

test.each([
  ['guard.py', 'Codex skips it until you trust it', 'start Codex, type /hooks, and trust it'],
  ['paths.mjs', 'changed after you trusted it', 'trust it again'],
  ['cargo fmt', 'It is switched off', 'switch it on'],
  ['greet.sh', 'It runs when its event comes', ''],
])('%s: whether it will run, and what to do', async (command, why, what) => {
  await open();
  await click(row(command));
  expect(get('hook-why').textContent).toContain(why);
  expect(get('hook-why').textContent).toContain(what);
});

test('everything about a hook is told, and Escape closes it and goes back to its row', async () => {
  await open();
  await click(row('paths.mjs'));
  for (const part of ['^(apply_patch|Edit)$', '600 seconds', 'about 4,000 tokens', 'sha256:0123', ':0:0', 'changed since trusted', 'the agent waits for it']) {
    expect(get('hook-detail').textContent).toContain(part);
  }
  press(get('hook-detail'), 'Escape');
  await pass(20);
  expect(find('hook-detail')).toBeNull();
  expect(document.activeElement).toBe(row('paths.mjs'));
});

test('a hook that runs is tried with what was typed, as it was seen', async () => {
  await open();
  await trying('greet.sh');
  expect(calls('trialPayloads')).toEqual([['/home/ada/src/hookwright-site', 'SessionStart', host.hooksFound.hooks[0]?.key]]);
  type('trial-payload', '{"hook_event_name": "SessionStart"}');
  await click('trial-run');
  const { key, hash } = host.hooksFound.hooks[0] ?? expect.fail('no hook');
  expect(calls('tryHooks')).toEqual([[{ folder: '/home/ada/src/hookwright-site', hook: { key, hash }, payload: '{"hook_event_name": "SessionStart"}' }]]);
});

test('while it runs, what it writes is shown and time goes on; then the outcome is told in words', async () => {
  await open();
  await trying('greet.sh');
  await click('trial-run');
  host.sendTrial({ kind: 'started', run: 0, summary: run() }, { kind: 'output', run: 0, stream: 'stderr', text: text('thinking') });
  await pass(2100);
  expect(get('trial-elapsed').textContent).toContain('Running, 2 s');
  expect([get('run').dataset['status'], get('run-stderr').textContent]).toEqual(['running', 'thinking']);
  host.sendTrial({ kind: 'ended', run: 0, summary: run({ status: 'blocked', durationMs: 41 }) });
  flushSync();
  expect([get('run').dataset['status'], get('run-stderr').textContent]).toEqual(['blocked', 'thinking']);

  const done = run({ status: 'stopped', durationMs: 1234, exitCode: 0, entries: [{ kind: 'stop', text: text('not today') }], stdout: text('{"continue":false}') });
  host.sendTrial({ kind: 'finished', runs: [done], outcome: outcome({ shouldStop: true, stopReason: text('not today') }) });
  flushSync();
  expect(get('trial').dataset['status']).toBe('finished');
  for (const part of ['Stopped', 'exit code 0', '1.2 s']) expect(get('run').textContent).toContain(part);
  expect([get('run-entry').dataset['kind'], get('run-stdout').textContent]).toEqual(['stop', '{"continue":false}']);
  expect(get('trial-outcome').textContent).toContain('Codex would stop here.');
  expect(get('outcome-said').textContent).toBe('not today');
});

test('what would not run by itself runs only after a second word', async () => {
  await open();
  await trying('guard.py');
  await click('trial-run');
  await pass(50);
  expect(get('trial-ask-dialog').textContent).toContain('You have not trusted it');
  expect(calls('tryHooks')).toEqual([]);
  await click('trial-ask-cancel');
  await pass(50);
  expect([find('trial-ask-dialog'), calls('tryHooks')]).toEqual([null, []]);
  await click('trial-run');
  await pass(50);
  await click('trial-ask-confirm');
  expect(calls('tryHooks')).toHaveLength(1);
});

test('Stop ends it, and says so; what comes late is ignored after another start', async () => {
  await open();
  await trying('greet.sh');
  await click('trial-run');
  host.sendTrial({ kind: 'started', run: 0, summary: run() });
  await click('trial-stop');
  expect(calls('stopTrial')).toHaveLength(1);
  expect(get('trial-stopped').textContent).toContain('You stopped it');
  expect(find('trial-stop')).toBeNull();
});

test('a payload that is not JSON is told of, and nothing typed is lost', async () => {
  await open();
  await trying('greet.sh');
  type('trial-payload', '{"oops"');
  host.refuse = { name: 'tryHooks', failure: { code: 'payload', detail: 'expected `:` at line 1 column 8' } };
  await click('trial-run');
  expect(get('failure').textContent).toContain('expected `:` at line 1 column 8');
  expect((get('trial-payload') as HTMLTextAreaElement).value).toBe('{"oops"');
  expect(find('trial-stop')).toBeNull();
});

test('what was typed for one hook is there again, and can be undone', async () => {
  await open();
  await trying('greet.sh');
  type('trial-payload', '{"mine": 1}');
  await click(row('guard.py'));
  await pass(20);
  expect((get('trial-payload') as HTMLTextAreaElement).value).toContain('echo hello');
  expect(find('trial-reset')).toBeNull();
  await click(row('greet.sh'));
  expect((get('trial-payload') as HTMLTextAreaElement).value).toBe('{"mine": 1}');
  await click('trial-reset');
  expect((get('trial-payload') as HTMLTextAreaElement).value).toContain('echo hello');
});

test('a recorded payload can be taken in place of the sample', async () => {
  await open();
  await trying('greet.sh');
  hooks.trial.choose('recorded');
  flushSync();
  expect((get('trial-payload') as HTMLTextAreaElement).value).toBe(host.payloads.recorded?.payload);
});

test('all hooks of an event are tried together; another choice ends what runs', async () => {
  await open();
  await click(get('hook-group').querySelector('[data-test=try-event]') as HTMLElement);
  expect(get('event-trial').dataset['event']).toBe('SessionStart');
  await click('trial-run');
  expect(calls('tryHooks')).toMatchObject([[{ hook: null }]]);
  await click(row('guard.py'));
  expect(calls('stopTrial')).toHaveLength(1);
  host.sendTrial({ kind: 'started', run: 0, summary: run() });
  flushSync();
  expect([find('run'), get('trial').dataset['status']]).toEqual([null, 'idle']);
});

test('a hook that Hookwright runs is trusted, switched and granted in this window, as it was seen', async () => {
  const one = hosted('PermissionRequest', '/opt/guard', { trust: 'untrusted', whyNot: 'untrusted' });
  const seen = { key: one.key, hash: one.hash };
  await open({ hooks: [one] });
  await click(row('/opt/guard'));
  expect(get('hosted').textContent).toContain('Hookwright skips it until you trust it');
  expect(find('hosted-grant')).toBeNull();
  host.hooksFound = hooksView({ hooks: [{ ...one, trust: 'trusted', whyNot: null }] });
  await click('hosted-trust');
  expect(find('hosted-trust')).toBeNull();
  expect(get('hosted').textContent).toContain('that is advice on the card: you still decide');

  await click('hosted-grant');
  await pass(50);
  expect(calls('wishHosted')).toEqual([[seen, 'trust']]);
  await click('grant-cancel');
  await pass(50);
  await click('hosted-grant');
  await pass(50);
  host.hooksFound = hooksView({
    hooks: [{ ...one, trust: 'trusted', whyNot: null, hosted: { agents: null, grant: { state: 'suspended', changed: [text('/opt/guard')] } } }],
  });
  await click('grant-confirm');
  expect(get('hosted').dataset['grant']).toBe('suspended');
  expect(get('hosted').textContent).toContain('something it covers has changed');
  await click('hosted-revoke');
  host.refuse = { name: 'wishHosted', failure: { code: 'hookChanged', detail: 'failed to find it' } };
  await click('hosted-enabled');
  expect(calls('wishHosted')).toEqual([[seen, 'trust'], [seen, 'grant'], [seen, 'revoke'], [seen, 'disable']]);
  expect(get('hosted').textContent).toContain('not what you looked at any more');
});

const said = (event: string, over: Partial<OutcomeView>, advice = false): string[] =>
  effects(event, outcome(over), 'Codex', advice).map((effect) => [effect.text, ...effect.said.map(plain)].join(' | '));

test.each<[string, Partial<OutcomeView>, string]>([
  ['PreToolUse', { shouldBlock: true, blockReason: text('no') }, 'Codex would not make this call and would tell the model: | no'],
  ['PostToolUse', { shouldBlock: true, blockReason: text('no'), feedback: text('look again') }, "Codex would keep the tool's result from the model and tell it instead: | look again"],
  ['PostToolUse', { feedback: text('halt') }, "The model would read this in place of the tool's result: | halt"],
  ['Stop', { shouldBlock: true, blockReason: text('a\n\nb'), continuation: [text('a'), text('b')] }, 'Codex would not end the turn and would tell the model to go on with: | a | b'],
  ['UserPromptSubmit', { shouldStop: true, stopReason: text('later') }, 'Codex would not send this prompt to the model. | later'],
  ['PreCompact', { shouldStop: true }, 'Codex would stop the turn instead of going on with the compaction.'],
  ['PermissionRequest', { decision: 'allow' }, 'Codex would go ahead without asking anybody.'],
  ['PermissionRequest', { decision: 'deny', message: text('not this') }, 'Codex would refuse the request and tell the model: | not this'],
  ['SessionStart', { contexts: [text('one'), text('two')] }, 'The model would be told besides: | one | two'],
  ['PreToolUse', { updatedInput: text('{}') }, 'The tool would be called with this instead: | {}'],
])('%s %o in words', (event, over, expected) => {
  expect(said(event, over)).toEqual([expected]);
});

test('an allow that is only advice is told as that, and nothing as nothing', () => {
  expect(said('PermissionRequest', { decision: 'allow' }, true)).toEqual(['Hookwright would show this allow as advice: you would still decide.']);
  expect(said('Stop', {})).toEqual([]);
  expect([nothing([], 'Codex'), nothing([run()], 'Codex')]).toEqual([
    expect.stringContaining('Nothing ran'),
    'Nothing: Codex goes on as if there were no hook.',
  ]);
  expect([failed([run()]), failed([run({ status: 'failed' })])]).toEqual([null, '1 hook failed. What it said has no effect.']);
});

test('of a hook whose script changed since it was trusted, it is said when, and what changed', async () => {
  const diff = { path: text('/home/ada/guard.sh'), change: 'update' as const, to: null, binary: false, added: 1, removed: 1 };
  const lines = [
    { kind: 'removed' as const, text: text('exit 0') },
    { kind: 'added' as const, text: text('exit 2') },
  ];
  const scripts = [{ path: diff.path, diff: { ...diff, lines } }, { path: text('/home/ada/long.sh'), diff: null }];
  await open({ hooks: [hook('Stop', 'sh ~/guard.sh', { since: { at: '1700000000000', fields: [], scripts } })] });
  expect(get('hook-changed').getAttribute('aria-label')).toContain('script changed');
  await click(row('guard.sh'));
  const said = get('hook-since').textContent;
  expect(said).toContain('The script changed since you trusted it (Nov');
  expect(said).toContain('exit 2');
  expect(said).toContain('/home/ada/long.sh');
  expect(get('hook-since').querySelectorAll('[data-test="file"]')).toHaveLength(1);
});

test('of a modified hook it is said what it was, or that nobody knows', async () => {
  const modified = { trust: 'modified', whyNot: 'modified' as const };
  const fields = [{ name: 'timeout', before: text('5'), now: text('600') }, { name: 'matcher', before: text('Bash'), now: null }];
  const hooksFound = [
    hook('Stop', 'known', { ...modified, since: { at: '1700000000000', fields, scripts: [] } }),
    hook('Stop', 'by backup', { ...modified, since: { at: null, fields, scripts: [] } }),
    hook('Stop', 'nobody knows', { ...modified, since: { at: null, fields: null, scripts: [] } }),
  ];
  await open({ hooks: hooksFound });
  expect(find('hook-changed')).toBe(null);
  await click(row('known'));
  expect(get('hook-since').textContent).toContain('What changed since you trusted it (Nov');
  expect(all('hook-since-field').map((field) => field.textContent.replace(/\s+/g, ' ').trim())).toEqual([
    'timeout When trusted 5 Now 600',
    'matcher When trusted Bash Now: not set',
  ]);
  await click(row('by backup'));
  expect(get('hook-since').textContent).toContain('an earlier version of its file');
  await click(row('nobody knows'));
  expect(get('hook-since').textContent).toContain('not known here');
});
