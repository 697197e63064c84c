// Digits by SIP: the far side takes and sends INFO; SIPp plays a recorded keypad; baresip; the softphone page's keys.
import { existsSync } from 'node:fs';
import { check, equal, sleep, until } from '../lib/check.mjs';
import { chromiumOffer } from '../lib/browser-sdp.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { startRtpPhone } from '../lib/rtp-phone.mjs';
import { startSipp } from '../lib/sipp.mjs';
import { dial as dialFromPage, hangUp, pressKeys, register } from '../lib/softphone.mjs';

const PCAP = '/usr/share/sip-tester/dtmf_2833_1.pcap';

export default async function (t) {
  const gateway = await startGateway(t);
  const session = await openSession(gateway, 'alice');

  const dial = async (to) => {
    const { status, body } = await session.api('POST', '/v1/calls', { to, session: session.id, description: chromiumOffer() });
    equal(status, 201, `POST /v1/calls (${JSON.stringify(body)})`);
    await session.event('call.answered', (event) => event.call === body.id);
    const told = () => session.seen.filter((e) => e.call === body.id && e.type === 'call.dtmf').map((e) => e.data);
    return { id: body.id, told, dtmf: (json) => session.api('POST', `/v1/calls/${body.id}/dtmf`, json),
      hangup: () => session.api('DELETE', `/v1/calls/${body.id}`) };
  };

  await t.test('dtmf: a far side without telephone-event gets INFO', async () => {
    const phone = await startRtpPhone(t, { port: 5200, events: false });
    const call = await dial(phone.uri);
    equal((await call.dtmf({ digits: '7#', duration_ms: 120 })).status, 202, 'POST');
    await until('two INFOs', () => phone.infos.length === 2);
    equal(phone.infos, ['Signal=7\r\nDuration=120\r\n', 'Signal=#\r\nDuration=120\r\n'], 'bodies');
    await until('two events', () => call.told().length === 2);
    equal((await call.dtmf({ digits: '1', method: 'rfc4733' })).body.code, 'not_negotiated', 'rfc4733 there');
    await call.hangup();
    equal((await call.dtmf({ digits: '1' })).status, 409, 'after the end');
  });

  await t.test('dtmf: INFO and telephone-events of one press are one', async () => {
    const phone = await startRtpPhone(t, { port: 5210 });
    const call = await dial(phone.uri);
    phone.info('application/dtmf-relay', 'Signal=3\r\nDuration=160\r\n');
    await until('the event', () => call.told().length === 1);
    equal(call.told()[0], { digit: '3', duration_ms: 160, source: 'info' }, 'INFO alone');
    await sleep(1500);
    for (const digit of '55') {
      await phone.press(digit, 160);
      phone.info('application/dtmf', digit);
      await phone.speak(100);
    }
    await sleep(500);
    equal(call.told().map((d) => d.digit + d.source), ['3info', '5rfc4733', '5rfc4733'], 'presses');
    phone.info('application/broadsoft', 'event flashhook');
    for (const bad of ['x', '1 2', '\u0661']) equal((await call.dtmf({ digits: bad })).body.pointer, '/digits', `digits ${bad}`);
    equal((await call.dtmf({ digits: '1', duration_ms: 39 })).body.pointer, '/duration_ms', 'too short');
    equal((await call.dtmf({ digits: '123', duration_ms: 1000 })).status, 202, 'POST');
    await sleep(300);
    equal((await call.dtmf({ digits: '' })).status, 202, 'abort');
    await sleep(1500);
    equal(phone.digits().map((d) => d.digit).join(''), '1', 'aborted in the first digit');
    check(phone.digits()[0].ms < 500, 'it ended at once');
    await call.hangup();
  });

  if (existsSync(PCAP)) await t.test('dtmf: SIPp plays recorded keys', async () => {
    const phone = startSipp(t, 'uas-dtmf', { port: 5230, args: ['-mp', '5234'] });
    await sleep(500);
    const call = await dial('sip:bob@127.0.0.1:5230');
    await until('three events', () => call.told().length >= 3);
    await sleep(300);
    equal(call.told().map((d) => `${d.digit} ${d.source}`), ['1 rfc4733', '2 rfc4733', '# rfc4733'], 'digits');
    await call.hangup();
    equal(await phone.exited, 0, 'SIPp');
  });

  await t.test('dtmf: no digit is in the log', () => {
    check(!/digits?=|Signal=/.test(gateway.log()), 'the log names digits');
  });

  const { page } = await openChromium(t, gateway.url);
  await register(page, 'bob');
  await t.test('dtmf: the keys of the softphone page reach baresip and a plain receiver', async () => {
    const phone = await startRtpPhone(t, { port: 5240 });
    await dialFromPage(page, phone.uri);
    await pressKeys(page, '12#');
    await until('three digits', () => phone.digits().length === 3 && phone.digits()[2].ends === 3);
    equal(phone.digits().map((d) => d.digit).join(''), '12#', 'at the receiver');
    await hangUp(page);
    const baresip = await startBaresip(t, { user: 'carol', port: 5080 });
    await dialFromPage(page, baresip.uri);
    await sleep(500);
    await pressKeys(page, '90');
    const ended = () => [...baresip.child.text.matchAll(/received event: '(.)' \(end=1\)/g)].map(([, digit]) => digit).join('');
    await until('baresip to tell both', () => ended() === '90');
    await hangUp(page);
  });
  await t.test('dtmf: the page logs no error', () => check(page.errors.length === 0, page.errors.join('; ')));
}
