// The dtmf plugin: browsers joined to a plain RTP endpoint, sound and digits both ways.
import { check, equal, until } from '../lib/check.mjs';
import { startGateway, openSession } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { openFirefox } from '../lib/firefox.mjs';
import { openRtp } from '../lib/rtp.mjs';
import { dominant } from '../lib/sound.mjs';

/* runs in the page: joins the microphone to the endpoint, as a peer or (to) as a call; its ids */
async function open({ options, to }) {
  const { Causeway } = await import('/causeway.js');
  const world = (globalThis.bridge ||= { gateway: new Causeway(), events: [] });
  if (!world.stream) {
    world.gateway.addEventListener('event', ({ detail }) => world.events.push(detail));
    await world.gateway.connect();
    world.stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  }
  const { gateway, stream } = world;
  if (to) world.call = await gateway.call(to, { stream });
  world.peer = to ? world.call.peer : await gateway.join('dtmf', { options, prepare: (pc) => pc.addTrack(stream.getAudioTracks()[0], stream) });
  return { peer: world.peer.id, call: world.call?.id, session: gateway.session };
}

const state = (page) => page.evaluate(() => globalThis.bridge.peer.state);
const connected = (page) => until('the peer to connect', async () => (await state(page)) === 'connected');
const insert = (page, digits, ms, gap = 70) => page.evaluate(([d, m, g]) => {
  const { dtmf } = globalThis.bridge.peer.pc.getSenders()[0];
  dtmf.insertDTMF(dtmf.toneBuffer + d, m, g);
}, [digits, ms, gap]);
const request = (page, method, path, body) => page.evaluate(async ([m, p, b]) => {
  try {
    return { status: 200, body: await globalThis.bridge.gateway.request(m, p, b) };
  } catch (error) {
    return { status: error.status, code: error.code, pointer: error.pointer };
  }
}, [method, path, body]);
const digitEvents = (page, type, call) => page.evaluate(([t, c]) =>
  globalThis.bridge.events.filter((e) => e.type === t && (!c || e.call === c)).map((e) => e.data), [type, call]);
const bytesIn = (page) => page.evaluate(async () => [...(await globalThis.bridge.peer.pc.getStats()).values()]
  .find((r) => r.type === 'inbound-rtp')?.bytesReceived || 0);

async function testBridge(t, name, page) {
  let rtp, peer;

  await t.test(`${name}: a peer is joined to an RTP endpoint, which hears it`, async () => {
    rtp = await openRtp(t);
    peer = (await page.evaluate(open, { options: { to: rtp.uri, codec: 'PCMU' } })).peer;
    await connected(page);
    await until('1 kHz at the endpoint', () => {
      const { hz, share } = rtp.heard >= 8192 ? dominant(rtp.samples, 8000) : {};
      return Math.abs(hz - 1000) < 15 && share > 0.5;
    });
  });

  await t.test(`${name}: the endpoint is heard`, async () => {
    rtp.toneHz = 440;
    const before = await bytesIn(page);
    await until('sound in the browser', async () => (await bytesIn(page)) > before + 5000);
  });

  await t.test(`${name}: insertDTMF arrives as RFC 2833 events, once, in order, as long as they were`, async () => {
    rtp.digits.length = 0;
    await insert(page, '15#A', 200);
    await until('four digits', () => rtp.digits.length === 4 && rtp.digits[3].ends === 3);
    equal(rtp.digits.map((d) => d.digit).join(''), '15#A', 'digits');
    for (const d of rtp.digits) check(Math.abs(d.durationMs - 200) <= 20 && d.marker === 1, `of 200 ms, with a marker: ${JSON.stringify(d)}`);
  });

  await t.test(`${name}: the event stream tells each digit`, async () => {
    const seen = await until('four dtmf events', async () => {
      const events = await digitEvents(page, 'dtmf');
      return events.length >= 4 && events;
    });
    equal(seen.map((d) => d.digit).join(''), '15#A', 'digits');
    check(seen.every((d) => d.source === 'rfc4733' && Math.abs(d.duration_ms - 200) <= 40), `source and duration: ${JSON.stringify(seen)}`);
  });

  await t.test(`${name}: the endpoint's digits become events and reach the browser`, async () => {
    const before = (await digitEvents(page, 'dtmf')).length;
    for (const digit of '9*') await rtp.sends(digit, 160);
    const seen = await until('two dtmf events', async () => {
      const events = (await digitEvents(page, 'dtmf')).slice(before);
      return events.length === 2 && events;
    });
    equal(seen.map((d) => d.digit).join(''), '9*', 'digits');
  });

  await t.test(`${name}: POST …/dtmf`, async () => {
    rtp.digits.length = 0;
    const { status } = await request(page, 'POST', `/v1/peers/${peer}/dtmf`, { digits: '70', duration_ms: 120 });
    equal(status, 200, 'status');
    await until('two digits', () => rtp.digits.length === 2 && rtp.digits[1].ends === 3);
    equal(rtp.digits.map((d) => d.digit).join(''), '70', 'digits');
    for (const d of rtp.digits) check(Math.abs(d.durationMs - 120) <= 20, `of 120 ms: ${JSON.stringify(d)}`);
  });

  await t.test(`${name}: call.quality is told of both sides`, async () => {
    const legs = ['browser', 'far'];
    await until('events of both', async () => {
      const seen = await digitEvents(page, 'call.quality');
      return legs.every((leg) => seen.some((d) => d.leg === leg && d.mos > 3.5 && d.mos < 5 && d.loss_percent < 5));
    });
  });

  await t.test(`${name}: the endpoint moves by PATCH, our SDP can be read`, async () => {
    const other = await openRtp(t, { eventPt: 97 });
    rtp.toneHz = 0; // it would still be believed to be the endpoint: its packets come first
    const { body } = await request(page, 'PATCH', `/v1/peers/${peer}/options`, { to: `${other.uri};dtmf_pt=97` });
    check(/^m=audio \d+ RTP\/AVP 0 97/m.test(body.options.sdp), `our SDP: ${body.options.sdp}`);
    equal((await request(page, 'GET', `/v1/peers/${peer}/options`)).body.sdp, body.options.sdp, 'GET');
    await until('sound at the other endpoint', () => other.heard > 8000);
    await insert(page, '3', 150);
    await until('a digit there', () => other.digits[0]?.digit === '3' && other.digits[0].ends === 3);
  });

  await t.test(`${name}: what is wrong with an endpoint is said`, async () => {
    const refusals = [[{}, '/options/to'], [{ to: 'rtp:host.example:1' }, '/options/to'], [{ to: 'rtp:10.0.0.1:4', codec: 'G729' }, '/options/codec'],
      [{ to: 'rtp:10.0.0.1:4', ptime: 5 }, '/options/ptime'], [{ to: 'rtp:10.0.0.1:4', colour: 5 }, '/options/colour'],
      [{ to: 'rtp:10.0.0.1:4;dtmf_pt=5' }, '/options/dtmf_pt'], [{ sdp: 'v=0\r\n' }, '/options/sdp']];
    for (const [options, pointer] of refusals) {
      const error = await page.evaluate(async (given) => {
        try {
          await globalThis.bridge.gateway.join('dtmf', { options: given, prepare: (pc) => pc.addTransceiver('audio') });
        } catch (e) {
          return { status: e.status, pointer: e.pointer };
        }
      }, options);
      equal(error, { status: 400, pointer }, JSON.stringify(options));
    }
  });

  await t.test(`${name}: the peer ends, and with it the leg`, async () => {
    await page.evaluate(() => globalThis.bridge.peer.close());
    rtp.packets = {};
    await until('peer.closed', async () => (await page.evaluate(() => globalThis.bridge.events.some((e) => e.type === 'peer.closed'))));
  });
}

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_PLUGINS_LOAD: 'dtmf', CAUSEWAY_CALLS_QUALITY_INTERVAL_MS: '1000' });
  const { page, browser } = await openChromium(t, `${gateway.url}/?raw`);
  await testBridge(t, 'Chromium', page);

  await t.test('Chromium: a call to rtp:HOST:PORT over Opus, digits at 48 kHz and call.dtmf', async () => {
    const rtp = await openRtp(t, { pt: 111, eventPt: 110, clockHz: 48000 });
    const { call } = await page.evaluate(open, { to: `${rtp.uri};codec=opus;dtmf_pt=110` });
    await until('Opus at the endpoint', () => rtp.packets[111] > 20);
    await insert(page, '42', 300);
    await until('two digits', () => rtp.digits.length === 2 && rtp.digits[1].ends === 3);
    equal(rtp.digits.map((d) => d.digit).join(''), '42', 'digits');
    for (const d of rtp.digits) check(Math.abs(d.durationMs - 300) <= 20, `of 300 ms: ${JSON.stringify(d)}`);
    await until('call.dtmf', async () => (await digitEvents(page, 'call.dtmf', call)).map((d) => d.digit).join('') === '42');
    rtp.toneHz = 0;
    const quality = await until('call.quality of the browser', async () =>
      (await digitEvents(page, 'call.quality', call)).find((d) => d.leg === 'browser'));
    check(quality.mos > 4 && quality.loss_percent === 0 && quality.jitter_ms < 50, `good on loopback: ${JSON.stringify(quality)}`);
    check(!(await digitEvents(page, 'call.quality', call)).some((d) => d.leg === 'far'), 'none of a side that sends nothing');
    await request(page, 'POST', `/v1/calls/${call}/dtmf`, { digits: '8', duration_ms: 100 });
    await until('the API’s digit', () => rtp.digits.at(-1).digit === '8' && rtp.digits.at(-1).ends === 3);
    await page.evaluate(() => globalThis.bridge.call.hangup());
  });

  await t.test('an endpoint that makes its own offer, exchanged by the application', async () => {
    const rtp = await openRtp(t, { eventPt: 99 });
    const sdp = ['v=0', 'o=- 7 7 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${rtp.port} RTP/AVP 0 99`,
      'a=rtpmap:0 PCMU/8000', 'a=rtpmap:99 telephone-event/8000', 'a=fmtp:99 0-15', ''].join('\r\n');
    const { peer } = await page.evaluate(open, { options: { sdp } });
    await connected(page);
    const { body } = await request(page, 'GET', `/v1/peers/${peer}/options`);
    const port = Number(/^m=audio (\d+) /m.exec(body.sdp)[1]);
    await until('sound at the endpoint, from where our SDP says', () => rtp.heard > 8000 && rtp.peer.port === port);
    await insert(page, '6', 100);
    await until('a digit', () => rtp.digits[0]?.digit === '6' && rtp.digits[0].ends === 3);
    await page.evaluate(() => globalThis.bridge.peer.close());
  });

  await t.test('the gateway offers to the browser, joined to an endpoint', async () => {
    const rtp = await openRtp(t);
    const session = await openSession(gateway);
    const { status, body } = await session.api('POST', '/v1/peers', { session: session.id, plugin: 'dtmf', options: { to: rtp.uri } });
    equal([status, body.plugin, body.description?.type], [201, 'dtmf', 'offer'], 'answer');
    session.open = false;
  });
  await browser.close();

  const firefox = await openFirefox(t, `${gateway.url}/?raw`);
  await testBridge(t, 'Firefox', firefox.page);
}
