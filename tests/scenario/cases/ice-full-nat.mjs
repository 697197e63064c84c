// Full ICE behind a 1:1 NAT, as the side that offers, over IPv6, with Firefox, and with a network that falls silent.
import { execFileSync } from 'node:child_process';
import { check, equal, until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { openFirefox } from '../lib/firefox.mjs';

const PUBLIC = '10.99.9.77'; // of the NAT in front of 10.99.9.1
const iptables = (...args) => execFileSync('iptables', args);

/* runs in the page: an echo peer, which the gateway offers to if asked to; {session, peer, offered} become global */
async function echo({ gatewayOffers }) {
  const { Causeway } = await import('/causeway.js');
  const gateway = await new Causeway().connect();
  const [events, offered] = [[], []];
  gateway.addEventListener('event', ({ detail }) => {
    events.push(detail);
    if (detail.type === 'peer.candidate') offered.push(detail.data.candidate?.candidate);
  });
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  Object.assign(globalThis, { gateway, events, offered });
  if (!gatewayOffers) {
    globalThis.peer = await gateway.join('echo', { prepare: (pc) => pc.addTrack(stream.getAudioTracks()[0], stream) });
    globalThis.pc = globalThis.peer.pc;
    return;
  }
  const made = await gateway.request('POST', '/v1/peers', { session: gateway.session, plugin: 'echo' });
  const pc = new RTCPeerConnection();
  const path = `/v1/peers/${made.id}`;
  globalThis.pc = pc;
  pc.onicecandidate = ({ candidate }) => gateway.request('POST', `${path}/candidates`, candidate && candidate.toJSON()).catch(() => {});
  await pc.setRemoteDescription(made.description);
  for (const text of offered.splice(0)) if (text) await pc.addIceCandidate({ candidate: text, sdpMLineIndex: 0 });
  gateway.addEventListener('event', ({ detail }) => detail.type === 'peer.candidate' &&
    pc.addIceCandidate(detail.data.candidate || undefined));
  pc.getTransceivers()[0].direction = 'sendrecv';
  await pc.getTransceivers()[0].sender.replaceTrack(stream.getAudioTracks()[0]);
  await pc.setLocalDescription();
  await gateway.request('PUT', `${path}/description`, { type: 'answer', sdp: pc.localDescription.sdp });
}

/* runs in the page */
async function look() {
  const report = [...(await globalThis.pc.getStats()).values()];
  const find = (id) => report.find((r) => r.id === id);
  const pair = find(report.find((r) => r.type === 'transport')?.selectedCandidatePairId) ||
    report.find((r) => r.type === 'candidate-pair' && r.nominated);
  return { received: report.find((r) => r.type === 'inbound-rtp')?.bytesReceived || 0, remote: find(pair?.remoteCandidateId)?.address,
    offered: globalThis.offered, events: globalThis.events.map((e) => e.type) };
}

const flowing = (page, least = 5000) => until('sound to come back', async () => {
  const seen = await page.evaluate(look);
  return seen.received > least ? seen : null;
});

const start = (t, settings) => startGateway(t, { CAUSEWAY_ICE_MODE: 'full', CAUSEWAY_PLUGINS_LOAD: 'echo', ...settings });

export default async function (t) {
  let gateway = await start(t, { CAUSEWAY_MEDIA_ADDRESSES: '10.99.9.1', CAUSEWAY_MEDIA_ADVERTISED_ADDRESSES: PUBLIC, CAUSEWAY_ICE_DISCONNECTED_MS: '2000' });
  iptables('-t', 'nat', '-A', 'OUTPUT', '-d', PUBLIC, '-j', 'DNAT', '--to-destination', '10.99.9.1');
  let { page, browser } = await openChromium(t, `${gateway.url}/?raw`);

  await t.test('full ICE: behind a 1:1 NAT the host candidates say the public address', async () => {
    await page.evaluate(echo, {});
    const { offered } = await flowing(page);
    const hosts = offered.filter((text) => / typ host/.test(text || ''));
    check(hosts.length > 0 && hosts.every((text) => text.includes(` ${PUBLIC} `)), `host candidates: ${hosts}`);
  });

  await t.test('full ICE: a silent network is told after ice.disconnected_ms, and its end', async () => {
    iptables('-I', 'INPUT', '-p', 'udp', '-j', 'DROP');
    const from = Date.now();
    await until('peer.disconnected', async () => (await page.evaluate(look)).events.includes('peer.disconnected'));
    check(Date.now() - from < 4500, `after ${Date.now() - from} ms`);
    iptables('-D', 'INPUT', '-p', 'udp', '-j', 'DROP');
    await until('peer.connected again', async () => (await page.evaluate(look)).events.filter((e) => e === 'peer.connected').length === 2);
    await flowing(page, (await page.evaluate(look)).received + 5000);
    await page.evaluate(() => globalThis.peer.close());
  });

  await t.test('full ICE: the gateway offers, and controls', async () => {
    await page.evaluate(echo, { gatewayOffers: true });
    await flowing(page);
    await page.evaluate(() => globalThis.pc.close());
  });
  await browser.close();
  equal(await gateway.stop(), 0, 'exit code');

  gateway = await start(t, { CAUSEWAY_MEDIA_ADDRESSES: 'fd99::1' });
  // Chromium gathers on no IPv6 address of the loopback interface but ::1.
  for (const line of ['link add six type veth peer name far', 'link set six up', 'link set far up', 'addr add fd99::2/64 dev six nodad',
    '-6 route add default dev six']) execFileSync('ip', line.split(' '));
  ({ page, browser } = await openChromium(t, `${gateway.url}/?raw`));
  await t.test('full ICE: over IPv6', async () => {
    await page.evaluate(echo, {});
    const { remote } = await flowing(page);
    check(/fd99::1/.test(remote), `the gateway's candidate in use: ${remote}`);
  });
  await browser.close();
  equal(await gateway.stop(), 0, 'exit code');

  gateway = await start(t);
  ({ page } = await openFirefox(t, `${gateway.url}/?raw`));
  await t.test('full ICE: Firefox', async () => {
    await page.evaluate(echo, {});
    await flowing(page);
    await page.evaluate(() => globalThis.peer.close());
  });
  await t.test('full ICE: the gateway offers to Firefox', async () => {
    await page.evaluate(echo, { gatewayOffers: true });
    await flowing(page);
  });
}
