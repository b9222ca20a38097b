/** Which host a window talks to. Development builds may ask for the scripted one with `?fake=...`; the product cannot. */

import type { Host } from '../ipc/host';
import { tauri } from '../ipc/tauri';

export async function host(): Promise<Host> {
  if (import.meta.env.MODE !== 'production') {
    const query = new URLSearchParams(location.search);
    const script = query.get('fake');
    if (script !== null) {
      const theme = query.get('theme');
      if (theme !== null) document.documentElement.style.colorScheme = theme;
      const { fakeHost } = await import('../ipc/fake');
      return fakeHost(script);
    }
  }
  return tauri;
}
