// The tests of the echo plugin, for one browser's page.
import { check, equal, until } from './check.mjs';
import { echoAddData, echoAddVideo, echoClose, echoData, echoEvents, echoOptions, echoRestart, echoStats, openEcho } from './echo-page.mjs';

const LIMIT_MS = 40000;

export async function testEcho(t, name, page, { estimates }) {
  const stats = () => page.evaluate(echoStats);
  const grows = async (what, read) => {
    const before = read(await stats());
    await until(`more ${what}`, async () => read(await stats()) > before + 5, LIMIT_MS);
  };
  let peer;

  await t.test(`echo in ${name}: sound and picture come back`, async () => {
    peer = await page.evaluate(openEcho, { video: true, data: true });
    await grows('frames', (s) => s.frames);
    await grows('sound', (s) => s.audioBytes);
  });

  await t.test(`echo in ${name}: messages come back equal`, async () => {
    equal(await page.evaluate(echoData, [1, 1000, 200000]), [true, true, true, true], 'equal');
  });

  await t.test(`echo in ${name}: sound is switched off and on`, async () => {
    equal((await page.evaluate(echoOptions, { audio: false })).options?.audio, false, 'audio');
    let last = -1;
    await until('no more sound', async () => {
      const [before, now] = [last, (await stats()).audioPackets];
      last = now;
      await new Promise((done) => setTimeout(done, 400));
      return before === now;
    });
    await grows('frames', (s) => s.frames);
    equal((await stats()).audioPackets, last, 'audio packets');
    await page.evaluate(echoOptions, { audio: true });
    await grows('sound', (s) => s.audioPackets);
  });

  await t.test(`echo in ${name}: options that it does not have`, async () => {
    equal(await page.evaluate(echoOptions, { volume: 3 }), { status: 400, code: 'unknown_option', pointer: '/volume' }, 'answer');
    equal(await page.evaluate(echoOptions, { audio: 'no' }), { status: 400, code: 'invalid_option', pointer: '/audio' }, 'answer');
  });

  await t.test(`echo in ${name}: the bitrate is capped`, async () => {
    equal((await page.evaluate(echoOptions, { bitrate_bps: 150000 })).options?.bitrate_bps, 150000, 'options');
    if (estimates) await until('the estimate to obey', async () => {
      const { available } = await stats();
      return available > 0 && available <= 150000;
    });
    await page.evaluate(echoOptions, { bitrate_bps: 0 });
  });

  await t.test(`echo in ${name}: events in order`, async () => {
    await page.evaluate(echoClose);
    await until('peer.closed', async () => (await page.evaluate(echoEvents, peer)).includes('peer.closed'));
    equal(await page.evaluate(echoEvents, peer), ['peer.connecting', 'peer.connected', 'peer.media', 'peer.closed'], 'events');
  });

  await t.test(`echo in ${name}: video is added later`, async () => {
    await page.evaluate(openEcho, { video: false, data: false });
    await grows('sound', (s) => s.audioPackets);
    await page.evaluate(echoAddVideo);
    await grows('frames', (s) => s.frames);
  });

  await t.test(`echo in ${name}: a data channel is added later`, async () => {
    await page.evaluate(echoAddData);
    equal(await page.evaluate(echoData, [1, 1000, 200000]), [true, true, true, true], 'equal');
    await grows('sound', (s) => s.audioPackets);
  });

  await t.test(`echo in ${name}: media goes on after an ICE restart`, async () => {
    const [before, after] = await page.evaluate(echoRestart);
    check(before !== after, 'the gateway has new credentials');
    await grows('frames', (s) => s.frames);
    await grows('sound', (s) => s.audioPackets);
    await page.evaluate(echoClose);
  });

  await t.test(`echo in ${name}: the page logs no error`, () => {
    const errors = page.errors.filter((text) => !/status of 400/.test(text)); // the options that were refused
    check(errors.length === 0, errors.join('; '));
  });
}
