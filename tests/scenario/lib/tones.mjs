// Digits as tones in PCMU: made, and found by their spectrum.
const KEYS = '123A456B789C*0#D';
const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];

/** One sample in -32768..32767 as PCMU. */
export function toPcmu(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const value = Math.min(Math.abs(sample), 32635) + 132;
  const exponent = Math.floor(Math.log2(value)) - 7;
  return ~(sign | (exponent << 4) | ((value >> (exponent + 3)) & 15)) & 0xff;
}

export function fromPcmu(octet) {
  const code = ~octet & 0xff;
  const value = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132;
  return code & 0x80 ? -value : value;
}

/** A digit of so many samples at 8 kHz; digit '' is silence. */
export function tone(digit, samples) {
  const at = digit ? KEYS.indexOf(digit) : -1;
  const out = Buffer.alloc(samples, 0xff);
  for (let i = 0; at >= 0 && i < samples; i++) {
    const turn = (2 * Math.PI * i) / 8000;
    out[i] = toPcmu(Math.round(8000 * Math.sin(LOW[at >> 2] * turn) + 8000 * Math.sin(HIGH[at & 3] * turn)));
  }
  return out;
}

function power(samples, hz) {
  let re = 0;
  let im = 0;
  samples.forEach((sample, i) => {
    re += sample * Math.cos((2 * Math.PI * hz * i) / 8000);
    im += sample * Math.sin((2 * Math.PI * hz * i) / 8000);
  });
  return (re * re + im * im) / samples.length;
}

/** [{digit, ms}] in PCMU sound. */
export function findTones(sound) {
  const found = [];
  let last = '';
  for (let at = 0; at + 80 <= sound.length; at += 80) {
    const samples = [...sound.subarray(at, at + 80)].map(fromPcmu);
    const total = samples.reduce((sum, s) => sum + s * s, 0);
    const best = (list) => list.map((hz, i) => [power(samples, hz), i]).sort((a, b) => b[0] - a[0])[0];
    const [low, row] = best(LOW);
    const [high, column] = best(HIGH);
    const digit = total > 1e8 && (2 * (low + high)) / total > 0.8 ? KEYS[row * 4 + column] : '';
    if (digit && digit !== last) found.push({ digit, ms: 0 });
    if (digit) found.at(-1).ms += 10;
    last = digit;
  }
  return found.filter(({ ms }) => ms > 20);
}
