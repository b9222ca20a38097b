/** Times on the Agents screen. */

import { spoken } from '../../messages';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** How long ago that was, in the largest unit that fits. */
export function ago(at: number, now: number): string {
  const ms = Math.max(0, now - at);
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(spoken(), { numeric: 'auto' }).format(-Math.floor(ms / size), unit);
}
