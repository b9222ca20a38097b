/** The real host. The only file that knows Tauri; it uses calls and channels, no events and no window API. */

import { Channel, invoke } from '@tauri-apps/api/core';
import type { LiveUpdate, TrialUpdate, Update } from './dto';
import type { Host } from './host';

export const tauri: Host = {
  subscribe: (take) => invoke('subscribe', { channel: new Channel<Update>(take) }),
  painted: (id, digest) => invoke('painted', { id, digest }),
  decide: (id, digest, choice) => invoke('decide', { id, digest, choice }),
  denySession: (session, message) => invoke('deny_session', { session, message }),
  past: (filter, cursor) => invoke('past', { filter, cursor }),
  pastShown: (id) => invoke('past_shown', { id }),
  live: (take) => invoke('live', { channel: new Channel<LiveUpdate>(take) }),
  event: (id) => invoke('event', { id }),
  agents: () => invoke('agents'),
  plan: (agent, aim) => invoke('plan', { agent, aim }),
  carryOut: (agent, aim, digest) => invoke('carry_out', { agent, aim, digest }),
  trust: (agent) => invoke('trust', { agent }),
  installRelay: () => invoke('install_relay'),
  testRequest: (agent) => invoke('test_request', { agent }),
  hooks: (folder) => invoke('hooks', { folder }),
  trialPayloads: (folder, event, key) => invoke('trial_payloads', { folder, event, key }),
  tryHooks: (wish, take) => invoke('try_hooks', { wish, channel: new Channel<TrialUpdate>(take) }),
  stopTrial: () => invoke('stop_trial'),
  wishHosted: (hook, wish) => invoke('wish_hosted', { hook, wish }),
  changeSetting: (setting) => invoke('change_setting', { setting }),
  openDataFolder: () => invoke('open_data_folder'),
  pause: (minutes) => invoke('pause', { minutes }),
  resume: () => invoke('resume'),
  openMain: () => invoke('open_main'),
  hidePopup: () => invoke('hide_popup'),
  focusPopup: () => invoke('focus_popup'),
  popupEmpty: () => invoke('popup_empty'),
  popupSize: (height) => invoke('popup_size', { height }),
  quit: (handBack) => invoke('quit', { handBack }),
};
