/** The real host. The only file that knows Tauri; it uses calls and channels, no events and no window API. */

import { Channel, invoke } from '@tauri-apps/api/core';
import type { Update } from './dto';
import type { Host } from './host';

export const tauri: Host = {
  subscribe: (take) => invoke('subscribe', { channel: new Channel<Update>(take) }),
  painted: (id, digest) => invoke('painted', { id, digest }),
  decide: (id, digest, choice) => invoke('decide', { id, digest, choice }),
  denySession: (session, message) => invoke('deny_session', { session, message }),
  past: (filter, cursor) => invoke('past', { filter, cursor }),
  pastShown: (id) => invoke('past_shown', { id }),
  pause: (minutes) => invoke('pause', { minutes }),
  resume: () => invoke('resume'),
  openMain: () => invoke('open_main'),
  hidePopup: () => invoke('hide_popup'),
  focusPopup: () => invoke('focus_popup'),
  popupEmpty: () => invoke('popup_empty'),
  popupSize: (height) => invoke('popup_size', { height }),
  quit: (handBack) => invoke('quit', { handBack }),
};
