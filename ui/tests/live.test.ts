/** The controller of the Live screen: order, bound, pause, filters, outcomes. */

import { beforeEach, expect, test, vi } from 'vitest';
import type { EventDetail, EventView, LiveSnapshot, LiveUpdate } from '../src/ipc/dto';
import { FakeHost } from '../src/ipc/fake';
import { ACTIONS, card, text } from '../src/ipc/fake-cards';
import { event } from '../src/ipc/fake-live';
import { AIM_MOST_MS, AIM_MS, DRAW_MS, KEEP, Live, NEWS_MS } from '../src/state/live.svelte';
import { ended, pass, snapshot } from './support';

let host: FakeHost;
let live: Live;

beforeEach(async () => {
  vi.useFakeTimers();
  host = new FakeHost();
  host.pastCount = 0;
  live = new Live(host);
});

async function start(...events: EventView[]): Promise<void> {
  host.events = events;
  await live.start();
}

async function send(...events: EventView[]): Promise<void> {
  host.sendLive(...events);
  await pass(DRAW_MS);
}

/** The rows in short: `# session`, `- turn`, and the ids of the events. */
const list = (): string[] =>
  live.rows.map((row) => {
    if (row.kind === 'session') return `# ${row.session} ${row.count} ${row.pace}`;
    return row.kind === 'turn' ? `- ${row.turn} ${row.prompt?.map((piece) => piece.kind === 'text' && piece.text).join('') ?? '?'}` : row.event.id;
  });
/** What became of a request, without how. */
const became = (id: string): string | undefined => {
  const request = live.request(id);
  return typeof request === 'object' ? request.outcome.decision : request;
};

const ids = (): string[] => live.rows.flatMap((row) => (row.kind === 'event' ? [row.event.id] : []));

/** An event that is told by its id, at this second. */
const at = (second: number, id: string, name = 'PreToolUse', over: Partial<EventView> = {}): EventView =>
  event(name, { id, at: String(Date.now() + second * 1000), session: 's', turn: 't', ...over });

test('events stand by session and turn, under what the person asked for', async () => {
  await start(
    at(1, 'start', 'SessionStart', { turn: null }),
    at(2, 'ask', 'UserPromptSubmit', { gist: text('ship it') }),
    at(3, 'tool'),
    at(4, 'stop', 'Stop'),
    at(5, 'other', 'PreToolUse', { session: 'z', turn: 'u' }),
    at(6, 'next', 'PreToolUse', { turn: 't2' }),
    at(7, 'end', 'SessionEnd', { turn: null }),
  );
  expect(list()).toEqual([
    '# z 1 running',
    '- u ?',
    'other',
    '# s 6 ended',
    'start',
    '- t ship it',
    'ask',
    'tool',
    'stop',
    '- t2 ?',
    'next',
    'end',
  ]);
});

test('what is reported late stands where its time puts it', async () => {
  await start(at(5, 'b'), at(9, 'c', 'PreToolUse', { turn: 't2' }));
  await send(at(1, 'start', 'SessionStart', { turn: null }), at(2, 'ask', 'UserPromptSubmit', { gist: text('go') }), at(4, 'a'));
  expect(list()).toEqual(['# s 5 running', 'start', '- t go', 'ask', 'a', 'b', '- t2 ?', 'c']);
});

test.each([
  [['UserPromptSubmit'], 'running'],
  [['PreToolUse', 'Stop'], 'quiet'],
  [['PreToolUse', 'Interrupt'], 'quiet'],
  [['Stop', 'PreToolUse'], 'running'],
  [['Stop', 'SessionEnd'], 'ended'],
  [['PreToolUse', 'PostCompact', 'SomethingNew', 'constructor'], 'running'],
])('after %j a session is %s', async (names, pace) => {
  await start(...names.map((name, nth) => at(nth, `${nth}`, name)));
  expect(live.rows[0]).toMatchObject({ kind: 'session', pace });
});

test('an agent that fell silent long ago is not said to run, and a subagent ends no turn', async () => {
  await start(at(-7200, 'old'), at(1, 'tool', 'PreToolUse', { session: 'now' }), at(2, 'sub', 'Stop', { session: 'now', subagent: text('helper') }));
  expect(list().filter((row) => row.startsWith('#'))).toEqual(['# s 1 quiet', '# now 2 running']);
});

test('the session in which something happened last is the last one', async () => {
  await start(at(1, 'a'), at(2, 'b', 'PreToolUse', { session: 'z' }));
  expect(ids()).toEqual(['a', 'b']);
  await send(at(3, 'c'));
  expect(ids()).toEqual(['b', 'a', 'c']);
});

test('sessions and turns close and open', async () => {
  await start(at(1, 'a'), at(2, 'b', 'PreToolUse', { turn: 't2' }));
  const [session, turn] = live.rows;
  live.toggle(turn?.key ?? '');
  expect(ids()).toEqual(['b']);
  live.toggle(session?.key ?? '');
  expect(list()).toEqual(['# s 2 running']);
  live.toggle(session?.key ?? '');
  live.toggle(turn?.key ?? '');
  expect(ids()).toEqual(['a', 'b']);
});

/** Streams that the test answers by hand. */
function scripted() {
  const streams: { take: (update: LiveUpdate) => void; answer: (snapshot: LiveSnapshot) => void }[] = [];
  const own = new Live({
    live: (take) => new Promise((answer) => streams.push({ take, answer })),
    event: async () => null,
    past: host.past.bind(host),
  });
  const seen = (): string[] => own.rows.flatMap((row) => (row.kind === 'event' ? [row.event.id] : []));
  return { own, streams, seen };
}

test('updates that overtake the snapshot come after it, and what it has already only once', async () => {
  const { own, streams, seen } = scripted();
  void own.start();
  streams[0]?.take({ seq: '2', events: [at(2, 'b'), at(3, 'c')], recorded: [] });
  streams[0]?.take({ seq: '4', events: [at(4, 'd')], recorded: [] });
  streams[0]?.answer({ seq: '2', events: [at(1, 'a'), at(2, 'b')], recorded: [] });
  await pass(DRAW_MS);
  expect(seen()).toEqual(['a', 'b', 'c', 'd']);
  expect(own.missed).toBe(0);
});

test('a gap takes a new snapshot, which adds what is not there; what it lacks is counted', async () => {
  const { own, streams, seen } = scripted();
  void own.start();
  streams[0]?.answer({ seq: '9007199254740993', events: [at(1, 'a')], recorded: [] });
  await pass(DRAW_MS);
  streams[0]?.take({ seq: '9007199254740996', events: [at(4, 'd')], recorded: [] });
  expect(streams).toHaveLength(2);
  streams[0]?.take({ seq: '9007199254740994', events: [at(2, 'lost')], recorded: [] });
  streams[1]?.answer({ seq: '9007199254740996', events: [at(3, 'c'), at(4, 'd')], recorded: [] });
  streams[1]?.take({ seq: '9007199254740997', events: [at(5, 'e')], recorded: [] });
  await pass(DRAW_MS);
  expect(seen()).toEqual(['a', 'c', 'd', 'e']);
  expect(own.missed).toBe(1);
});

test('a stream that can not be had says so, and can be tried again', async () => {
  host.refuse = { name: 'live', failure: { code: 'internal', detail: 'gone' } };
  live.open();
  await pass(0);
  expect([live.status, live.failure?.detail]).toEqual(['failed', 'gone']);
  live.open();
  expect(host.calls).toHaveLength(1);
  await start(at(1, 'a'));
  expect([live.status, live.failure, live.size]).toEqual(['ready', null, 1]);
});

test('only the newest events are kept', async () => {
  await start(at(0, 'first', 'PermissionRequest', { request: 'r' }));
  live.apply(ended('r'));
  expect(became('r')).toBe('none');
  await send(...Array.from({ length: KEEP }, (_, nth) => at(nth + 1, `${nth}`, 'PreToolUse', { turn: `${nth % 7}` })));
  expect([live.size, ids().length, ids().includes('first')]).toEqual([KEEP, KEEP, false]);
  expect(live.request('r')).toBeUndefined();
  await send(at(9000, 'last', 'Stop', { session: 'z' }));
  expect([live.size, ids().includes('0'), ids().at(-1)]).toEqual([KEEP, false, 'last']);
});

test('under a moving pointer the rows stay for a moment, but not for ever', async () => {
  await start(at(1, 'a'));
  await pass(AIM_MOST_MS);
  live.aim();
  host.sendLive(at(2, 'b'));
  await pass(AIM_MS - 10);
  expect(ids()).toEqual(['a']);
  await pass(10);
  expect(ids()).toEqual(['a', 'b']);

  host.sendLive(at(3, 'c'));
  for (let moved = 0; moved < AIM_MOST_MS; moved += 50) {
    expect(ids()).toEqual(['a', 'b']);
    live.aim();
    await pass(50);
  }
  expect(ids()).toEqual(['a', 'b', 'c']);
});

test('what comes alone is drawn at once, a storm many at a time', async () => {
  await start(at(0, 'a'));
  await pass(DRAW_MS);
  host.sendLive(at(1, 'b'));
  await pass(1);
  expect(ids()).toEqual(['a', 'b']);
  for (let nth = 0; nth < 2000; nth += 1) host.sendLive(at(2, `${nth}`));
  await pass(DRAW_MS / 2);
  expect(live.size).toBe(2);
  await pass(DRAW_MS / 2);
  expect(live.size).toBe(2002);
});

test('paused, new events are counted; resumed, they are all there', async () => {
  await start(at(1, 'a'));
  host.sendLive(at(2, 'just before'));
  live.pause();
  expect(ids()).toEqual(['a', 'just before']);
  await send(at(3, 'b'), at(4, 'c'));
  expect([ids().length, live.held, live.told]).toEqual([2, 2, 0]);
  await pass(NEWS_MS);
  await send(at(5, 'd'));
  expect([live.held, live.told]).toEqual([3, 3]);
  live.resume();
  expect([ids(), live.held, live.told]).toEqual([['a', 'just before', 'b', 'c', 'd'], 0, 0]);
});

test('a pause holds the newest events back up to the bound', async () => {
  await start();
  live.pause();
  await send(...Array.from({ length: KEEP + 3 }, (_, nth) => at(nth, `${nth}`)));
  expect(live.held).toBe(KEEP + 3);
  live.resume();
  expect([live.size, ids()[0]]).toEqual([KEEP, '3']);
});

test('a gap while paused loses nothing and shows nothing', async () => {
  await start(at(1, 'a'));
  live.pause();
  await send(at(2, 'b'));
  host.skipLive(1);
  host.events.push(at(3, 'c'));
  host.sendLive(at(4, 'd'));
  await pass(DRAW_MS);
  expect([ids(), live.held]).toEqual([['a'], 3]);
  live.resume();
  expect(ids()).toEqual(['a', 'b', 'c', 'd']);
});

test('filters narrow what is shown and what comes, and headings stay true', async () => {
  await start(
    at(1, 'ask', 'UserPromptSubmit', { gist: text('Ship It') }),
    at(2, 'rg', 'PreToolUse', { gist: text('rg RATE_limit src'), tool: text('Bash') }),
    at(3, 'spooled', 'PreToolUse', { reported: 'whileClosed', agent: 'gemini', agentTitle: 'Gemini' }),
  );
  expect([live.events, [...live.agents]]).toEqual([
    ['PreToolUse', 'UserPromptSubmit'],
    [
      ['codex', 'Codex'],
      ['gemini', 'Gemini'],
    ],
  ]);
  live.narrow({ text: ' bash  rate_LIMIT ' });
  expect([live.filtered, list()]).toEqual([true, ['# s 1 running', '- t Ship It', 'rg']]);
  await send(at(4, 'ls', 'PreToolUse', { gist: text('ls'), tool: text('Bash') }), at(5, 'rg2', 'PreToolUse', { gist: text('bash rate_limit') }));
  expect([ids(), live.size]).toEqual([['rg', 'rg2'], 5]);
  live.narrow({ text: '', event: 'UserPromptSubmit' });
  expect(ids()).toEqual(['ask']);
  live.narrow({ event: null, agent: 'gemini' });
  expect(ids()).toEqual(['spooled']);
  live.narrow({ agent: null, reported: 'whileClosed' });
  expect(ids()).toEqual(['spooled']);
  live.narrow({ text: 'nothing like it' });
  expect(live.rows).toEqual([]);
  live.clear();
  expect([live.filtered, ids().length]).toEqual([false, 5]);
});

test('a request waits, and then is what became of it', async () => {
  const [a, b] = [card(ACTIONS.one), card(ACTIONS.test)];
  live.load(snapshot({ waiting: [a] }));
  expect([live.request(a.id), live.request(b.id)]).toEqual(['waiting', undefined]);
  live.apply({ kind: 'requestOpened', card: b });
  live.apply(ended(a.id, { decision: 'allow' }));
  expect([became(a.id), became(b.id)]).toEqual(['allow', 'waiting']);
});

test('what ended before anyone listened is read from the past; without it nothing is claimed', async () => {
  host.pastCount = 3;
  live.load(snapshot({ waiting: [] }));
  await pass(0);
  expect([became('past-0'), became('past-2')]).toEqual(['allow', expect.stringMatching(/allow|deny|none/)]);
  const one = card(ACTIONS.one);
  live.apply({ kind: 'requestOpened', card: one });
  host.refuse = { name: 'past', failure: { code: 'history', detail: '' } };
  live.load(snapshot({ waiting: [] }));
  await pass(0);
  expect(live.request(one.id)).toBeUndefined();
});

test('the detail of an event is the one that was chosen last', async () => {
  const answers = new Map<string, (detail: EventDetail | null) => void>();
  const own = new Live({
    live: host.live.bind(host),
    past: host.past.bind(host),
    event: (id) => new Promise((answer) => answers.set(id, answer)),
  });
  const [a, b] = [at(1, 'a'), at(2, 'b')];
  void own.select(a);
  void own.select(b);
  answers.get('b')?.({ event: b, payload: text('{}'), cut: false, runs: [] });
  await pass(0);
  answers.get('a')?.({ event: a, payload: text('late'), cut: false, runs: [] });
  await pass(0);
  expect([own.selected?.id, own.detail]).toEqual(['b', { event: b, payload: text('{}'), cut: false, runs: [] }]);
});

test('a detail may be gone, or can not be read', async () => {
  await start(at(1, 'a'));
  await live.select(at(2, 'elsewhere'));
  expect(live.detail).toBe('gone');
  host.refuse = { name: 'event', failure: { code: 'history', detail: 'locked' } };
  await live.select(at(1, 'a'));
  expect(live.detail).toEqual({ code: 'history', detail: 'locked' });
});
