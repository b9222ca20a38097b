/** All that the main window lives from, over one host. */

import type { PastRun, Shown } from '../ipc/dto';
import type { Host } from '../ipc/host';
import { Agents } from './agents.svelte';
import { Desk } from './desk.svelte';
import { Drops } from './drops.svelte';
import { Editor } from './editor.svelte';
import { Feed, type Follower } from './feed.svelte';
import { Hooks } from './hooks.svelte';
import { Live } from './live.svelte';
import { Nav } from './nav.svelte';
import { PastList } from './past.svelte';
import { Rules } from './rules.svelte';
import { Runs } from './runs.svelte';
import { Settings } from './settings.svelte';
import { Standing } from './standing.svelte';
import { Untrusted } from './untrusted.svelte';

export class MainWindow {
  readonly host: Host;
  readonly nav = new Nav();
  readonly settings: Settings;
  readonly desk: Desk;
  readonly past: PastList;
  readonly standing: Standing;
  readonly live: Live;
  readonly hooks: Hooks;
  readonly editor: Editor;
  readonly drops: Drops;
  readonly runs: Runs;
  readonly rules: Rules;
  readonly agents: Agents;
  readonly untrusted: Untrusted;
  readonly feed: Feed;

  constructor(host: Host) {
    this.host = host;
    this.settings = new Settings(host);
    this.desk = new Desk(host, 'main');
    this.past = new PastList(host);
    this.standing = new Standing(host);
    this.live = new Live(host);
    this.hooks = new Hooks(host);
    this.editor = new Editor(host);
    this.editor.onchanged = () => {
      void this.hooks.refresh();
      this.untrusted.stir();
    };
    this.drops = new Drops(host);
    this.drops.ondropped = (files, refused) => {
      this.nav.go('hooks');
      this.hooks.by = 'file';
      void this.editor.drop(files, refused);
    };
    this.runs = new Runs(host, () => this.live.open());
    this.rules = new Rules(host);
    this.agents = new Agents(host);
    this.untrusted = new Untrusted(host);
    this.live.onended = () => this.runs.stir();
    const { settings, desk, past, standing, live, runs, rules, agents, untrusted, nav } = this;
    this.feed = new Feed(host, [settings, desk.queue, desk, past, standing, live, runs, rules, agents, untrusted, nav, this.#asked()]);
  }

  /** Begins a rule from a request, on its screen. `shown`: what is known of the request. */
  draftRule(id: string, shown: Shown | null = this.desk.queue.card(id)?.shown ?? null): void {
    this.nav.go('rules');
    void this.rules.draftFrom({ id, shown });
  }

  /** Makes the hook of a run ready to be run again, on its screen; where it cannot be, the run says why. */
  async runAgain({ id }: PastRun): Promise<void> {
    const again = await this.runs.again(id);
    if (again === null) return;
    this.nav.go('hooks');
    await this.hooks.again(again);
  }

  /** Shows the hook of a run among those of its folder. */
  showHook({ hook, project }: PastRun): void {
    if (hook === null) return;
    this.nav.go('hooks');
    void this.hooks.open(hook, project);
  }

  /** One run among all. */
  showRun(id: string): void {
    this.runs.find({});
    void this.runs.select(id);
    this.nav.go('history');
  }

  /** Has a person look at hooks of a folder where they stand, and trust them. */
  async askTrust(folder: string, keys: readonly string[]): Promise<void> {
    this.nav.go('hooks');
    this.hooks.by = 'file';
    await this.hooks.refresh(folder);
    await this.editor.askTrust(folder, keys);
  }

  /** The runs of a hook. */
  showRuns(hook: string): void {
    this.runs.find({ hook });
    this.nav.go('history');
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
