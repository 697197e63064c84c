// MESSAGE inside a call, both ways.
import { equal, until } from '../lib/check.mjs';
import { answerTo, chromiumOffer } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { listening, startSipp } from '../lib/sipp.mjs';

export default async function (t) {
  const gateway = await startGateway(t);
  const session = await openSession(gateway, 'alice');

  await t.test('message: the API sends one to the phone', async () => {
    const phone = startSipp(t, 'uas-message', { port: 5610, args: ['-mp', '6610'] });
    await listening(5610);
    const made = await session.api('POST', '/v1/calls',
      { to: 'sip:bob@127.0.0.1:5610', session: session.id, description: chromiumOffer() });
    const verb = (text) => session.api('POST', `/v1/calls/${made.body.id}/message`, { text });
    await session.event('call.answered');
    equal((await verb('hello phone')).status, 202, 'message');
    await until('the MESSAGE to be answered', () => (phone.messages().match(/CSeq: \d+ MESSAGE/g) || []).length >= 2);
    await session.api('DELETE', `/v1/calls/${made.body.id}`);
    equal(await phone.exited, 0, 'SIPp');
    equal((await verb('too late')).status, 409, 'message after the end');
  });

  await t.test('message: one of the phone reaches the API', async () => {
    const phone = startSipp(t, 'uac-message', { port: 5620, target: '127.0.0.1:5060', args: ['-mp', '6620'] });
    const { call, data } = await session.event('call.incoming');
    await session.api('POST', `/v1/calls/${call}/answer`, { description: answerTo(data.description) });
    const message = await session.event('call.message', (event) => event.call === call);
    equal([message.data.content_type, message.data.text.trim()], ['text/plain', 'hello browser'], 'message');
    await session.api('DELETE', `/v1/calls/${call}`);
    equal(await phone.exited, 0, 'SIPp');
  });
}
