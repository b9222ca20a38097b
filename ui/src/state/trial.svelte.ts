/** Trying hooks: the payload as a person edits it, and what happens while they run. */

import type { Failure, HookView, OutcomeView, RunAgain, RunView, TrialPayloads, TrialUpdate } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';

/** What is tried: one hook, or all that run for an event. */
export interface Aim {
  folder: string;
  event: string;
  hook: HookView | null;
}

/** Where a payload is from: made up, the newest of its event, or that of one run of the past. */
export type Source = 'sample' | 'recorded' | 'past';

/** What a run of the past was given, as far as it is kept. */
export type Given = Pick<RunAgain, 'payload' | 'altered' | 'changed'>;

/** What a person has typed for one aim. */
interface Draft {
  source: Source;
  /** Null: as it was offered. */
  texts: Record<Source, string | null>;
}

const UNTOUCHED: Draft = { source: 'sample', texts: { sample: null, recorded: null, past: null } };

type Door = Pick<Host, 'trialPayloads' | 'tryHooks' | 'stopTrial'>;

export class Trial {
  aim = $state.raw<Aim | null>(null);
  payloads = $state.raw<TrialPayloads | 'loading' | Failure>('loading');
  given = $state.raw<Given | null>(null);
  status = $state<'idle' | 'running' | 'stopping' | 'finished' | 'stopped'>('idle');
  failure = $state.raw<Failure | null>(null);
  /** In configured order. */
  runs = $state.raw<readonly RunView[]>([]);
  outcome = $state.raw<OutcomeView | null>(null);
  startedAt = $state(0);

  #host: Door;
  #draft = $state.raw(UNTOUCHED);
  /** What was typed for other aims. */
  #drafts = new Map<string, Draft>();
  /** Updates of an earlier trial are ignored. */
  #stream = 0;
  #looking = 0;

  constructor(host: Door) {
    this.#host = host;
  }

  source = $derived(this.#draft.source);
  /** What was offered, without what a person made of it. */
  #offered = $derived.by(() => {
    const { payloads, given } = this;
    if (this.source === 'past') return given?.payload ?? '';
    if (payloads === 'loading' || 'code' in payloads) return '';
    return this.source === 'recorded' ? (payloads.recorded?.payload ?? '') : payloads.sample;
  });
  text = $derived(this.#draft.texts[this.source] ?? this.#offered);
  edited = $derived(this.text !== this.#offered);
  busy = $derived(this.status === 'running' || this.status === 'stopping');

  /** Prepares. What was typed for this aim before is there again, unless it is given what to try it with. */
  async open(aim: Aim, given: Given | null = null): Promise<void> {
    this.close();
    this.aim = aim;
    this.given = given;
    const { source, texts } = this.#drafts.get(name(aim)) ?? UNTOUCHED;
    const usual = source === 'past' ? 'sample' : source;
    this.#draft = { source: given === null ? usual : 'past', texts: { ...texts, past: null } };
    await this.look();
  }

  /** Stops what runs: nobody looks at it any more. */
  close(): void {
    if (this.aim === null) return;
    this.#drafts.set(name(this.aim), this.#draft);
    if (this.busy) void this.stop();
    this.#stream += 1;
    this.#clear();
    this.status = 'idle';
    this.aim = null;
  }

  /** The same hook, as it was found now. */
  renew(hook: HookView): void {
    if (this.aim !== null) this.aim = { ...this.aim, hook };
  }

  /** Asks what there is to try it with. */
  async look(): Promise<void> {
    const { aim } = this;
    if (aim === null) return;
    const looking = ++this.#looking;
    this.payloads = 'loading';
    let payloads: TrialPayloads | Failure;
    try {
      payloads = await this.#host.trialPayloads(aim.folder, aim.event, aim.hook?.key ?? null);
    } catch (error) {
      payloads = asFailure(error);
    }
    if (looking === this.#looking) this.payloads = payloads;
  }

  choose(source: Source): void {
    this.#draft = { ...this.#draft, source };
  }

  type(text: string): void {
    this.#draft = { ...this.#draft, texts: { ...this.#draft.texts, [this.source]: text } };
  }

  /** The payload as it was offered. */
  reset(): void {
    this.#draft = { ...this.#draft, texts: { ...this.#draft.texts, [this.source]: null } };
  }

  async run(): Promise<void> {
    const { aim, text } = this;
    if (aim === null || this.busy) return;
    const stream = ++this.#stream;
    this.#clear();
    this.status = 'running';
    this.startedAt = Date.now();
    const hook = aim.hook === null ? null : { key: aim.hook.key, hash: aim.hook.hash };
    try {
      await this.#host.tryHooks({ folder: aim.folder, hook, payload: text }, (update) => {
        if (stream === this.#stream) this.#take(update);
      });
    } catch (error) {
      if (stream === this.#stream) this.#fail(asFailure(error));
    }
  }

  /** The last update tells that it stopped. */
  async stop(): Promise<void> {
    this.status = 'stopping';
    const stream = this.#stream;
    try {
      await this.#host.stopTrial();
    } catch (error) {
      if (stream === this.#stream) this.#fail(asFailure(error));
    }
  }

  #take(update: TrialUpdate): void {
    switch (update.kind) {
      case 'started':
        this.runs = this.runs.toSpliced(update.run, 1, update.summary);
        break;
      case 'output':
        this.#patch(update.run, (run) => ({ ...run, [update.stream]: update.text }));
        break;
      case 'ended':
        // What it wrote is told apart.
        this.#patch(update.run, (run) => ({ ...update.summary, stdout: run.stdout, stderr: run.stderr }));
        break;
      case 'finished':
        this.runs = update.runs;
        this.outcome = update.outcome;
        this.status = 'finished';
        break;
      case 'stopped':
        this.status = 'stopped';
        break;
      case 'failed':
        this.#fail(update.failure);
        break;
    }
  }

  #patch(index: number, change: (run: RunView) => RunView): void {
    this.runs = this.runs.map((run, at) => (at === index ? change(run) : run));
  }

  #fail(failure: Failure): void {
    this.failure = failure;
    this.status = 'idle';
  }

  #clear(): void {
    this.failure = null;
    this.runs = [];
    this.outcome = null;
  }
}

const name = ({ folder, event, hook }: Aim): string => JSON.stringify([folder, event, hook?.key ?? null]);
