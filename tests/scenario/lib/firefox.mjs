// Firefox, headless, over WebDriver BiDi. Its fake microphone gives a tone of 1 kHz.
import puppeteer from 'puppeteer-core';
import { until } from './check.mjs';
import { dominant } from './sound.mjs';

const PREFERENCES = { 'media.navigator.permission.disabled': true, 'media.navigator.streams.fake': true,
  'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0, 'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false, 'media.getusermedia.insecure.enabled': true,
  'media.devices.insecure.enabled': true, 'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false, 'app.update.enabled': false, 'browser.safebrowsing.update.enabled': false };

export async function openFirefox(t, url) {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr',
    headless: true, extraPrefsFirefox: PREFERENCES, protocolTimeout: 60000 });
  t.defer(() => browser.close());
  const page = await browser.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  await page.goto(url);
  return { browser, page };
}

/** Waits until the page's <audio id=sound> holds wantHz. Headless Firefox has no sound device, so an AudioContext stands
 *  still; the stream is recorded and decoded instead. */
export function heardByFirefox(page, wantHz) {
  return until(`Firefox to hear ${wantHz} Hz`, async () => {
    const samples = await page.evaluate(record);
    if (!samples || samples.length < 16384) return null;
    const found = dominant(Float64Array.from(samples), 48000);
    return Math.abs(found.hz - wantHz) < 15 && found.share > 0.5 ? found : null;
  }, 40000);
}

/* runs in the page */
async function record() {
  const stream = document.getElementById('sound').srcObject;
  if (!stream?.getAudioTracks().length) return null;
  const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()));
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((done) => (recorder.onstop = done));
  recorder.start();
  await new Promise((done) => setTimeout(done, 1200));
  recorder.stop();
  await stopped;
  const bytes = await new Blob(parts).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 48000, 48000).decodeAudioData(bytes);
  return Array.from(sound.getChannelData(0).slice(-32768));
}
