// Sound for the tests: WAV files with a tone, and the frequency that a recording holds.
import { readFileSync, writeFileSync } from 'node:fs';

/** A mono 16-bit WAV of one tone. */
export function writeTone(path, hz, seconds = 10, rate = 48000) {
  const samples = rate * seconds;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) wav.writeInt16LE(Math.round(12000 * Math.sin((2 * Math.PI * hz * i) / rate)), 44 + 2 * i);
  writeFileSync(path, wav);
}

/** {rate, samples (Float64, first channel)} of a 16-bit WAV, also one that is still being written. */
export function readWav(path) {
  const wav = readFileSync(path);
  const channels = wav.readUInt16LE(22);
  let at = 12;
  while (at + 8 < wav.length && wav.toString('latin1', at, at + 4) !== 'data') at += 8 + wav.readUInt32LE(at + 4);
  const start = at + 8;
  const count = Math.max(0, Math.floor((wav.length - start) / (2 * channels)));
  const samples = Float64Array.from({ length: count }, (_, i) => wav.readInt16LE(start + 2 * channels * i) / 32768);
  return { rate: wav.readUInt32LE(24), samples };
}

/** In-place radix-2 FFT of a power-of-two length. */
function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j], re[i], im[j], im[i]];
  }
  for (let len = 2; len <= n; len <<= 1) {
    const angle = (-2 * Math.PI) / len;
    for (let i = 0; i < n; i += len) for (let k = 0; k < len / 2; k++) {
      const [c, s] = [Math.cos(angle * k), Math.sin(angle * k)];
      const [a, b] = [i + k, i + k + len / 2];
      const [tr, ti] = [re[b] * c - im[b] * s, re[b] * s + im[b] * c];
      [re[b], im[b]] = [re[a] - tr, im[a] - ti];
      [re[a], im[a]] = [re[a] + tr, im[a] + ti];
    }
  }
}

/** The strongest frequency of the last part of the samples, its share of the power, and the level (0..1). */
export function dominant(samples, rate) {
  const n = 2 ** Math.floor(Math.log2(Math.min(samples.length, 16384)));
  const from = samples.length - n;
  const re = Float64Array.from({ length: n }, (_, i) => samples[from + i] * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n)));
  const im = new Float64Array(n);
  const level = Math.sqrt(samples.slice(from).reduce((sum, s) => sum + s * s, 0) / n);
  fft(re, im);
  let best = 1, total = 0;
  const power = (i) => re[i] ** 2 + im[i] ** 2;
  for (let i = 1; i < n / 2; i++) {
    total += power(i);
    if (power(i) > power(best)) best = i;
  }
  let near = 0;
  for (let i = Math.max(1, best - 4); i <= best + 4; i++) near += power(i);
  return { hz: (best * rate) / n, share: total ? near / total : 0, level };
}
