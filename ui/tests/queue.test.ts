import { beforeEach, expect, test, vi } from 'vitest';
import { ACTIONS, card } from '../src/ipc/fake-cards';
import { LINGER_MS, Queue } from '../src/state/queue.svelte';
import { ended, snapshot } from './support';

const [a, b, c] = [card(ACTIONS.one), card(ACTIONS.test), card(ACTIONS.mcp)];
const queue = (): Queue => {
  const queue = new Queue();
  queue.load(snapshot({ waiting: [a, b, c] }));
  return queue;
};

beforeEach(() => void vi.useFakeTimers());

test('the oldest is open, and a new one does not push it aside', () => {
  const q = queue();
  expect(q.current?.card.id).toBe(a.id);
  const d = card(ACTIONS.network);
  q.apply({ kind: 'requestOpened', card: d });
  expect(q.current?.card.id).toBe(a.id);
  expect(q.waiting).toHaveLength(4);
  expect(q.latest?.id).toBe(d.id);
});

test('steps stay at the ends', () => {
  const q = queue();
  q.step(-1);
  expect(q.index).toBe(0);
  q.step(1);
  q.step(1);
  q.step(1);
  expect(q.current?.card.id).toBe(c.id);
});

test('the open card that ends elsewhere stays two seconds with its outcome', () => {
  const q = queue();
  q.apply(ended(a.id, { by: 'withdrawn' }));
  expect(q.current).toMatchObject({ card: { id: a.id }, outcome: { by: 'withdrawn' } });
  expect(q.waiting).toHaveLength(2);
  vi.advanceTimersByTime(LINGER_MS - 1);
  expect(q.current?.card.id).toBe(a.id);
  vi.advanceTimersByTime(1);
  expect(q.current).toMatchObject({ card: { id: b.id }, outcome: null });
});

test('another card that ends just goes', () => {
  const q = queue();
  q.apply(ended(b.id));
  expect(q.current).toMatchObject({ card: { id: a.id }, outcome: null });
  expect(q.waiting.map((card) => card.id)).toEqual([a.id, c.id]);
});

test('an answer given here moves on at once, whichever comes first, reply or update', () => {
  for (const order of ['reply', 'update']) {
    const q = queue();
    q.step(1);
    q.answering(b.id);
    if (order === 'reply') q.answered(b.id);
    q.apply(ended(b.id, { by: 'person' }));
    q.answered(b.id);
    expect(q.current).toMatchObject({ card: { id: c.id }, outcome: null });
  }
});

test('after a refused answer the card lingers like any other', () => {
  const q = queue();
  q.answering(a.id);
  q.notAnswered(a.id);
  q.apply(ended(a.id));
  expect(q.current).toMatchObject({ card: { id: a.id }, outcome: { by: 'withdrawn' } });
});

test('a picked request is shown, even over one that just ended', () => {
  const q = queue();
  q.apply(ended(a.id));
  q.apply({ kind: 'requestPicked', id: c.id });
  expect(q.current).toMatchObject({ card: { id: c.id }, outcome: null });
});

test('a new snapshot keeps the open card if it still waits', () => {
  const q = queue();
  q.step(1);
  q.load(snapshot({ waiting: [b, c] }));
  expect(q.current?.card.id).toBe(b.id);
  q.load(snapshot({ waiting: [c] }));
  expect(q.current?.card.id).toBe(c.id);
  q.load(snapshot());
  expect(q.current).toBeNull();
});
