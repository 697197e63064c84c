// Calls of a SIPp phone to the gateway: ring, answer, refuse, hold, and what goes wrong.
import { check, equal } from '../lib/check.mjs';
import { answerTo } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { startSipp } from '../lib/sipp.mjs';

let port = 5300;

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_CALLS_TIMEOUT_MS: '2000' });
  const session = await openSession(gateway, 'alice');

  const call = (scenario, user = 'alice') => {
    port += 10;
    return startSipp(t, scenario, { port, target: '127.0.0.1:5060', user, args: ['-mp', String(port + 4)] });
  };
  const seen = new Set();
  const incoming = async () => {
    const event = await session.event('call.incoming', (e) => !seen.has(e.call));
    seen.add(event.call);
    return event;
  };
  const answer = async (event) => {
    const { status, body } = await session.api('POST', `/v1/calls/${event.call}/answer`, { description: answerTo(event.data.description) });
    equal(status, 200, `answer (${JSON.stringify(body)})`);
  };
  const ended = (event) => session.event('call.ended', (e) => e.call === event.call);

  await t.test('sip: a call in is answered and hung up by the phone', async () => {
    const phone = call('uac-call');
    const event = await incoming();
    equal([event.data.from, event.data.display], [`sip:sipp@127.0.0.1:${port}`, 'Sipp'], 'caller');
    await answer(event);
    equal(await phone.exited, 0, 'SIPp');
    equal((await ended(event)).data.cause, { code: 'hangup', by: 'far' }, 'cause');
  });

  await t.test('sip: a call in is hung up by the API', async () => {
    const phone = call('uac-wait');
    const event = await incoming();
    await answer(event);
    await session.api('DELETE', `/v1/calls/${event.call}`);
    equal(await phone.exited, 0, 'SIPp');
  });

  await t.test('sip: the caller gives up', async () => {
    const phone = call('uac-cancel');
    const event = await incoming();
    equal(await phone.exited, 0, 'SIPp');
    equal((await ended(event)).data.cause.code, 'cancelled', 'cause');
  });

  await t.test('sip: unknown endpoint gives 404', async () => equal(await call('uac-404', 'nobody').exited, 0, 'SIPp'));

  for (const [status, scenario] of [[486, 'uac-486'], [undefined, 'uac-603']]) {
    await t.test(`sip: rejected with ${status || 'the default, 603'}`, async () => {
      const phone = call(scenario);
      const event = await incoming();
      equal((await session.api('POST', `/v1/calls/${event.call}/reject`, status ? { status } : {})).status, 202, 'reject');
      equal(await phone.exited, 0, 'SIPp');
    });
  }

  await t.test('sip: nobody answers in time: 480', async () => {
    const phone = call('uac-480');
    const event = await incoming();
    equal(await phone.exited, 0, 'SIPp');
    equal((await ended(event)).data.cause.code, 'timeout', 'cause');
  });

  await t.test('sip: the caller holds and resumes', async () => {
    const phone = call('uac-hold');
    const event = await incoming();
    await answer(event);
    await session.event('call.held', (e) => e.call === event.call && e.data.by === 'far');
    await session.event('call.resumed', (e) => e.call === event.call);
    equal(await phone.exited, 0, 'SIPp');
  });

  await t.test('sip: INVITE without SDP, the answer in the ACK', async () => {
    const phone = call('uac-late');
    await answer(await incoming());
    equal(await phone.exited, 0, 'SIPp');
  });

  await t.test('sip: OPTIONS', async () => equal(await call('uac-options').exited, 0, 'SIPp'));

  await t.test('sip: the INVITE that hangs sofia-sip\'s SDP parser gets 488', async () => {
    equal(await call('uac-msrp').exited, 0, 'SIPp');
    check((await fetch(`${gateway.url}/healthz`)).ok, 'the gateway goes on');
  });

  await t.test('sip: the ACK never comes: BYE, and the call ends', async () => {
    const phone = call('uac-noack');
    const event = await incoming();
    await answer(event);
    equal(await phone.exited, 0, 'SIPp');
    await ended(event);
  });
}
