// Waiting and checking.
const WAIT_MS = 20_000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until check() gives something true, and returns it. Never for a fixed time. */
export async function until(what, check, limitMs = WAIT_MS) {
  const end = Date.now() + limitMs;
  let last;
  while (Date.now() < end) {
    try {
      const value = await check();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`waited ${limitMs} ms for: ${what}${last ? ` (${last.message})` : ''}`);
}

export function check(condition, what) {
  if (!condition) throw new Error(what);
}

export function equal(got, want, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}
