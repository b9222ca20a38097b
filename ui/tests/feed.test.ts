import { expect, test } from 'vitest';
import type { ChangeOf, Snapshot, Update } from '../src/ipc/dto';
import { Feed } from '../src/state/feed.svelte';
import { snapshot } from './support';

const pick = (seq: number): Update => ({ seq: String(seq), at: '0', change: { kind: 'requestPicked', id: String(seq) } });

/** A feed over subscriptions that the test answers by hand. */
function scripted() {
  const streams: { take: (update: Update) => void; answer: (snapshot: Snapshot) => void; refuse: (error: unknown) => void }[] = [];
  const heard: string[] = [];
  const feed = new Feed(
    { subscribe: (take) => new Promise((answer, refuse) => streams.push({ take, answer, refuse })) },
    [
      {
        load: (loaded) => heard.push(`load ${loaded.seq}`),
        apply: (change: ChangeOf) => heard.push(change.kind === 'requestPicked' ? change.id : change.kind),
      },
    ],
  );
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  return { feed, streams, heard, settle };
}

test('updates that overtake the snapshot are applied after it, older ones dropped', async () => {
  const { feed, streams, heard, settle } = scripted();
  void feed.start();
  expect(feed.status).toBe('loading');
  streams[0]?.take(pick(4));
  streams[0]?.take(pick(5));
  streams[0]?.take(pick(6));
  streams[0]?.answer(snapshot({ seq: '4' }));
  await settle();
  expect(heard).toEqual(['load 4', '5', '6']);
  expect(feed.status).toBe('ready');
});

test('a gap asks for a new snapshot, and the old stream is heard no more', async () => {
  const { feed, streams, heard, settle } = scripted();
  void feed.start();
  streams[0]?.answer(snapshot({ seq: '9007199254740993' }));
  await settle();
  streams[0]?.take({ ...pick(0), seq: '9007199254740995' });
  expect(streams).toHaveLength(2);
  streams[0]?.take({ ...pick(0), seq: '9007199254740994' });
  streams[1]?.answer(snapshot({ seq: '9007199254740995' }));
  await settle();
  streams[1]?.take({ ...pick(7), seq: '9007199254740996' });
  expect(heard).toEqual(['load 9007199254740993', 'load 9007199254740995', '7']);
});

test('a failed subscription can be tried again', async () => {
  const { feed, streams, settle } = scripted();
  void feed.start();
  streams[0]?.refuse('not allowed');
  await settle();
  expect(feed.status).toBe('failed');
  expect(feed.failure).toEqual({ code: 'internal', detail: 'not allowed' });
  void feed.start();
  streams[1]?.answer(snapshot());
  await settle();
  expect(feed.status).toBe('ready');
  expect(feed.failure).toBeNull();
});
