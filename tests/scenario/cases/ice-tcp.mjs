// Browsers over TCP: media on the worker's port where UDP is blocked, and what strangers can do there.
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { check, equal, sleep, until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { openFirefox } from '../lib/firefox.mjs';
import { echoAddData, echoClose, echoData, echoStats, openEcho } from '../lib/echo-page.mjs';

const PORT = 40000;
const iptables = (...args) => execFileSync('iptables', args);

/** A TCP connection of a stranger: {ended} when the gateway closes it. */
function stranger(bytes) {
  const socket = connect(PORT, '10.99.9.1');
  const it = { socket, ended: false, received: 0 };
  socket.on('connect', () => bytes && socket.write(bytes));
  socket.on('data', (data) => (it.received += data.length));
  socket.on('error', () => {});
  socket.on('close', () => (it.ended = true));
  return it;
}

async function testBrowser(t, name, page, api) {
  let peer;
  const grows = async (what, read) => {
    const before = read(await page.evaluate(echoStats));
    await until(`more ${what}`, async () => read(await page.evaluate(echoStats)) > before + 5, 40000);
  };

  await t.test(`${name}: sound and picture over TCP`, async () => {
    peer = await page.evaluate(openEcho, { video: true, data: false });
    await grows('frames', (s) => s.frames);
    await grows('sound', (s) => s.audioBytes);
    const { body } = await api('GET', `/v1/peers/${peer}/stats`);
    equal(body.pair.transport, 'tcp', 'transport');
  });

  await t.test(`${name}: a data channel over TCP`, async () => {
    await page.evaluate(echoAddData);
    equal(await page.evaluate(echoData, [1, 1000, 200000]), [true, true, true, true], 'equal');
    await page.evaluate(echoClose);
  });
}

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_PLUGINS_LOAD: 'echo', CAUSEWAY_MEDIA_WORKERS: '1', CAUSEWAY_MEDIA_TCP_CONNECTIONS_PER_ADDRESS: '12' });
  const connections = () => execFileSync('ss', ['-Htn', 'state', 'established', `( sport = :${PORT} )`]).toString().split('\n').filter(Boolean).length;
  iptables('-A', 'INPUT', '-p', 'udp', '-j', 'DROP');

  const { page, browser } = await openChromium(t, `${gateway.url}/?raw`);
  await testBrowser(t, 'Chromium', page, gateway.api);
  await browser.close();
  const firefox = await openFirefox(t, `${gateway.url}/?raw`);
  await firefox.page.click('body');
  await testBrowser(t, 'Firefox', firefox.page, gateway.api);
  await firefox.browser.close();

  await t.test('ICE-TCP: closed peers leave no connection', () => until('none', () => connections() === 0));

  await t.test('ICE-TCP: who shows no check is closed, junk at once when it is no frame', async () => {
    const from = Date.now();
    const silent = stranger();
    const talker = stranger(Buffer.from('0010', 'hex') + 'GET / HTTP/1.1\r\n');
    const tooLong = stranger(Buffer.from('ffff00', 'hex'));
    await until('the frame that is too long to be refused', () => tooLong.ended);
    check(Date.now() - from < 3000, 'at once');
    await until('the others to be closed', () => silent.ended && talker.ended);
    check(Date.now() - from < 9000 && silent.received + talker.received === 0, 'in time, with nothing said');
  });

  await t.test('ICE-TCP: one address has no more than its share', async () => {
    const all = Array.from({ length: 20 }, () => stranger());
    await until('the share', () => all.filter((s) => s.ended).length === 8, 4000);
    equal(connections(), 12, 'connections');
    await until('the rest to be closed', () => all.every((s) => s.ended));
  });

  await t.test('ICE-TCP: with UDP open a browser uses UDP', async () => {
    iptables('-D', 'INPUT', '-p', 'udp', '-j', 'DROP');
    const again = await openChromium(t, `${gateway.url}/?raw`);
    const peer = await again.page.evaluate(openEcho, { video: false, data: false });
    await until('UDP', async () => (await gateway.api('GET', `/v1/peers/${peer}/stats`)).body.pair.transport === 'udp');
    await sleep(200);
    equal((await gateway.api('GET', `/v1/peers/${peer}/stats`)).body.pair.transport, 'udp', 'transport');
  });

  equal(await gateway.stop(), 0, 'exit code');
}
