// A phone that insists on SRTP with keys in the SDP (RFC 4568), called and calling.
import { startGateway } from '../lib/gateway.mjs';
import { heard, openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { dial, hangUp, idle, register, takeCall } from '../lib/softphone.mjs';

export default async function (t) {
  let gateway = await startGateway(t, { CAUSEWAY_MEDIA_RTP_SRTP: 'offer' });
  const phone = await startBaresip(t, { srtp: true });
  const { page } = await openChromium(t, `${gateway.url}/?raw`);

  await t.test('SDES offered to the phone: both hear each other', async () => {
    await register(page, 'alice');
    await dial(page, phone.uri);
    await heard(page, 440);
    await phone.heard(1000);
    await hangUp(page);
  });

  await t.test('SDES offered by the phone, accepted by default: both hear each other', async () => {
    await page.goto('about:blank');
    await gateway.stop();
    gateway = await startGateway(t);
    await page.goto(`${gateway.url}/?raw`);
    await register(page, 'alice');
    await phone.command('dial', 'sip:alice@127.0.0.1:5060');
    await takeCall(page);
    await heard(page, 440);
    await phone.heard(1000);
    await phone.command('hangup');
    await idle(page);
  });
}
