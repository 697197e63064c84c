// Firefox calls a SIP phone and a SIP phone calls Firefox: both hear each other.
import { until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { heardByFirefox, openFirefox } from '../lib/firefox.mjs';
import { startBaresip } from '../lib/baresip.mjs';

export default async function (t) {
  const gateway = await startGateway(t);
  const phone = await startBaresip(t, { user: 'bob', toneHz: 440 });
  const { page } = await openFirefox(t, `${gateway.url}/?raw`);
  const text = (selector) => page.$eval(selector, (element) => element.textContent);
  const visible = (selector) => page.$eval(selector, (element) => element.offsetParent !== null);
  await page.type('#endpoint', 'alice');
  await page.click('#register-form button');
  await until('registration', async () => /registered as/.test(await text('#status')));

  await t.test('firefox calls baresip and both hear each other', async () => {
    await page.type('#to', phone.uri);
    await page.click('#dial-form button[type=submit]');
    await until('the call to connect', async () => (await text('#call-state')) === 'connected');
    await heardByFirefox(page, 440);
    await phone.heard(1000);
    await page.click('#hangup');
    await until('the browser to be idle', () => visible('#dial'));
  });

  await t.test('baresip calls firefox and both hear each other', async () => {
    await phone.command('dial', 'sip:alice@127.0.0.1:5060');
    await until('ringing', () => visible('#answer'));
    await page.click('#answer');
    await until('the call to connect', async () => (await text('#call-state')) === 'connected');
    await heardByFirefox(page, 440);
    await phone.heard(1000);
    await phone.command('hangup');
    await until('the browser to be idle', () => visible('#dial'));
  });
}
