// Firefox under the policy `quality`: Opus to the browser whatever the phone has.
import { check, until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { heardByFirefox, openFirefox } from '../lib/firefox.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { metric } from '../lib/codecs.mjs';

const phones = [['pcma', 'PCMA/8000/1'], ['g722', 'G722/16000/1']];

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_MEDIA_CODEC_POLICY: 'quality' });
  const { page } = await openFirefox(t, `${gateway.url}/?raw`);
  const text = (selector) => page.$eval(selector, (element) => element.textContent);
  const visible = (selector) => page.$eval(selector, (element) => element.offsetParent !== null);
  const connected = () => until('the call to connect', async () => (await text('#call-state')) === 'connected');
  const hangUp = async () => {
    await page.click('#hangup');
    await until('the browser to be idle', () => visible('#dial'));
  };
  await page.type('#endpoint', 'alice');
  await page.click('#register-form button');
  await until('registration', async () => /registered as/.test(await text('#status')));
  let port = 5070, phone;

  for (const [user, codecs] of phones) {
    phone = await startBaresip(t, { user, codecs, port: (port += 10) });
    await t.test(`firefox calls a phone with ${user}: both hear each other over Opus`, async () => {
      await page.$eval('#to', (input, uri) => (input.value = uri), phone.uri);
      await page.click('#dial-form button[type=submit]');
      await connected();
      await heardByFirefox(page, 440);
      await phone.heard(1000);
      check(await metric(gateway, 'transcoded_streams') === 2, 'two streams are transcoded');
      const call = (await gateway.api('GET', '/v1/calls')).body.items.find((c) => c.state === 'answered');
      check(call.legs.find((leg) => leg.leg === 'browser').codec === 'opus', 'the browser has Opus');
      await hangUp();
    });
  }
  await t.test('a phone with G.722 calls firefox: both hear each other over Opus', async () => {
    await phone.command('dial', 'sip:alice@127.0.0.1:5060');
    await until('ringing', () => visible('#answer'));
    await page.click('#answer');
    await connected();
    await heardByFirefox(page, 440);
    await phone.heard(1000);
    await hangUp();
  });
}
