// Digits between the API and SIPp phones: INFO both ways, and RFC 4733 as odd phones send it.
import { join } from 'node:path';
import { equal, until } from '../lib/check.mjs';
import { answerTo, chromiumOffer } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { eventStream, writePcap } from '../lib/pcap.mjs';
import { listening, startSipp } from '../lib/sipp.mjs';

let port = 5400;

export default async function (t) {
  const account = (n, values) => Object.fromEntries(Object.entries(values).map(([key, value]) => [`CAUSEWAY_SIP_ACCOUNTS_${n}_${key}`, value]));
  const gateway = await startGateway(t, account(0, { NAME: 'digits', HOST: '127.0.0.1:5499', DTMF: 'info' }));
  const session = await openSession(gateway, 'alice');
  const digits = (call) => session.seen.filter((event) => event.type === 'call.dtmf' && event.call === call).map((event) => event.data);
  const told = (call, count) => until(`${count} digits`, () => digits(call).length >= count && digits(call));

  const callIn = async (scenario) => {
    port += 10;
    const phone = startSipp(t, scenario, { port, target: '127.0.0.1:5060', user: 'alice', args: ['-mp', String(port + 4)] });
    const { call, data } = await session.event('call.incoming', (event) => event.data.from.endsWith(`:${port}`));
    const answered = await session.api('POST', `/v1/calls/${call}/answer`, { description: answerTo(data.description) });
    equal(answered.status, 200, JSON.stringify(answered.body));
    return { call, phone };
  };
  const callOut = async (scenario, extra = {}, at = (port += 10)) => {
    const phone = startSipp(t, scenario, { port: at, args: ['-mp', String(at + 4)] });
    await listening(at);
    const made = await session.api('POST', '/v1/calls',
      { to: `sip:bob@127.0.0.1:${at}`, session: session.id, description: chromiumOffer(), ...extra });
    equal(made.status, 201, JSON.stringify(made.body));
    await session.event('call.answered', (event) => event.call === made.body.id);
    return { call: made.body.id, phone, verb: (name, body) => session.api('POST', `/v1/calls/${made.body.id}/${name}`, body) };
  };

  await t.test('dtmf: INFO of a phone, in both forms', async () => {
    const { call, phone } = await callIn('uac-info');
    equal(await phone.exited, 0, 'SIPp');
    const got = await told(call, 3);
    equal(got.map(({ digit, source }) => `${digit} ${source}`), ['5 info', '7 info', '* info'], 'digits');
    equal([got[0].duration_ms, got[2].duration_ms], [160, 250], 'durations');
  });

  await t.test('dtmf: a phone without telephone-event gets INFO, in order', async () => {
    const { call, phone, verb } = await callOut('uas-info');
    equal((await verb('dtmf', { digits: '12#' })).status, 202, 'dtmf');
    await told(call, 3);
    await until('three INFO', () => (phone.messages().match(/\nINFO /g) || []).length >= 3);
    await session.api('DELETE', `/v1/calls/${call}`);
    equal(await phone.exited, 0, 'SIPp');
  });

  await t.test('dtmf: the account wants INFO though the phone takes telephone-event', async () => {
    const { call, phone, verb } = await callOut('uas-info-offered', { trunk: 'digits' }, 5499);
    equal((await verb('dtmf', { digits: '9' })).status, 202, 'dtmf');
    await until('the INFO', () => /\nINFO /.test(phone.messages()));
    await session.api('DELETE', `/v1/calls/${call}`);
    equal(await phone.exited, 0, 'SIPp');
  });

  await t.test('dtmf: RFC 4733 without markers, with all markers, ends lost, audio between, another payload type', async () => {
    const stream = eventStream({ pt: 96, ssrc: 0x1111 }).audio()
      .digit(1).digit(2, { marker: 'none' }).digit(3, { updates: false, count: 5 }).digit(4, { marker: 'all' })
      .digit(5, { between: true }).digit(6, { ends: 1 }).digit(7, { ends: 0, gapMs: 400 }).audio()
      .digit(8, { gapMs: 30 }).digit(8).audio(10);
    writePcap(join(t.out, 'events.pcap'), stream.packets);
    writePcap(join(t.out, 'events-105.pcap'), eventStream({ pt: 105, ssrc: 0x1111 }).audio().digit(9).digit(0, { count: 10 }).audio().packets);
    const { call, phone } = await callIn('uac-events');
    equal(await phone.exited, 0, 'SIPp');
    const got = await told(call, 11);
    equal(got.map(({ digit }) => digit).join(''), '12345678890', 'digits');
    equal([...new Set(got.map(({ source }) => source))], ['rfc4733'], 'source');
    for (const { digit, duration_ms: duration } of got)
      equal(Math.abs(duration - (digit === '0' ? 200 : 100)) <= 20, true, `${digit} lasted ${duration} ms`);
  });

  await t.test('dtmf: no digit is in the log', () => equal(/digit=|digits=|Signal/.test(gateway.log()), false, 'in the log'));
}
