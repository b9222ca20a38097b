/** The real host. The only file that knows Tauri; it uses calls and channels, no events and no window API. */

import { Channel, invoke } from '@tauri-apps/api/core';
import type { LiveUpdate, Update } from './dto';
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
