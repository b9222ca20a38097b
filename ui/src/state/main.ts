/** All that the main window lives from, over one host. */

import type { Host } from '../ipc/host';
import { Agents } from './agents.svelte';
import { Desk } from './desk.svelte';
import { Feed } from './feed.svelte';
import { Hooks } from './hooks.svelte';
import { Live } from './live.svelte';
import { Nav } from './nav.svelte';
import { PastList } from './past.svelte';
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
    this.agents = new Agents(host);
    const { settings, desk, past, standing, live, nav } = this;
    this.feed = new Feed(host, [settings, desk.queue, desk, past, standing, live, nav]);
  }
}
