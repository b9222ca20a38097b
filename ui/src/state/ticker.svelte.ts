/** The time of day, once a second, and only while somebody can see it. */

import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
  let timer: ReturnType<typeof setInterval> | undefined;
  const follow = (): void => {
    clearInterval(timer);
    if (document.visibilityState === 'visible') timer = setInterval(update, 1000);
    update();
  };
  document.addEventListener('visibilitychange', follow);
  if (document.visibilityState === 'visible') timer = setInterval(update, 1000);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', follow);
  };
});

/** Milliseconds since the Unix epoch. Read in a template or effect, it keeps going. */
export function now(): number {
  subscribe();
  return Date.now();
}
