// Firefox, headless, over WebDriver BiDi. Its fake microphone gives a tone of its own, so a page's tone is made by
// Web Audio: getUserMedia is answered with an oscillator of toneHz.
import puppeteer from 'puppeteer-core';

const PREFERENCES = { 'media.navigator.permission.disabled': true, 'media.navigator.streams.fake': true,
  'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0, 'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false, 'media.getusermedia.insecure.enabled': true,
  'media.devices.insecure.enabled': true, 'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false, 'app.update.enabled': false, 'browser.safebrowsing.update.enabled': false };

export async function openFirefox(t, url, { toneHz = 1000 } = {}) {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr',
    headless: true, extraPrefsFirefox: PREFERENCES, protocolTimeout: 60000 });
  t.defer(() => browser.close());
  const page = await browser.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  await page.evaluateOnNewDocument((hz) => {
    navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      await context.resume();
      const tone = context.createOscillator();
      const level = context.createGain();
      const out = context.createMediaStreamDestination();
      tone.frequency.value = hz;
      level.gain.value = 0.4;
      tone.connect(level).connect(out);
      tone.start();
      return out.stream;
    };
  }, toneHz);
  await page.goto(url);
  return { browser, page };
}
