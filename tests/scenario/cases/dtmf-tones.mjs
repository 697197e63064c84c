// Digits as tones: found in a phone's sound and kept from the browser; made for a phone that takes nothing else.
import { check, equal, until } from '../lib/check.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { startRtpPhone } from '../lib/rtp-phone.mjs';
import { findTones } from '../lib/tones.mjs';

/* runs in the page */
async function begin(to) {
  const { Causeway } = await import('/causeway.js');
  const gateway = await new Causeway().connect();
  const call = await gateway.call(to, { stream: await navigator.mediaDevices.getUserMedia({ audio: true }) });
  globalThis.call = call;
  globalThis.told = [];
  call.addEventListener('event', ({ detail }) => detail.type === 'call.dtmf' && globalThis.told.push(detail.data));
}

const judge = (got, want) => {
  equal(got.map(({ digit }) => digit).join(''), want.map(([digit]) => digit).join(''), JSON.stringify(got));
  got.forEach(({ digit, ms }, i) => check(Math.abs(ms - want[i][1]) <= 20, `${digit} lasts ${ms} ms`));
};

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_MEDIA_DETECT_DTMF: 'true' });
  const { page } = await openChromium(t, gateway.url, { toneHz: 400 });
  const phone = await startRtpPhone(t, { port: 5300, codec: 'pcmu', events: false });
  await page.evaluate(begin, phone.uri);
  await until('the call', () => page.evaluate(() => globalThis.call.state === 'answered'));
  await phone.speak(300);

  await t.test('dtmf: tones of a phone are digits', async () => {
    for (const digit of '5A#5') await phone.playTone(digit, 160);
    await until('four digits', () => page.evaluate(() => globalThis.told.length >= 4));
    const told = await page.evaluate(() => globalThis.told);
    judge(told.map(({ digit, duration_ms: ms }) => ({ digit, ms })), [['5', 160], ['A', 160], ['#', 160], ['5', 160]]);
    check(told.every(({ source }) => source === 'inband'), 'source');
  });

  await t.test('dtmf: the API sends tones', async () => {
    phone.sound.length = 0;
    await page.evaluate(() => globalThis.call.verb('dtmf', { digits: '19D*', duration_ms: 140, gap_ms: 100, method: 'inband' }));
    await until('their events', () => page.evaluate(() => globalThis.told.filter(({ source }) => source === 'api').length === 4));
    judge(findTones(Buffer.concat(phone.sound)), [['1', 140], ['9', 140], ['D', 140], ['*', 140]]);
  });
  await page.evaluate(() => globalThis.call.hangup());
}
