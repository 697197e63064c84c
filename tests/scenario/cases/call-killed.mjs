// The browser of a call dies without a word: the phone is told, and so is the API.
import { equal, until } from '../lib/check.mjs';
import { follow, startGateway } from '../lib/gateway.mjs';
import { heard, killChromium, openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { dial, register } from '../lib/softphone.mjs';

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_ICE_CONSENT_TIMEOUT_MS: '6000', CAUSEWAY_ICE_DISCONNECTED_MS: '2000' });
  const phone = await startBaresip(t);
  const { page } = await openChromium(t, `${gateway.url}/?raw`);
  const events = await follow(gateway.url, '/v1/events');

  await t.test('the browser is killed: the call ends at the phone, with a cause', async () => {
    await register(page, 'alice');
    await dial(page, phone.uri);
    await heard(page, 440);
    const { call } = await events.event('call.answered');
    killChromium();
    const ended = await events.event('call.ended', (event) => event.call === call, 30000);
    equal(ended.data.cause.code, 'consent_expired', 'cause');
    await until('the phone to end', () => /session closed|terminated/i.test(phone.child.text));
    const told = ['peer.disconnected', 'peer.failed', 'call.ended'];
    equal(events.seen.map((event) => event.type).filter((type) => told.includes(type)), told, 'order of events');
    equal((await gateway.api('GET', `/v1/calls/${call}`)).body.state, 'ended', 'state');
  });
}
