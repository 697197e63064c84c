// Transfers that the far side asks for (REFER), and calls that take the place of another (Replaces).
import { check, equal, until } from '../lib/check.mjs';
import { answerTo } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { listening, startSipp } from '../lib/sipp.mjs';

let port = 5700;

export default async function (t) {
  let gateway = await startGateway(t, { CAUSEWAY_CALLS_FAR_TRANSFER: 'always' });
  let session = await openSession(gateway, 'alice');

  const callIn = async (scenario, keys = {}) => {
    port += 10;
    const args = Object.entries(keys).flatMap(([key, value]) => ['-key', key, value]);
    const phone = startSipp(t, scenario, { port, target: '127.0.0.1:5060', args: ['-mp', String(port + 4), ...args] });
    const { call, data } = await session.event('call.incoming', (event) => event.data.from.endsWith(`:${port}`));
    const answered = await session.api('POST', `/v1/calls/${call}/answer`, { description: answerTo(data.description) });
    equal(answered.status, 200, JSON.stringify(answered.body));
    const read = async (id = call) => (await session.api('GET', `/v1/calls/${id}`)).body;
    return { call, phone, read, ended: (id = call) => session.event('call.ended', (event) => event.call === id) };
  };
  const target = async (scenario) => {
    port += 10;
    const phone = startSipp(t, scenario, { port, args: ['-mp', String(port + 4)] });
    await listening(port);
    return { phone, uri: `sip:carol@127.0.0.1:${port}` };
  };
  const transfer = (call) => session.event('call.transfer', (event) => event.call === call);

  await t.test('transfer: the far side has the browser call someone else', async () => {
    const carol = await target('uas-answer');
    const { call, phone, read, ended } = await callIn('uac-refer', { target: carol.uri });
    const { peer } = await read();
    const { data } = await transfer(call);
    equal([data.by, data.to], ['far', carol.uri], 'call.transfer');
    equal((await ended()).data.cause, { code: 'transferred', by: 'local' }, 'cause of the old call');
    await session.event('call.answered', (event) => event.call === data.call);
    const next = await read(data.call);
    equal([next.state, next.peer, next.direction], ['answered', peer, 'outgoing'], 'the new call has the browser');
    equal(await phone.exited, 0, 'SIPp that transferred');
    await session.api('DELETE', `/v1/calls/${data.call}`);
    equal(await carol.phone.exited, 0, 'SIPp that was called');
  });

  await t.test('transfer: to someone busy, the call goes on', async () => {
    const carol = await target('uas-busy');
    const { call, phone, read, ended } = await callIn('uac-refer-busy', { target: carol.uri });
    const { data } = await transfer(call);
    equal((await ended(data.call)).data.cause.code, 'busy', 'cause of the new call');
    const old = await read();
    equal(old.state, 'answered', 'state of the old call');
    check(old.peer, 'it has the browser again');
    equal(await phone.exited, 0, 'SIPp');
    equal((await ended()).data.cause, { code: 'hangup', by: 'far' }, 'cause of the old call');
  });

  await t.test('replaces: a call takes the place of another', async () => {
    const first = await callIn('uac-wait');
    await until('the ACK', () => /\nACK /.test(first.phone.messages()));
    const header = (name) => new RegExp(`^${name}: (.*?)\\r?$`, 'm').exec(first.phone.messages().split('SIP/2.0 200')[1])[1];
    const tag = (name) => /;tag=([^;\s]+)/.exec(header(name))[1];
    const second = await callIn('uac-replaces', { replaces: `${header('Call-ID')};to-tag=${tag('To')};from-tag=${tag('From')}` });
    equal((await first.ended()).data.cause, { code: 'replaced', by: 'local' }, 'cause of the first');
    equal(await first.phone.exited, 0, 'SIPp of the first');
    equal((await second.read()).state, 'answered', 'state of the second');
    await session.api('DELETE', `/v1/calls/${second.call}`);
    equal(await second.phone.exited, 0, 'SIPp of the second');
  });

  await t.test('transfer: not by strangers, when the configuration says nothing', async () => {
    await gateway.stop();
    gateway = await startGateway(t);
    session = await openSession(gateway, 'alice');
    const { phone } = await callIn('uac-refer-declined', { target: 'sip:carol@127.0.0.1:5999' });
    equal(await phone.exited, 0, 'SIPp');
  });
}
