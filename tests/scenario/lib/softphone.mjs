// The softphone page, driven as its user would; for Chromium's page (playwright).
import { until } from './check.mjs';

export async function register(page, endpoint) {
  await page.fill('#endpoint', endpoint);
  await page.click('#register-form button');
  await until('registration', async () => /registered as/.test(await page.textContent('#status')));
}

const connected = (page) => until('the call to connect', async () => (await page.textContent('#call-state')) === 'connected', 40000);

export async function dial(page, to) {
  await page.fill('#to', to);
  await page.click('#dial-form button[type=submit]');
  await connected(page);
}

export async function takeCall(page) {
  await page.waitForSelector('#answer:visible');
  await page.click('#answer');
  await connected(page);
}

/** Presses keys of the page's keypad, one after the other. */
export async function pressKeys(page, keys) {
  for (const key of keys) await page.click(`[data-key="${key}"]`);
}

export const idle = (page) => until('the page to be idle', () => page.isVisible('#dial'));

export async function hangUp(page) {
  await page.click('#hangup');
  await idle(page);
}
