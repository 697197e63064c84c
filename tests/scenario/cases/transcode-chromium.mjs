// Chromium with Opus alone and phones that have not got it: both hear each other through transcoding.
import { check, until } from '../lib/check.mjs';
import { follow, startGateway } from '../lib/gateway.mjs';
import { heard, openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { dial, hangUp, register } from '../lib/softphone.mjs';
import { metric, onlyOpus } from '../lib/codecs.mjs';

const phones = [['pcmu', 'PCMU/8000/1'], ['pcma', 'PCMA/8000/1'], ['g722', 'G722/16000/1']];

export default async function (t) {
  const gateway = await startGateway(t);
  const { page } = await openChromium(t, 'about:blank');
  await page.addInitScript(onlyOpus);
  await page.goto(`${gateway.url}/?raw`);
  const events = await follow(gateway.url, '/v1/events');
  await register(page, 'alice');
  let port = 5070;

  for (const [user, codecs] of phones) {
    const phone = await startBaresip(t, { user, codecs, port: (port += 10) });
    await t.test(`chromium with Opus calls a phone with ${user}: both hear each other`, async () => {
      await dial(page, phone.uri);
      await heard(page, 440);
      await phone.heard(1000);
      check(await metric(gateway, 'transcoded_streams') === 2, 'two streams are transcoded');
      await hangUp(page);
      await until('transcoding to end', async () => await metric(gateway, 'transcoded_streams') === 0);
    });
  }
  await t.test('a phone with Opus is not transcoded', async () => {
    const opus = await startBaresip(t, { user: 'opus', codecs: 'opus/48000/2', port: (port += 10) });
    await dial(page, opus.uri);
    await heard(page, 440);
    await opus.heard(1000);
    check(await metric(gateway, 'transcoded_streams') === 0, 'nothing is transcoded');
    await hangUp(page);
  });
  await t.test('no other codec was asked of the browser', () =>
    check(!events.seen.some((event) => event.type === 'peer.description'), 'a peer.description was sent'));
}
