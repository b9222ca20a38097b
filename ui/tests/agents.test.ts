/** The controller of the Agents screen: looks, plans, deeds, test requests. */

import { beforeEach, expect, test, vi } from 'vitest';
import type { AgentView, PlanView, TestOutcome } from '../src/ipc/dto';
import { FakeHost } from '../src/ipc/fake';
import { codex, connected, PLAN } from '../src/ipc/fake-agents';
import { Agents } from '../src/state/agents.svelte';

let host: FakeHost;
let agents: Agents;

beforeEach(async () => {
  host = new FakeHost();
  host.found = [codex()];
  host.planned = PLAN;
  agents = new Agents(host);
  await agents.refresh();
  host.calls.length = 0;
});

const called = (): string[] => host.calls.map(([name]) => name);
/** A promise that the test keeps. */
function kept<T>() {
  let keep: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => (keep = resolve));
  return { promise, keep };
}

test('a later look keeps the old list in sight, also when it fails', async () => {
  const look = kept<AgentView[]>();
  host.agents = () => look.promise;
  const looked = agents.refresh();
  expect([agents.looking, agents.status, agents.list.length]).toEqual([true, 'ready', 1]);
  look.keep([connected()]);
  await looked;
  expect([agents.looking, agents.list[0]?.connection]).toEqual([false, 'connected']);
  host.agents = () => Promise.reject({ code: 'files', detail: 'no' });
  await agents.refresh();
  expect([agents.status, agents.failure?.code, agents.list.length]).toEqual(['failed', 'files', 1]);
});

test('what is asked for during a look is answered by one more', async () => {
  const looks: ((found: AgentView[]) => void)[] = [];
  host.agents = () => new Promise((answer) => looks.push(answer));
  const all = [agents.refresh(), agents.refresh(), agents.refresh()];
  looks[0]?.([codex()]);
  await vi.waitUntil(() => looks.length === 2);
  looks[1]?.([connected()]);
  await Promise.all(all);
  expect([looks.length, agents.list[0]?.connection]).toEqual([2, 'connected']);
});

test('connecting: looked at, agreed to, made with what was looked at, and looked anew', async () => {
  await agents.plan('codex', 'connect');
  expect(agents.planned).toMatchObject({ aim: 'connect', view: PLAN, making: false });
  host.found = [connected()];
  await agents.carryOut();
  expect(host.calls).toEqual([['plan', 'codex', 'connect'], ['carryOut', 'codex', 'connect', 'plan-1'], ['agents']]);
  expect([agents.planned, agents.list[0]?.connection]).toEqual([null, 'connected']);
});

test('a plan that was dropped does not come back, and makes nothing', async () => {
  const plan = kept<PlanView>();
  host.plan = () => plan.promise;
  const planning = agents.plan('codex', 'connect');
  agents.drop();
  plan.keep(PLAN);
  await planning;
  expect(agents.planned).toBeNull();
  await agents.carryOut();
  expect(called()).toEqual([]);
});

test('a file that changed meanwhile: nothing is made until it was looked at again', async () => {
  await agents.plan('codex', 'connect');
  host.refuse = { name: 'carryOut', failure: { code: 'planChanged', detail: '/home/ada/.codex/hooks.json' } };
  await agents.carryOut();
  expect(agents.planned).toMatchObject({ making: false, failure: { code: 'planChanged' } });
  host.planned = { ...PLAN, digest: 'plan-2' };
  await agents.plan('codex', 'connect');
  expect(agents.planned).toMatchObject({ failure: null, view: { digest: 'plan-2' } });
  await agents.carryOut();
  expect(host.calls.filter(([name]) => name === 'carryOut').at(-1)).toEqual(['carryOut', 'codex', 'connect', 'plan-2']);
});

test('while it is being made, it is neither dropped nor made twice nor replaced', async () => {
  const made = kept<void>();
  let times = 0;
  host.carryOut = () => ((times += 1), made.promise);
  await agents.plan('codex', 'connect');
  const making = agents.carryOut();
  void agents.carryOut();
  agents.drop();
  await agents.plan('codex', 'disconnect');
  expect([times, agents.planned?.aim, agents.planned?.making]).toEqual([1, 'connect', true]);
  made.keep();
  await making;
  expect(agents.planned).toBeNull();
});

test('a plan that can not be worked out says why', async () => {
  host.refuse = { name: 'plan', failure: { code: 'files', detail: 'not a regular file' } };
  await agents.plan('codex', 'connect');
  expect(agents.planned).toMatchObject({ view: null, failure: { detail: 'not a regular file' } });
});

test('trust and the relay: done once, looked anew; a failure is told of that agent', async () => {
  await Promise.all([agents.trust('codex'), agents.trust('codex')]);
  await agents.installRelay('codex');
  expect(called()).toEqual(['trust', 'agents', 'installRelay', 'agents']);
  host.refuse = { name: 'trust', failure: { code: 'internal', detail: 'it did not answer' } };
  await agents.trust('codex');
  expect([agents.failureOf('codex')?.detail, agents.failureOf('gemini'), agents.doing]).toEqual(['it did not answer', null, null]);
  await agents.trust('codex');
  expect(agents.failureOf('codex')).toBeNull();
});

test.each(['allow', 'deny', 'noDecision'] as const)('a test request waits, and then tells %s', async (outcome) => {
  const answer = kept<TestOutcome>();
  let sent = 0;
  host.testRequest = () => ((sent += 1), answer.promise);
  expect(agents.trial('codex')).toBeUndefined();
  const trial = agents.test('codex');
  void agents.test('codex');
  expect([agents.trial('codex'), sent]).toEqual(['waiting', 1]);
  answer.keep(outcome);
  await trial;
  expect([agents.trial('codex'), called()]).toEqual([outcome, ['agents']]);
});

test('a test request that could not be sent says why, and can be sent again', async () => {
  host.refuse = { name: 'testRequest', failure: { code: 'files', detail: 'no relay' } };
  await agents.test('codex');
  expect(agents.trial('codex')).toEqual({ code: 'files', detail: 'no relay' });
  await agents.test('codex');
  expect(agents.trial('codex')).toBe('allow');
});

test('what is asked for from elsewhere looks first where nothing was seen yet', async () => {
  agents = new Agents(host);
  await agents.open({ kind: 'connect', agent: 'codex' });
  expect(called()).toEqual(['agents', 'plan']);
  expect(agents.planned?.aim).toBe('connect');
  agents.drop();
  await agents.open({ kind: 'test', agent: 'codex' });
  expect(agents.trial('codex')).toBe('allow');
  await agents.open({ kind: 'disconnect', agent: 'gemini' });
  expect(agents.planned).toBeNull();
});
