/** The agents as the last look found them, and what a person has done to their connection: each change is looked at first. */

import { SvelteMap } from 'svelte/reactivity';
import type { AgentView, Aim, ChangeOf, Failure, PlanView, TestOutcome } from '../ipc/dto';
import { asFailure, type Host } from '../ipc/host';
import type { Follower } from './feed.svelte';

/** A change on its way: worked out, looked at by the person, made. `view` is null until it was worked out. */
export interface Planned {
  agent: AgentView;
  aim: Aim;
  view: PlanView | null;
  /** The person agreed, and it is being made. */
  making: boolean;
  failure: Failure | null;
}

/** A test request: on its way to a person, answered, or not even sent. */
export type Trial = 'waiting' | TestOutcome | Failure;

export type Action = { kind: 'connect' | 'disconnect' | 'test'; agent: string };

/** What is done to an agent without a look before. */
type Deed = 'trust' | 'install';

type Door = Pick<Host, 'agents' | 'plan' | 'carryOut' | 'trust' | 'installRelay' | 'testRequest'>;

export class Agents implements Follower {
  list = $state.raw<readonly AgentView[]>([]);
  /** `loading` until the first look is done; later looks keep the old list in sight. */
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  looking = $state(false);
  failure = $state.raw<Failure | null>(null);
  planned = $state.raw<Planned | null>(null);
  /** What is being done, and why it failed the last time. */
  doing = $state.raw<{ agent: string; deed: Deed } | null>(null);
  failed = $state.raw<{ agent: string; failure: Failure } | null>(null);
  /** Counts what was told of agents' servers. The screen looks anew then, while it is in sight. */
  told = $state(0);

  #host: Door;
  #trials = new SvelteMap<string, Trial>();
  /** The look that is under way, and whether something changed meanwhile, so that another one has to follow. */
  #look: Promise<void> | null = null;
  #again = false;

  constructor(host: Door) {
    this.#host = host;
  }

  load(): void {
    this.told += 1;
  }

  apply(change: ChangeOf): void {
    if (change.kind === 'attachedChanged') this.told += 1;
  }

  /** Looks anew. Resolves when everything that had happened before this call was seen. */
  refresh(): Promise<void> {
    if (this.#look === null) this.#look = this.#looks();
    else this.#again = true;
    return this.#look;
  }

  trial(agent: string): Trial | undefined {
    return this.#trials.get(agent);
  }

  /** Why the last deed for this agent failed. */
  failureOf(agent: string): Failure | null {
    return this.failed?.agent === agent ? this.failed.failure : null;
  }

  /** Asked for from elsewhere: works on what the next look finds. */
  async open(action: Action): Promise<void> {
    if (!this.list.some((agent) => agent.agent === action.agent)) await this.refresh();
    if (action.kind === 'test') await this.test(action.agent);
    else await this.plan(action.agent, action.kind);
  }

  /** Works out what would change, for a person to look at. */
  async plan(name: string, aim: Aim): Promise<void> {
    const agent = this.list.find((other) => other.agent === name);
    if (agent === undefined || this.planned?.making) return;
    const planned: Planned = { agent, aim, view: null, making: false, failure: null };
    this.planned = planned;
    let next: Partial<Planned>;
    try {
      next = { view: await this.#host.plan(name, aim) };
    } catch (error) {
      next = { failure: asFailure(error) };
    }
    if (this.planned === planned) this.planned = { ...planned, ...next };
  }

  /** Makes exactly the change that was looked at. */
  async carryOut(): Promise<void> {
    const { planned } = this;
    if (planned === null || planned.view === null || planned.making) return;
    this.planned = { ...planned, making: true, failure: null };
    try {
      await this.#host.carryOut(planned.agent.agent, planned.aim, planned.view.digest);
      this.planned = null;
    } catch (error) {
      this.planned = { ...planned, failure: asFailure(error) };
    }
    await this.refresh();
  }

  /** Leaves everything as it is. */
  drop(): void {
    if (!this.planned?.making) this.planned = null;
  }

  trust(agent: string): Promise<void> {
    return this.#do(agent, 'trust', () => this.#host.trust(agent));
  }

  installRelay(agent: string): Promise<void> {
    return this.#do(agent, 'install', () => this.#host.installRelay());
  }

  async test(agent: string): Promise<void> {
    if (this.#trials.get(agent) === 'waiting') return;
    this.#trials.set(agent, 'waiting');
    let trial: Trial;
    try {
      trial = await this.#host.testRequest(agent);
    } catch (error) {
      trial = asFailure(error);
    }
    this.#trials.set(agent, trial);
    await this.refresh();
  }

  async #do(agent: string, deed: Deed, call: () => Promise<void>): Promise<void> {
    if (this.doing !== null) return;
    this.doing = { agent, deed };
    this.failed = null;
    try {
      await call();
    } catch (error) {
      this.failed = { agent, failure: asFailure(error) };
    }
    await this.refresh();
    this.doing = null;
  }

  async #looks(): Promise<void> {
    this.looking = true;
    do {
      this.#again = false;
      try {
        this.list = await this.#host.agents();
        this.status = 'ready';
        this.failure = null;
      } catch (error) {
        this.status = 'failed';
        this.failure = asFailure(error);
      }
    } while (this.#more());
    this.looking = false;
    this.#look = null;
  }

  #more(): boolean {
    return this.#again;
  }
}
