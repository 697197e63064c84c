// Calls of the API to a SIPp phone: how each ends, and that its SIP status reaches the API as `cause`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { equal, until } from '../lib/check.mjs';
import { chromiumOffer } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { startSipp } from '../lib/sipp.mjs';

let port = 5100;

export default async function (t) {
  const gateway = await startGateway(t);
  const session = await openSession(gateway, 'alice');

  const dial = async (scenario, extra = {}, args = []) => {
    port += 10;
    const phone = startSipp(t, scenario, { port, args: ['-mp', String(port + 4), ...args] });
    const target = port;
    await until('SIPp to listen', async () => (await listening(target)));
    const made = await session.api('POST', '/v1/calls',
      { to: `sip:bob@127.0.0.1:${port}`, session: session.id, description: chromiumOffer(), ...extra });
    equal(made.status, 201, `POST /v1/calls (${JSON.stringify(made.body)})`);
    equal(made.body.description.type, 'answer', 'the answer comes at once');
    const id = made.body.id;
    const mine = (event) => event.call === id;
    return { id, phone, event: (type) => session.event(type, mine), hangup: () => session.api('DELETE', `/v1/calls/${id}`),
      verb: (name, body = {}) => session.api('POST', `/v1/calls/${id}/${name}`, body),
      order: () => session.seen.filter(mine).map((e) => e.type).filter((type) => type.startsWith('call.')),
      read: async () => (await session.api('GET', `/v1/calls/${id}`)).body };
  };

  await t.test('sip: answered, hung up by the API', async () => {
    const call = await dial('uas-answer');
    await call.event('call.answered');
    equal((await call.read()).state, 'answered', 'state');
    equal((await call.hangup()).status, 204, 'DELETE');
    equal((await call.event('call.ended')).data.cause, { code: 'hangup', by: 'local' }, 'cause');
    equal(await call.phone.exited, 0, 'SIPp');
    equal(call.order(), ['call.ringing', 'call.answered', 'call.ended'], 'order of events');
  });

  await t.test('sip: hung up by the phone, Q.850 cause told', async () => {
    const call = await dial('uas-bye');
    await call.event('call.answered');
    equal((await call.event('call.ended')).data.cause, { code: 'hangup', by: 'far', q850: 16 }, 'cause');
    equal(await call.phone.exited, 0, 'SIPp');
  });

  for (const [scenario, cause] of [
    ['uas-busy', { code: 'busy', by: 'far', sip: { status: 486, reason: 'Busy Here' } }],
    ['uas-decline', { code: 'declined', by: 'far', sip: { status: 603, reason: 'Decline' }, q850: 21 }],
  ]) {
    await t.test(`sip: ${scenario} reaches the API as cause`, async () => {
      const call = await dial(scenario);
      equal((await call.event('call.ended')).data.cause, cause, 'cause');
      equal(await call.phone.exited, 0, 'SIPp');
    });
  }

  await t.test('sip: cancelled while it rings', async () => {
    const call = await dial('uas-cancel');
    await call.event('call.ringing');
    equal((await call.verb('hold')).status, 409, 'hold while it rings');
    await call.hangup();
    equal((await call.event('call.ended')).data.cause, { code: 'hangup', by: 'local' }, 'cause');
    equal(await call.phone.exited, 0, 'SIPp');
  });

  await t.test('sip: nobody answers', async () => {
    const call = await dial('uas-cancel', { timeout_ms: 1500 });
    equal((await call.event('call.ended')).data.cause, { code: 'timeout', by: 'local' }, 'cause');
    equal(await call.phone.exited, 0, 'SIPp');
  });

  await t.test('sip: early media on 183, 180 after it', async () => {
    const call = await dial('uas-early');
    await call.event('call.answered');
    equal(call.order(), ['call.early', 'call.ringing', 'call.answered'], 'order of events');
    await call.hangup();
    equal(await call.phone.exited, 0, 'SIPp');
  });

  await t.test('sip: the phone holds and resumes', async () => {
    const call = await dial('uas-hold');
    equal((await call.event('call.held')).data, { by: 'far' }, 'held');
    await call.event('call.resumed');
    await call.hangup();
    equal(await call.phone.exited, 0, 'SIPp');
  });

  await t.test('sip: the API holds and resumes', async () => {
    const call = await dial('uas-held');
    await call.event('call.answered');
    equal((await call.verb('hold')).status, 202, 'hold');
    equal((await call.event('call.held')).data, { by: 'local' }, 'held');
    equal((await call.verb('hold')).status, 409, 'hold twice');
    equal((await call.verb('resume')).status, 202, 'resume');
    await call.event('call.resumed');
    await until('both re-INVITEs to be acknowledged', () => acks(t, 'uas-held') >= 3);
    await call.hangup();
    equal(await call.phone.exited, 0, 'SIPp');
  });

  await t.test('sip: a repeated 200 is acknowledged each time', async () => {
    const call = await dial('uas-retransmit', {}, ['-nr']); // else SIPp takes the second ACK for a repetition
    await call.event('call.answered');
    await until('three ACKs', () => acks(t, 'uas-retransmit') >= 3);
    await call.hangup();
    equal(await call.phone.exited, 0, 'SIPp');
  });

  await t.test('sip: session timer refreshed by the phone', async () => {
    const call = await dial('uas-timer');
    await call.event('call.answered');
    await until('the refresh to be done', () => acks(t, 'uas-timer') >= 2);
    equal((await call.read()).state, 'answered', 'state');
    await call.hangup();
    equal(await call.phone.exited, 0, 'SIPp');
  });

  await t.test('sip: nobody listens there', async () => {
    const made = await session.api('POST', '/v1/calls',
      { to: 'sip:bob@127.0.0.1:5999;transport=tcp', session: session.id, description: chromiumOffer() });
    const ended = await session.event('call.ended', (event) => event.call === made.body.id);
    equal(ended.data.cause.by, 'far', 'by');
  });

  await t.test('sip: ten calls at once', async () => {
    port += 10;
    const phone = startSipp(t, 'uas-answer-10', { scenario: 'uas-answer', port, calls: 10, args: ['-mp', String(port + 4)] });
    const target = port;
    await until('SIPp to listen', () => listening(target));
    const made = await Promise.all(Array.from({ length: 10 }, () => session.api('POST', '/v1/calls',
      { to: `sip:bob@127.0.0.1:${port}`, session: session.id, description: chromiumOffer() })));
    for (const { body } of made) await session.event('call.answered', (event) => event.call === body.id);
    await Promise.all(made.map(({ body }) => session.api('DELETE', `/v1/calls/${body.id}`)));
    equal(await phone.exited, 0, 'SIPp');
  });
}

// A UDP port is taken when it stands in /proc/net/udp.
async function listening(port) {
  const { readFile } = await import('node:fs/promises');
  return (await readFile('/proc/net/udp', 'utf8')).includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} `);
}

// How many ACKs a SIPp has received or sent.
function acks(t, name) {
  const log = join(t.out, `sipp-${name}-messages.log`);
  return existsSync(log) ? (readFileSync(log, 'utf8').match(/(received \[\d+\] bytes :|sent \(\d+ bytes\):)\n\nACK /g) || []).length : 0;
}
