/** All that the main window lives from, over one host. */

import type { Shown } from '../ipc/dto';
import type { Host } from '../ipc/host';
import { Agents } from './agents.svelte';
import { Desk } from './desk.svelte';
import { Feed, type Follower } from './feed.svelte';
import { Hooks } from './hooks.svelte';
import { Live } from './live.svelte';
import { Nav } from './nav.svelte';
import { PastList } from './past.svelte';
import { Rules } from './rules.svelte';
import { Settings } from './settings.svelte';
import { Standing } from './standing.svelte';

export class MainWindow {
  readonly host: Host;
  readonly nav = new Nav();
  readonly settings: Settings;
  readonly desk: Desk;
  readonly past: PastList;
  readonly standing: Standing;
  readonly live: Live;
  readonly hooks: Hooks;
  readonly rules: Rules;
  readonly agents: Agents;
  readonly feed: Feed;

  constructor(host: Host) {
    this.host = host;
    this.settings = new Settings(host);
    this.desk = new Desk(host, 'main');
    this.past = new PastList(host);
    this.standing = new Standing(host);
    this.live = new Live(host);
    this.hooks = new Hooks(host);
    this.rules = new Rules(host);
    this.agents = new Agents(host);
    const { settings, desk, past, standing, live, rules, nav } = this;
    this.feed = new Feed(host, [settings, desk.queue, desk, past, standing, live, rules, nav, this.#asked()]);
  }

  /** Begins a rule from a request, on its screen. `shown`: what is known of the request. */
  draftRule(id: string, shown: Shown | null = this.desk.queue.card(id)?.shown ?? null): void {
    this.nav.go('rules');
    void this.rules.draftFrom({ id, shown });
  }

  /** A rule that was asked for in the popup. A later snapshot that says the same is no news. */
  #asked(): Follower {
    let asked: string | null = null;
    const draft = (id: string): void => {
      asked = id;
      this.draftRule(id);
    };
    return {
      load: ({ ruleAsked }) => {
        if (ruleAsked !== null && ruleAsked !== asked) draft(ruleAsked);
      },
      apply: (change) => {
        if (change.kind === 'ruleAsked') draft(change.id);
      },
    };
  }
}
