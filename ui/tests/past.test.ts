import { beforeEach, expect, test, vi } from 'vitest';
import { FakeHost } from '../src/ipc/fake';
import type { Past, PastFilter, PastPage } from '../src/ipc/dto';
import { past as row } from '../src/ipc/fake-cards';
import { PastList, TYPING_MS } from '../src/state/past.svelte';
import { ended, pass } from './support';

beforeEach(() => void vi.useFakeTimers());

/** A list over these rows, newest first, two on a page. */
function listOf(rows: Past[]) {
  const asked: PastFilter[] = [];
  const host = {
    past: async (filter: PastFilter, cursor: string | null): Promise<PastPage> => {
      asked.push(filter);
      const from = cursor === null ? 0 : rows.findIndex((row) => row.id === cursor) + 1;
      const page = rows.slice(from, from + 2);
      return { rows: page, next: from + 2 < rows.length ? (page.at(-1)?.id ?? null) : null, projects: [] };
    },
    pastDetail: async () => null,
    pastShown: async () => null,
  };
  return { list: new PastList(host), rows, asked };
}

const ids = (list: PastList): string[] => list.rows.map((row) => row.id);
const old = (nth: number): Past => ({ ...row(nth), id: `old-${nth}` });

test('pages are put one after the other, to the end', async () => {
  const { list } = listOf([old(1), old(2), old(3)]);
  await list.reload();
  expect(ids(list)).toEqual(['old-1', 'old-2']);
  await Promise.all([list.more(), list.more()]);
  await list.more();
  expect(ids(list)).toEqual(['old-1', 'old-2', 'old-3']);
});

test('what still waits is not drawn, and a page of nothing else leads to the next', async () => {
  const waits = (nth: number): Past => ({ ...old(nth), outcome: null, taken: 'waiting' });
  const { list } = listOf([waits(1), waits(2), waits(3), old(4)]);
  await list.reload();
  expect(ids(list)).toEqual(['old-4']);
  list.apply(ended('old-2'));
  expect(ids(list)).toEqual(['old-2', 'old-4']);
});

test('a request that ended comes on top, without losing the pages read', async () => {
  const { list, rows } = listOf([old(1), old(2), old(3), old(4)]);
  await list.reload();
  await list.more();
  rows.unshift(old(0));
  list.apply(ended('old-0'));
  await pass(0);
  expect(ids(list)).toEqual(['old-0', 'old-1', 'old-2', 'old-3', 'old-4']);
});

test('where too much is new to join, the list starts over', async () => {
  const { list, rows } = listOf([old(5), old(6), old(7)]);
  await list.reload();
  await list.more();
  rows.unshift(old(1), old(2), old(3));
  list.apply(ended('old-1'));
  await pass(0);
  expect(ids(list)).toEqual(['old-1', 'old-2']);
  await list.more();
  await list.more();
  expect(ids(list)).toEqual(['old-1', 'old-2', 'old-3', 'old-5', 'old-6', 'old-7']);
});

test('a reply that was taken changes its row', async () => {
  const { list } = listOf([{ ...old(1), taken: 'waiting' }]);
  await list.reload();
  await list.select(list.rows[0] ?? null);
  list.apply({ kind: 'replyTaken', id: 'old-1', taken: 'yes' });
  expect(list.rows[0]?.taken).toBe('yes');
  expect(list.selected?.taken).toBe('yes');
});

test('typing is waited for, and only the last filter counts', async () => {
  const { list, asked } = listOf([old(1)]);
  await list.reload();
  list.narrow({ text: 'c' });
  list.narrow({ text: 'ca' });
  await pass(TYPING_MS - 1);
  expect(asked).toHaveLength(1);
  await pass(1);
  expect(asked.map((filter) => filter.text)).toEqual(['', 'ca']);
  list.narrow({ decision: 'deny' });
  expect(asked.at(-1)).toMatchObject({ text: 'ca', decision: 'deny' });
});

test('a page of an earlier filter is dropped', async () => {
  const host = new FakeHost();
  const list = new PastList(host);
  const first = list.reload();
  list.narrow({ decision: 'deny' });
  await first;
  await pass(0);
  expect(list.rows.length).toBeGreaterThan(0);
  expect(list.rows.every((row) => row.outcome?.decision === 'deny')).toBe(true);
});

test('a history that cannot be read says so, and can be tried again', async () => {
  const host = new FakeHost();
  host.refuse = { name: 'past', failure: { code: 'history', detail: 'database is locked' } };
  const list = new PastList(host);
  await list.reload();
  expect([list.status, list.failure?.code]).toEqual(['failed', 'history']);
  await list.reload();
  expect([list.status, list.failure, list.rows.length]).toEqual(['ready', null, 100]);
});

test('what was shown may be gone', async () => {
  const { list } = listOf([old(1)]);
  await list.reload();
  await list.select(old(1));
  expect(list.shown).toBe('gone');
});

test('a request is opened by its id, also where the list does not show it', async () => {
  const { list, asked } = listOf([old(1), old(2), old(3)]);
  await list.reload();
  list.narrow({ decision: 'deny' });
  await pass(0);
  await list.show('old-3');
  expect(list.selected?.id).toBe('old-3');
  expect(asked.at(-1)).toMatchObject({ decision: null });
  expect(list.filter.decision).toBe('deny');
  await list.show('never-was');
  expect(list.selected).toBeNull();
});

test('a first page that is older than what was heard meanwhile is read again', async () => {
  const page = (row: Past): PastPage => ({ rows: [row], next: null, projects: [] });
  let answer: (page: PastPage) => void = () => {};
  const answers = [new Promise<PastPage>((resolve) => (answer = resolve))];
  const past = async (): Promise<PastPage> => answers.shift() ?? page(old(1));
  const list = new PastList({ past, pastDetail: async () => null, pastShown: async () => null });
  const loaded = list.reload();
  list.apply({ kind: 'replyTaken', id: 'old-1', taken: 'yes' });
  await pass(0);
  answer(page({ ...old(1), taken: 'waiting' }));
  await loaded;
  await pass(0);
  expect(list.rows[0]?.taken).toBe('yes');
});
