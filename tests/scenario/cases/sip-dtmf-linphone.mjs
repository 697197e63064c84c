// Digits between the API and linphone, which sends INFO here.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equal, sleep, until } from '../lib/check.mjs';
import { chromiumOffer } from '../lib/browser-sdp.mjs';
import { openSession, startGateway } from '../lib/gateway.mjs';
import { listening } from '../lib/sipp.mjs';

const PORT = 5080;

const config = `[sip]
sip_port=${PORT}
sip_tcp_port=-1
sip_tls_port=-1
use_info=1
use_rfc2833=0
auto_net_state_mon=0
contact=sip:lin@127.0.0.1
[rtp]
audio_rtp_port=7078
[net]
firewall_policy=0
`;

export default async function (t) {
  const gateway = await startGateway(t);
  const session = await openSession(gateway, 'alice');
  mkdirSync(join(t.out, '.local', 'share', 'linphone'), { recursive: true }); // it does not make it itself, and ends
  writeFileSync(join(t.out, 'linphonerc'), config);
  const phone = t.spawn('linphone', 'linphonec', ['-c', join(t.out, 'linphonerc'), '-a', '-d', '3', '-l', join(t.out, 'linphone-log.txt')],
    { cwd: t.out, env: { ...process.env, HOME: t.out } });
  await listening(PORT);
  const made = await session.api('POST', '/v1/calls',
    { to: `sip:lin@127.0.0.1:${PORT}`, session: session.id, description: chromiumOffer() });
  const { id } = made.body;
  const digits = (source) => session.seen.filter((event) => event.type === 'call.dtmf' && event.data.source === source)
    .map((event) => event.data.digit).join('');
  await session.event('call.answered', (event) => event.call === id);
  await sleep(500);

  await t.test('dtmf: keys of linphone come by INFO', async () => {
    for (const key of ['5', '0', '#']) {
      phone.stdin.write(`${key}\n`);
      await sleep(300);
    }
    await until('three digits', () => digits('info').length >= 3);
    equal(digits('info'), '50#', 'digits');
  });

  await t.test('dtmf: digits of the API reach linphone', async () => {
    equal((await session.api('POST', `/v1/calls/${id}/dtmf`, { digits: '73' })).status, 202, 'dtmf');
    const heard = () => [...phone.text.matchAll(/Receiving tone (.) /g)].map(([, digit]) => digit).join('');
    await until('linphone to have heard two', () => heard().length >= 2);
    equal(heard(), '73', 'digits');
  });
  await session.api('DELETE', `/v1/calls/${id}`);
  phone.stdin.write('quit\n');
}
