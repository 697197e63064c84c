// Phones that take one codec only: the browser is moved to it without transcoding.
import { check, equal, until } from '../lib/check.mjs';
import { follow, openSession, startGateway } from '../lib/gateway.mjs';
import { chromiumOffer } from '../lib/browser-sdp.mjs';
import { heard, openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { dial, hangUp, register } from '../lib/softphone.mjs';

const phones = [['pcma', 'PCMA/8000/1', 'PCMA'], ['opus', 'opus/48000/2', 'opus'], ['g722', 'G722/16000/1', 'G722']];

export default async function (t) {
  const gateway = await startGateway(t);
  const { page } = await openChromium(t, `${gateway.url}/?raw`);
  const events = await follow(gateway.url, '/v1/events');
  await register(page, 'alice');
  let port = 5070, reoffers = 0;

  for (const [user, codecs, name] of phones) {
    const phone = await startBaresip(t, { user, codecs, port: (port += 10) });
    await t.test(`the phone takes ${name} only: both hear each other`, async () => {
      await dial(page, phone.uri);
      await heard(page, 440);
      await phone.heard(1000);
      reoffers += events.seen.some((event) => event.type === 'peer.description') ? 1 : 0;
      await hangUp(page);
    });
  }
  await t.test('the browser was offered the phone\'s codec', () => check(reoffers > 0, 'no peer.description was sent'));

  await t.test('no codec in common: 488', async () => {
    const phone = await startBaresip(t, { user: 'pcmu', port: (port += 10) });
    const session = await openSession(gateway, 'carol');
    const made = await session.api('POST', '/v1/calls',
      { to: phone.uri, session: session.id, description: chromiumOffer(), codecs: ['opus'] });
    equal(made.status, 201, JSON.stringify(made.body));
    const { cause } = (await session.event('call.ended', (event) => event.call === made.body.id)).data;
    equal([cause.code, cause.by, cause.sip?.status], ['not_acceptable', 'far', 488], 'cause');
    await until('the call to be over', async () => (await gateway.api('GET', `/v1/calls/${made.body.id}`)).body.state === 'ended');
  });
}
