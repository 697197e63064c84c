// An account at a PBX: the gateway registers there with digest, and calls through it are challenged too.
import { equal } from '../lib/check.mjs';
import { chromiumOffer } from '../lib/browser-sdp.mjs';
import { follow, openSession, startGateway } from '../lib/gateway.mjs';
import { startSipp } from '../lib/sipp.mjs';

const port = 5090;

export default async function (t) {
  const registrar = startSipp(t, 'uas-register', { port });
  const account = { NAME: 'pbx', HOST: `127.0.0.1:${port}`, USER: 'bob', PASSWORD: 'secret', REGISTER: 'true' };
  const gateway = await startGateway(t, Object.fromEntries(Object.entries(account)
    .map(([key, value]) => [`CAUSEWAY_SIP_ACCOUNTS_0_${key}`, value])));

  await t.test('the gateway registers with a digest, and tells it', async () => {
    equal(await registrar.exited, 0, 'SIPp');
    const events = await follow(gateway.url, '/v1/events', { 'Last-Event-ID': '0' });
    const up = await events.event('trunk.up');
    equal(up.data.trunk ?? up.data.name, 'pbx', `trunk.up ${JSON.stringify(up)}`);
    events.close();
  });

  await t.test('a call through the account answers its challenge', async () => {
    const phone = startSipp(t, 'uas-digest', { port, args: ['-mp', '6100'] });
    const session = await openSession(gateway, 'alice');
    const made = await session.api('POST', '/v1/calls',
      { to: `sip:carol@127.0.0.1:${port}`, trunk: 'pbx', session: session.id, description: chromiumOffer() });
    equal(made.status, 201, JSON.stringify(made.body));
    await session.event('call.answered', (event) => event.call === made.body.id);
    await session.api('DELETE', `/v1/calls/${made.body.id}`);
    equal(await phone.exited, 0, 'SIPp');
  });

  await t.test('the password is in no log', () => equal(gateway.log().includes('secret'), false, 'in the log'));
}
