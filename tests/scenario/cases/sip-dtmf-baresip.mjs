// Digits between the API and baresip, which sends and takes RFC 4733.
import { equal, sleep, until } from '../lib/check.mjs';
import { chromiumOffer } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { startBaresip } from '../lib/baresip.mjs';

export default async function (t) {
  const gateway = await startGateway(t);
  const session = await openSession(gateway, 'alice');
  const phone = await startBaresip(t);
  const made = await session.api('POST', '/v1/calls', { to: phone.uri, session: session.id, description: chromiumOffer() });
  const { id } = made.body;
  const digits = (source) => session.seen.filter((event) => event.type === 'call.dtmf' && event.data.source === source)
    .map((event) => event.data.digit).join('');
  await session.event('call.answered', (event) => event.call === id);

  await t.test('dtmf: keys of the phone', async () => {
    for (const key of ['1', '2', '#', '0']) {
      await phone.command('sndcode', key);
      await sleep(400); // the key is held until the next one: baresip's own way
    }
    await until('four digits', () => digits('rfc4733').length >= 4);
    equal(digits('rfc4733'), '12#0', 'digits');
  });

  await t.test('dtmf: digits of the API reach the phone', async () => {
    equal((await session.api('POST', `/v1/calls/${id}/dtmf`, { digits: '159D' })).status, 202, 'dtmf');
    // It tells a packet when some more have come, so the last end waits in its jitter buffer: beginnings are counted.
    const heard = () => [...phone.child.text.matchAll(/received event: '(.)' \(end=0\)/g)].map(([, digit]) => digit).join('');
    await until('the phone to have heard four', () => heard().length >= 4);
    equal(heard(), '159D', 'digits');
    await until('four events', () => digits('api').length >= 4);
    equal(digits('api'), '159D', 'events');
  });
  await session.api('DELETE', `/v1/calls/${id}`);
}
