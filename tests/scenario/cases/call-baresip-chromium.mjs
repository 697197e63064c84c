// A browser calls a SIP phone and a SIP phone calls the browser: both hear each other.
import { check, until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { heard, openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { dial, register, takeCall } from '../lib/softphone.mjs';

export default async function (t) {
  const gateway = await startGateway(t);
  const phone = await startBaresip(t, { user: 'bob', toneHz: 440 });
  const { page } = await openChromium(t, `${gateway.url}/?raw`, { toneHz: 1000 });
  await register(page, 'alice');

  await t.test('chromium calls baresip and both hear each other', async () => {
    await dial(page, phone.uri);
    const atBrowser = await heard(page, 440);
    const atPhone = await phone.heard(1000);
    console.log(`# browser hears ${atBrowser.hz.toFixed(0)} Hz, phone hears ${atPhone.hz.toFixed(0)} Hz`);
    await page.screenshot({ path: `${t.out}/call.png` });
    await page.click('#hangup');
    await until('the phone to end', () => /session closed|terminated/i.test(phone.child.text));
  });

  await t.test('baresip calls chromium and both hear each other', async () => {
    await phone.command('dial', 'sip:alice@127.0.0.1:5060');
    await takeCall(page);
    await heard(page, 440);
    await phone.heard(1000);
    await phone.command('hangup');
    await until('the browser to be idle', () => page.isVisible('#dial'));
    check(/hangup/.test(await page.textContent('#problem')), 'the cause is shown');
  });

  await t.test('the page logs no error', () => check(page.errors.length === 0, page.errors.join('; ')));
}
