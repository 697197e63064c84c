// Full ICE: the gateway's own agent with candidates both ways, alone and with a STUN and TURN server (coturn).
import { check, equal, until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';

const TURN = '10.99.9.1:3478';

/* runs in the page: an echo peer whose configuration is as given; resolves when sound came back */
async function echo(configuration) {
  const { Causeway } = await import('/causeway.js');
  const Plain = globalThis.PlainConnection ||= RTCPeerConnection;
  globalThis.RTCPeerConnection = function (given) { return new Plain({ ...given, ...configuration }); };
  const session = await new Causeway().connect();
  const offered = [];
  session.addEventListener('event', ({ detail }) => detail.type === 'peer.candidate' && offered.push(detail.data.candidate));
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const peer = await session.join('echo', { prepare: (pc) => pc.addTrack(stream.getAudioTracks()[0], stream) });
  Object.assign(globalThis, { session, peer, offered });
}

/* runs in the page: {state, received, local, remote, ufrag, offered} of the newest echo peer */
async function look() {
  const report = [...(await globalThis.peer.pc.getStats()).values()];
  const find = (id) => report.find((r) => r.id === id);
  const pair = find(report.find((r) => r.type === 'transport')?.selectedCandidatePairId);
  return { state: globalThis.peer.state, received: report.find((r) => r.type === 'inbound-rtp')?.bytesReceived || 0,
    local: find(pair?.localCandidateId)?.candidateType, remote: find(pair?.remoteCandidateId)?.candidateType,
    ufrag: find(pair?.remoteCandidateId)?.usernameFragment,
    offered: globalThis.offered.map((c) => c && c.candidate) };
}

const flowing = (page, least = 5000) => until('sound to come back', async () => {
  const seen = await page.evaluate(look);
  if (seen.state === 'failed') throw new Error(`failed: ${JSON.stringify(seen)}`);
  return seen.state === 'connected' && seen.received > least ? seen : null;
});

const ended = async (gateway) => {
  gateway.child.kill('SIGTERM');
  equal(await gateway.child.exited, 0, 'exit code');
};

export default async function (t) {
  let gateway = await startGateway(t, { CAUSEWAY_ICE_MODE: 'full' });
  let { page, browser } = await openChromium(t, `${gateway.url}/?raw`);

  await t.test('full ICE: echo over host candidates, trickled both ways', async () => {
    await page.evaluate(echo, {});
    const seen = await flowing(page);
    console.log(`# ${JSON.stringify(seen)}`);
    check(seen.offered.some((text) => / typ host/.test(text)), 'the gateway tells its host candidates');
    await until('the end of candidates', async () => (await page.evaluate(look)).offered.includes(null));
  });

  await t.test('full ICE: a restart takes new credentials and goes on', async () => {
    const before = await page.evaluate(() => globalThis.peer.pc.remoteDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]);
    await page.evaluate(() => globalThis.peer.renegotiate({ iceRestart: true }));
    const after = await page.evaluate(() => globalThis.peer.pc.remoteDescription.sdp.match(/a=ice-ufrag:(.*)/)[1]);
    check(before !== after, 'new credentials');
    await until('a pair with the new credentials', async () => (await page.evaluate(look)).ufrag === after);
    const { received } = await page.evaluate(look);
    await flowing(page, received + 5000);
  });

  await t.test('full ICE: a closed peer leaves nothing, the gateway ends cleanly with one that is open', async () => {
    await page.evaluate(() => globalThis.peer.close());
    await page.evaluate(echo, {});
    await flowing(page);
    await ended(gateway);
  });
  await browser.close();

  const turn = t.spawn('turnserver', 'turnserver', ['-n', '--listening-ip=10.99.9.1', '--relay-ip=10.99.9.1', '--listening-port=3478',
    '--allow-loopback-peers', '--lt-cred-mech', '--user=gateway:secret', '--user=browser:secret', '--realm=test', '--no-tls', '--no-dtls', '--no-cli',
    '--log-file=stdout', '--pidfile=/dev/null', `--userdb=${t.out}/turn.db`, '--min-port=50000', '--max-port=50100', '--verbose']);
  await until('coturn to listen', () => /listener opened on *: *10\.99\.9\.1:3478|IPv4\. UDP listener opened/i.test(turn.text));
  gateway = await startGateway(t, { CAUSEWAY_ICE_MODE: 'full', CAUSEWAY_ICE_STUN_SERVER: TURN, CAUSEWAY_ICE_TURN_SERVER: TURN,
    CAUSEWAY_ICE_TURN_USER: 'gateway', CAUSEWAY_ICE_TURN_PASSWORD: 'secret' });
  ({ page, browser } = await openChromium(t, `${gateway.url}/?raw`));

  await t.test('full ICE: echo with a browser that has only the TURN server', async () => {
    await page.evaluate(echo, { iceTransportPolicy: 'relay',
      iceServers: [{ urls: `turn:${TURN}?transport=udp`, username: 'browser', credential: 'secret' }] });
    const seen = await flowing(page);
    console.log(`# ${JSON.stringify(seen)}`);
    equal(seen.local, 'relay', "the browser's candidate in use");
  });

  await t.test('full ICE: the gateway offers a relayed candidate of its own', () => until('a relay candidate', async () =>
    (await page.evaluate(look)).offered.some((text) => text && / typ relay/.test(text))));

  await t.test('full ICE: the gateway gives its allocation back when it ends', async () => {
    await ended(gateway);
    await until('the refresh with lifetime 0', () => /username=<gateway>, lifetime=0/.test(turn.text));
  });
}
