/** Which host a window talks to. Development builds may ask for the scripted one with `?fake=...`; the product cannot. */

import type { Host } from '../ipc/host';
import { tauri } from '../ipc/tauri';

export async function host(): Promise<Host> {
  if (import.meta.env.MODE !== 'production') {
    const { fake, ...settings } = Object.fromEntries(new URLSearchParams(location.search));
    if (fake !== undefined) {
      const { fakeHost } = await import('../ipc/fake-script');
      return fakeHost(fake, settings);
    }
  }
  return tauri;
}
