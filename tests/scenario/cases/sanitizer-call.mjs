// A call of a browser and calls of a phone, light enough for a gateway built with sanitizers; then an orderly end.
// tags: sanitizer
import { check, equal, until } from '../lib/check.mjs';
import { answerTo } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { startSipp } from '../lib/sipp.mjs';

/* runs in the page: calls, waits for sound of the phone, and hangs up */
async function callAndHear(to) {
  const { Causeway } = await import('/causeway.js');
  const gateway = await new Causeway({ endpoint: 'alice' }).connect();
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const call = await gateway.call(to, { stream });
  const heard = async () => Array.from((await call.peer.pc.getStats()).values())
    .some((report) => report.type === 'inbound-rtp' && report.packetsReceived > 25);
  for (const end = Date.now() + 40000; !(await heard());) {
    if (Date.now() > end || call.state === 'ended') return `no sound: ${call.state} ${JSON.stringify(call.cause)}`;
    await new Promise((done) => setTimeout(done, 100));
  }
  await call.hangup();
  await gateway.close();
  return 'heard';
}

export default async function (t) {
  const gateway = await startGateway(t);

  await t.test('sanitizer: a browser calls a phone', async () => {
    const phone = await startBaresip(t);
    const { browser, page } = await openChromium(t, gateway.url);
    equal(await page.evaluate(callAndHear, phone.uri), 'heard', 'the call');
    await until('the phone to end', () => /session closed|terminated/i.test(phone.child.text));
    await browser.close();
  });

  await t.test('sanitizer: a phone calls in', async () => {
    const session = await openSession(gateway, 'bob');
    const phone = startSipp(t, 'uac-call', { port: 5300, target: '127.0.0.1:5060', user: 'bob', args: ['-mp', '6200'] });
    const { call, data } = await session.event('call.incoming');
    equal((await session.api('POST', `/v1/calls/${call}/answer`, { description: answerTo(data.description) })).status, 200, 'answer');
    equal(await phone.exited, 0, 'SIPp');
    session.open = false;
  });

  await t.test('sanitizer: the gateway ends in order and no sanitizer complains', async () => {
    equal(await gateway.stop(), 0, 'exit code');
    const found = /(ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|runtime error:).*/.exec(gateway.log());
    check(!found, found?.[0]);
  });
}
