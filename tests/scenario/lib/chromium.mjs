// Chromium, headless, with a microphone that plays a WAV file.
import { join } from 'node:path';
import { mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { chromium } from 'playwright-core';
import { until } from './check.mjs';
import { writeTone } from './sound.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream', '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required'];

/** A browser whose microphone gives toneHz, and its first page at url. */
export async function openChromium(t, url, { toneHz = 1000, viewport = { width: 420, height: 860 } } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-chromium-'));
  const wav = join(folder, 'tone.wav');
  writeTone(wav, toneHz);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [...FLAGS, `--use-file-for-fake-audio-capture=${wav}`] });
  t.defer(() => browser.close());
  const page = await (await browser.newContext({ viewport, permissions: ['microphone'] })).newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.errors.push(message.text()));
  await page.goto(url);
  return { browser, page };
}

/** Kills every process of the browser at once, as a crash or the system's memory killer would. Each case has a process
 *  namespace of its own, so there is no other Chromium to hit. */
export function killChromium() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && /chrom/.test(programOf(name)));
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  return pids.length;
}

function programOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return ''; // ended, or of the kernel
  }
}

/** What the page's <audio id=sound> (or the given stream expression) holds: {hz, level}. Waits until it is heard. */
export function heard(page, wantHz, expression = "document.getElementById('sound').srcObject") {
  return until(`the browser to hear ${wantHz} Hz`, async () => {
    const found = await page.evaluate(listen, expression);
    return found && Math.abs(found.hz - wantHz) < 15 && found.share > 0.5 ? found : null;
  }, 25000);
}

/* runs in the page */
async function listen(expression) {
  const stream = (0, eval)(expression);
  if (!stream?.getAudioTracks().length) return null;
  const context = (globalThis.testContext ||= new AudioContext());
  await context.resume();
  if (globalThis.testStream !== stream) {
    globalThis.testStream = stream;
    globalThis.testAnalyser = context.createAnalyser();
    globalThis.testAnalyser.fftSize = 16384;
    globalThis.testAnalyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(globalThis.testAnalyser);
  }
  await new Promise((done) => setTimeout(done, 400));
  const bins = new Float32Array(globalThis.testAnalyser.frequencyBinCount);
  globalThis.testAnalyser.getFloatFrequencyData(bins);
  const power = Array.from(bins, (db) => (Number.isFinite(db) ? 10 ** (db / 10) : 0));
  const best = power.indexOf(Math.max(...power));
  const total = power.reduce((a, b) => a + b, 0);
  const near = power.slice(Math.max(0, best - 6), best + 7).reduce((a, b) => a + b, 0);
  return { hz: (best * context.sampleRate) / 16384, share: total ? near / total : 0, level: bins[best] };
}
