// A plain RTP endpoint of the tests' own: PCMU and telephone-events (RFC 4733) over one UDP socket, without signalling.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const PTIME_MS = 20;
const SAMPLES = 160; // of a packet at 8 kHz
const EVENTS = '0123456789*#ABCD';
const HEARD = 8192; // samples that are kept

function toMulaw(sample) {
  const sign = sample < 0 ? 0x80 : 0;
  const x = Math.min(Math.abs(sample), 32635) + 0x84;
  const exponent = Math.max(0, Math.floor(Math.log2(x)) - 7);
  return ~(sign | exponent << 4 | x >> exponent + 3 & 15) & 255;
}

function fromMulaw(byte) {
  const x = ~byte & 255;
  const value = ((((x & 15) << 3) + 0x84) << (x >> 4 & 7)) - 0x84;
  return x & 0x80 ? -value : value;
}

const FROM_MULAW = Int16Array.from({ length: 256 }, (_, byte) => fromMulaw(byte));

// One second of a tone; every whole frequency ends where it begins.
const tones = new Map();
function toneOf(hz) {
  if (!tones.has(hz))
    tones.set(hz, Buffer.from(Array.from({ length: 8000 }, (_, i) => toMulaw(Math.round(8000 * Math.sin(2 * Math.PI * hz * i / 8000))))));
  return tones.get(hz);
}

/** Opens an endpoint on the address. Where it sends to is learnt from what it hears, or set as `peer` {address, port}. */
export async function openRtp(t, { address = '127.0.0.1', pt = 0, eventPt = 101, clockHz = 8000 } = {}) {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  const heard = new Float64Array(HEARD);
  const rtp = { port: socket.address().port, address, peer: null, heard: 0, packets: {}, digits: [],
    uri: `rtp:${address}:${socket.address().port}`, seq: 1000, timestamp: 4800, ssrc: 0x1234567, toneHz: 0, event: null };
  socket.on('message', (data, from) => {
    if (data.length < 12 || data[0] >> 6 !== 2 || (data[1] >= 192 && data[1] <= 223)) return;
    rtp.peer ||= { address: from.address, port: from.port };
    const type = data[1] & 127;
    rtp.packets[type] = (rtp.packets[type] || 0) + 1;
    const payload = data.subarray(12 + 4 * (data[0] & 15));
    if (type === eventPt) noteEvent(rtp, data, payload, clockHz);
    else if (type === pt) for (const byte of payload) heard[rtp.heard++ % HEARD] = FROM_MULAW[byte] / 32768;
  });
  /** The last samples (-1 … 1), up to 8192. */
  Object.defineProperty(rtp, 'samples', { get: () => (rtp.heard < HEARD ? heard.slice(0, rtp.heard)
    : Float64Array.from(heard, (_, i) => heard[(rtp.heard + i) % HEARD])) });
  let next = performance.now(); // a late timer makes up for what was missed
  const send = (data) => rtp.peer && socket.send(data, rtp.peer.port, rtp.peer.address);
  const timer = setInterval(() => {
    for (; next <= performance.now(); next += PTIME_MS) tick(rtp, send, pt, eventPt);
  }, PTIME_MS);
  t.defer(() => {
    clearInterval(timer);
    socket.close();
  });
  rtp.sends = (digit, durationMs) => new Promise((done) => (rtp.event = { digit, durationMs, done, first: true, elapsed: 0, ends: 0 }));
  return rtp;
}

// Every event by its timestamp: what it was, how long, and with how many packets. Segments of a long one join.
function noteEvent(rtp, data, payload, clockHz) {
  const timestamp = data.readUInt32BE(4);
  const duration = payload.readUInt16BE(2);
  const digit = EVENTS[payload[0]];
  const last = rtp.digits.at(-1);
  const end = (payload[1] & 0x80) !== 0;
  if (last && last.timestamp === timestamp) {
    Object.assign(last, { packets: last.packets + 1, ends: last.ends + end, durationMs: last.before + duration * 1000 / clockHz });
  } else if (last && !last.ends && last.digit === digit) {
    Object.assign(last, { timestamp, before: last.durationMs, packets: last.packets + 1, ends: last.ends + end });
  } else {
    rtp.digits.push({ digit, timestamp, before: 0, durationMs: duration * 1000 / clockHz, packets: 1, ends: +end, marker: data[1] >> 7 });
  }
}

function packet(rtp, type, marker, timestamp, payload) {
  const data = Buffer.alloc(12 + payload.length);
  data[0] = 0x80;
  data[1] = type | marker << 7;
  data.writeUInt16BE(rtp.seq++ & 0xffff, 2);
  data.writeUInt32BE(timestamp >>> 0, 4);
  data.writeUInt32BE(rtp.ssrc, 8);
  payload.copy(data, 12);
  return data;
}

// One packet every 20 ms: sound, or of the event that is being sent, whose timestamp stands still.
function tick(rtp, send, pt, eventPt) {
  const { event } = rtp;
  if (event) {
    event.timestamp ??= rtp.timestamp;
    event.elapsed = Math.min(event.elapsed + PTIME_MS, event.durationMs);
    const over = event.elapsed >= event.durationMs;
    const payload = Buffer.from([EVENTS.indexOf(event.digit), over ? 0x8a : 0x0a, 0, 0]);
    payload.writeUInt16BE(event.elapsed * 8, 2);
    send(packet(rtp, eventPt, event.first ? 1 : 0, event.timestamp, payload));
    event.first = false;
    if (over && ++event.ends === 3) {
      rtp.event = null;
      event.done();
    }
  } else if (rtp.toneHz) {
    const from = rtp.timestamp % 8000;
    send(packet(rtp, pt, 0, rtp.timestamp, toneOf(rtp.toneHz).subarray(from, from + SAMPLES)));
  }
  rtp.timestamp += SAMPLES;
}
