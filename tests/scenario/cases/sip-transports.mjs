// SIP over TCP and IPv6, calls in and out, and names of /etc/hosts. TLS is in tls.mjs.
import { equal } from '../lib/check.mjs';
import { answerTo, chromiumOffer } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { listening, startSipp } from '../lib/sipp.mjs';

let port = 5200;

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_MEDIA_ADDRESSES: '127.0.0.1,::1' });
  const session = await openSession(gateway, 'alice');

  const out = async (name, uri, options) => {
    const phone = startSipp(t, name, { scenario: 'uas-answer', port, ...options });
    await listening(port, options.args?.includes('t1') ? 'tcp' : 'udp');
    const made = await session.api('POST', '/v1/calls', { to: uri, session: session.id, description: chromiumOffer() });
    equal(made.status, 201, JSON.stringify(made.body));
    await session.event('call.answered', (event) => event.call === made.body.id);
    await session.api('DELETE', `/v1/calls/${made.body.id}`);
    equal(await phone.exited, 0, 'SIPp');
    return phone;
  };
  const into = async (name, options) => {
    const phone = startSipp(t, name, { scenario: 'uac-call', port, ...options });
    const { call, data } = await session.event('call.incoming', (event) => event.data.from.endsWith(`:${port}`));
    const answered = await session.api('POST', `/v1/calls/${call}/answer`, { description: answerTo(data.description) });
    equal(answered.status, 200, JSON.stringify(answered.body));
    equal(await phone.exited, 0, 'SIPp');
    equal((await session.event('call.ended', (event) => event.call === call)).data.cause, { code: 'hangup', by: 'far' }, 'cause');
    return phone;
  };

  await t.test('sip: a phone is called over TCP', async () => {
    port += 10;
    await out('tcp-out', `sip:bob@127.0.0.1:${port};transport=tcp`, { args: ['-t', 't1', '-mp', String(port + 4)] });
  });

  await t.test('sip: a phone calls over TCP', async () => {
    port += 10;
    await into('tcp-in', { target: '127.0.0.1:5060', args: ['-t', 't1', '-mp', String(port + 4)] });
  });

  await t.test('sip: a phone is called over IPv6', async () => {
    port += 10;
    const phone = await out('v6-out', `sip:bob@[::1]:${port}`, { address: '::1', args: ['-mp', String(port + 4)] });
    equal(/c=IN IP6 ::1/.test(phone.messages()), true, 'our SDP has an IPv6 address');
  });

  await t.test('sip: a phone calls over IPv6', async () => {
    port += 10;
    const phone = await into('v6-in', { address: '::1', target: '[::1]:5060', args: ['-mp', String(port + 4)] });
    equal(/c=IN IP6 ::1/.test(phone.messages().split('SIP/2.0 200')[1]), true, 'our SDP has an IPv6 address');
  });

  await t.test('sip: a name of /etc/hosts is called', async () => {
    port += 10;
    await out('localhost', `sip:bob@localhost:${port}`, { args: ['-mp', String(port + 4)] });
  });
}
