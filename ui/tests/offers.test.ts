/** The card of a question that the agent's terminal asks as well, and what is told of its end. */

import { flushSync, mount } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import PastDetail from '../src/features/requests/PastDetail.svelte';
import PastRow from '../src/features/requests/PastRow.svelte';
import { FakeHost } from '../src/ipc/fake';
import { ACTIONS, card, OFFERS, past, shown } from '../src/ipc/fake-cards';
import type { Card, OfferView, Outcome, Past, Taken } from '../src/ipc/dto';
import { click, decisions, key, openPopup, READY } from './popup';
import { outcome, pass } from './support';
import { find, get } from './window';

let host: FakeHost;
const beside = (offers: OfferView[]): Card => card(ACTIONS.one, { offers });
const said = (element: Element): string => element.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const buttons = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-test="offers"] button')];
const off = (): string[] => buttons().filter((button) => button.getAttribute('aria-disabled') === 'true').map((button) => button.dataset['test'] ?? '');

beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeHost();
});

test('the buttons are the offers in their order, each with what it does; the first that allows is the primary one', async () => {
  await openPopup(host, beside(OFFERS.command));
  expect(buttons().map((button) => [button.className.includes('primary'), said(button)])).toEqual([
    [true, 'Allow once runs this command now'],
    [false, 'Allow, and from now on commands that begin with touch made.txt without a question, also in other sessions'],
    [false, 'Cancel the turn no, and the turn ends'],
  ]);
  expect(buttons().map((button) => button.getAttribute('aria-keyshortcuts'))).toEqual(['A', null, 'C']);
  expect(said(get('leave'))).toBe('Leave it to the terminal');
  expect([find('allow'), find('deny'), find('allow-more'), find('countdown')]).toEqual([null, null, null, null]);
  expect(said(get('beside'))).toMatch(/^Codex's terminal asks the same. Whoever answers first wins. Codex takes no refusal here that lets the turn go on/);
});

test('where a refusal lets the turn go on, the card says whether a message can go with it', async () => {
  await openPopup(host, beside(OFFERS.change), beside(OFFERS.five), beside(OFFERS.grants));
  const lines = [said(get('beside'))];
  for (const nth of [1, 2]) {
    click('next');
    lines[nth] = said(get('beside'));
  }
  const both = "Codex's terminal asks the same. Whoever answers first wins.";
  expect(lines).toEqual([both, `${both} A refusal takes no message here.`, `${both} A refusal takes no message here.`]);
});

test('a deny asks for a message as it does elsewhere, also by its key', async () => {
  const [a, b] = [beside(OFFERS.change), beside(OFFERS.change)];
  await openPopup(host, a, b);
  click('offer-decline');
  expect([find('offers'), find('beside') !== null]).toEqual([null, true]);
  click('deny-quick');
  click('deny-send');
  await pass(0);
  key('d');
  key('Enter', {}, get('deny-message'));
  await pass(0);
  expect(decisions(host)).toEqual([
    [a.id, { kind: 'offered', place: 2, message: "Don't do this." }],
    [b.id, { kind: 'offered', place: 2, message: '' }],
  ]);
});

test('every offer that allows takes no press before its time, nor one that began before it', async () => {
  const one = beside(OFFERS.command);
  await openPopup(host, one);
  const allows = ['offer-accept', 'offer-acceptWithExecpolicyAmendment'];
  expect(off()).toEqual(allows);
  for (const test of allows) click(test);
  get('offer-acceptWithExecpolicyAmendment').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, isPrimary: true, button: 0 }));
  await pass(READY);
  expect(off()).toEqual([]);
  click('offer-acceptWithExecpolicyAmendment', false);
  expect(decisions(host)).toEqual([]);
  click('offer-acceptWithExecpolicyAmendment');
  await pass(0);
  expect(decisions(host)).toEqual([[one.id, { kind: 'offered', place: 1 }]]);
  expect(find('empty')).not.toBeNull();
});

test('while the answers are not read to their end nothing that allows can be chosen', async () => {
  // There is no layout here.
  vi.spyOn(Element.prototype, 'scrollHeight', 'get').mockImplementation(function (this: Element) {
    return this.matches('[data-test="offers"]') ? 180 : 0;
  });
  await openPopup(host, beside(OFFERS.five));
  await pass(READY);
  expect([off().length, said(get('hint'))]).toEqual([3, 'Scroll to the end to enable Allow']);
  get('offers').scrollTop = 180;
  get('offers').dispatchEvent(new Event('scroll'));
  await pass(READY);
  expect(off()).toEqual([]);
});

test('what refuses works at once, and a double click answers one card', async () => {
  const [a, b] = [beside(OFFERS.command), beside(OFFERS.command)];
  await openPopup(host, a, b);
  click('offer-cancel');
  await pass(0);
  get('offer-cancel').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 2 }));
  await pass(0);
  expect(decisions(host)).toEqual([[a.id, { kind: 'offered', place: 2 }]]);
  click('leave');
  await pass(0);
  expect(decisions(host).at(-1)).toEqual([b.id, { kind: 'leave' }]);
});

test('keys: A after its time, C, L and R', async () => {
  const [a, c, d, e] = [beside(OFFERS.change), beside(OFFERS.command), beside(OFFERS.command), beside(OFFERS.none)] as const;
  await openPopup(host, a, c, d, e);
  key('a');
  expect(decisions(host)).toEqual([]);
  await pass(READY);
  key('a');
  await pass(0);
  key('r');
  expect(host.calls.filter(([name]) => name === 'openRuleDraft')).toEqual([['openRuleDraft', c.id]]);
  key('c');
  await pass(0);
  key('l');
  await pass(0);
  expect(decisions(host)).toEqual([
    [a.id, { kind: 'offered', place: 0 }],
    [c.id, { kind: 'offered', place: 2 }],
    [d.id, { kind: 'leave' }],
  ]);
});

test('a key whose answer is not offered answers nothing and says so', async () => {
  const [a, b] = [beside(OFFERS.command), beside(OFFERS.grants)];
  await openPopup(host, a, b);
  await pass(READY);
  key('d');
  expect([find('deny-message'), said(get('hint'))]).toEqual([null, 'D: Codex offers no such answer here']);
  key('ArrowDown');
  await pass(READY);
  expect(said(get('hint'))).toBe('');
  for (const name of ['a', 'c', 'd']) key(name);
  expect([decisions(host), said(get('hint'))]).toEqual([[], 'D: Codex offers no such answer here']);
});

test('C does nothing where a hook asks', async () => {
  await openPopup(host, card(ACTIONS.one));
  await pass(READY);
  key('c');
  expect([decisions(host), said(get('hint'))]).toEqual([[], '']);
});

test('the press of a key on an offer is armed as a click is', async () => {
  await openPopup(host, beside(OFFERS.command));
  await pass(READY);
  const button = get('offer-accept');
  const enter = (init: KeyboardEventInit): void => {
    const down = new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true, ...init });
    if (button.dispatchEvent(down)) button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 0 }));
    button.dispatchEvent(new KeyboardEvent('keyup', { key: 'Enter', code: 'Enter', bubbles: true }));
  };
  enter({ repeat: true });
  await pass(0);
  expect(decisions(host)).toEqual([]);
  enter({});
  await pass(0);
  expect(decisions(host)).toHaveLength(1);
});

test('a question that offers nothing here is told to be answered in the terminal', async () => {
  await openPopup(host, beside(OFFERS.none));
  await pass(READY);
  expect(said(get('beside'))).toContain("Answer this in Codex's terminal: it offers no answer that can be given from here");
  key('r');
  expect([find('offers'), find('arming'), find('allow-rule'), said(get('hint'))]).toEqual([null, null, null, '']);
  expect(host.calls.some(([name]) => name === 'openRuleDraft')).toBe(false);
});

test('answers that are not known are shown and cannot be chosen', async () => {
  await openPopup(host, beside(OFFERS.unknown));
  await pass(READY);
  expect(said(get('beside'))).toContain('what the answers that it offers would do is not known here');
  expect(off()).toEqual(['offer-other']);
  click('offer-other');
  await pass(0);
  expect(decisions(host)).toEqual([]);
});

test('answered in the terminal: the card says so, its buttons off', async () => {
  const one = beside(OFFERS.command);
  await openPopup(host, one);
  await pass(READY);
  host.end(one.id, 'none', 'terminal');
  flushSync();
  expect(said(get('withdrawn'))).toBe("Answered Answered in Codex's terminal.");
  expect(find('beside')).toBeNull();
  click('offer-accept');
  click('offer-cancel');
  key('a');
  key('c');
  key('d');
  await pass(0);
  expect([decisions(host), off().length]).toEqual([[], 3]);
});

test('answered in another window and too late: first the one, then the other', async () => {
  const one = beside(OFFERS.command);
  await openPopup(host, one);
  host.end(one.id, 'allow', 'person', { offered: 'accept' });
  flushSync();
  expect(said(get('withdrawn'))).toBe('Allowed You allowed it once.');
  host.send({ kind: 'replyTaken', id: one.id, taken: 'no' });
  flushSync();
  expect(said(get('withdrawn'))).toBe("Answered You allowed it once. But this did not count: it was decided in Codex's terminal.");
});

test('of a session only what can be denied is denied, and the others stay', async () => {
  const [a, b, c] = [beside(OFFERS.command), beside(OFFERS.change), card(ACTIONS.test)];
  await openPopup(host, a, b, c);
  expect(said(get('deny-session'))).toBe('Deny the 2 of this session that can be denied');
  click('deny-session');
  await pass(0);
  expect(host.calls.at(-1)).toEqual(['denySession', a.shown.session, '']);
  expect([get('card').dataset['requestId'], find('position'), find('deny-session')]).toEqual([a.id, null, null]);
});

const ENDS: [string, Partial<Outcome>, Taken, string, string, string][] = [
  ['the terminal', { by: 'terminal' }, 'waiting', 'Answered', 'in the terminal', "Answered in Codex's terminal."],
  ['for the session', { decision: 'allow', by: 'person', offered: 'acceptForSession' }, 'yes', 'Allowed', 'you', 'You allowed it for the session. Codex took the reply.'],
  ['the end of the turn', { decision: 'deny', by: 'person', offered: 'cancel' }, 'yes', 'Turn ended', 'you', 'You ended the turn. Codex took the reply.'],
  ['too late', { decision: 'deny', by: 'person', offered: 'cancel' }, 'no', 'Answered', 'in the terminal', "You ended the turn. But this did not count: it was decided in Codex's terminal."],
  ['a rule', { decision: 'deny', by: 'rule', offered: 'decline' }, 'yes', 'Denied', 'a rule', 'Denied by a rule. Codex took the reply.'],
  ['put away', { by: 'person' }, 'yes', 'No decision', 'you', "Left to Codex's terminal, where the question stayed."],
];

test.each(ENDS)('in the past: %s', (_, over, taken, word, by, words) => {
  const row: Past = { ...past(0), outcome: outcome(over), taken, reported: 'live' };
  const was = shown(ACTIONS.one, { offers: OFFERS.change });
  const target = document.body;
  mount(PastRow, { target, props: { row } });
  expect([...get('past-row').querySelectorAll('.rest > span')].slice(0, 2).map(said)).toEqual([word, by]);
  expect(document.querySelector('.taken') === null).toBe(taken === 'waiting');
  mount(PastDetail, { target, props: { row, shown: was, detail: null, onrule: () => {} } });
  expect(said(get('past-outcome'))).toContain(words);
  document.body.replaceChildren();
});
