// What is heard of the gateway itself: a ringing tone while the phone rings, music while the browser holds.
import { join } from 'node:path';
import { check, until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { heard, openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { openRtp } from '../lib/rtp.mjs';
import { dial, register } from '../lib/softphone.mjs';
import { dominant, writeTone } from '../lib/sound.mjs';

export default async function (t) {
  const music = join(t.out, 'music.wav');
  writeTone(music, 700, 3, 44100);
  const gateway = await startGateway(t, { CAUSEWAY_CALLS_HOLD_MUSIC: music });
  const phone = await startBaresip(t, { user: 'bob', toneHz: 440, account: ';answermode=manual' });
  const { page } = await openChromium(t, `${gateway.url}/?raw`, { toneHz: 1000 });
  await register(page, 'alice');

  await t.test('the browser hears the phone ring', async () => {
    await page.fill('#to', phone.uri);
    await page.click('#dial-form button[type=submit]');
    await heard(page, 425);
    check((await page.textContent('#call-state')) !== 'connected', 'it still rings');
  });

  await t.test('the tone ends when the phone answers', async () => {
    await phone.command('accept');
    await until('the call to connect', async () => (await page.textContent('#call-state')) === 'connected');
    await heard(page, 440);
  });

  await t.test('the other side hears music while the browser holds', async () => {
    await page.click('#hangup');
    const far = await openRtp(t);
    far.toneHz = 440;
    await dial(page, far.uri);
    await hears(far, 1000);
    await page.click('#hold');
    await hears(far, 700);
    await page.click('#hold');
    await hears(far, 1000);
    await heard(page, 440);
  });
}

const hears = (far, hz) => until(`the other side to hear ${hz} Hz`, () => {
  const found = dominant(far.samples.slice(-4096), 8000);
  return Math.abs(found.hz - hz) < 10 && found.share > 0.5;
});
