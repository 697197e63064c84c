// Capture files for SIPp's play_pcap_audio: RTP packets at given times.
import { writeFileSync } from 'node:fs';

const HEADERS = 14 + 20 + 8; // Ethernet, IPv4, UDP: SIPp puts its own addresses in

function rtp({ pt, marker = false, seq, ts, ssrc = 0x1234, payload }) {
  const packet = Buffer.alloc(12 + payload.length);
  packet[0] = 0x80;
  packet[1] = (marker ? 0x80 : 0) | pt;
  packet.writeUInt16BE(seq & 0xffff, 2);
  packet.writeUInt32BE(ts >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  Buffer.from(payload).copy(packet, 12);
  return packet;
}

/** packets: {ms, pt, marker, seq, ts, ssrc, payload}, in the order of their times. */
export function writePcap(path, packets) {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20); // Ethernet
  const parts = [header];
  for (const packet of packets) {
    const data = rtp(packet), frame = Buffer.alloc(HEADERS + data.length), record = Buffer.alloc(16);
    frame.writeUInt16BE(0x0800, 12);
    frame[14] = 0x45;
    frame.writeUInt16BE(20 + 8 + data.length, 16);
    frame[22] = 64;
    frame[23] = 17;
    frame.writeUInt32BE(0x7f000001, 26);
    frame.writeUInt32BE(0x7f000001, 30);
    frame.writeUInt16BE(6000, 34);
    frame.writeUInt16BE(6000, 36);
    frame.writeUInt16BE(8 + data.length, 38);
    data.copy(frame, HEADERS);
    record.writeUInt32LE(Math.floor(packet.ms / 1000), 0);
    record.writeUInt32LE((packet.ms % 1000) * 1000, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    parts.push(record, frame);
  }
  writeFileSync(path, Buffer.concat(parts));
}

/** A stream of telephone-events and audio at 8 kHz; each call moves its clock on. */
export function eventStream({ pt, ssrc }) {
  const packets = [];
  let ms = 0, seq = 100;
  const add = (payload, ts, options = {}) => packets.push({ ms, pt, ssrc, seq: seq++, ts, payload, ...options });
  const body = (digit, end, duration) => [Number(digit), (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff];
  const stream = {
    packets,
    audio(count = 5) {
      for (let i = 0; i < count; i++, ms += 20) add(Buffer.alloc(160, 0xff), ms * 8, { pt: 0 });
      return stream;
    },
    /** One press of that many packets 20 ms apart. marker: 'first', 'none', 'all'; ends: how many end packets;
     *  between: audio packets in between. */
    digit(digit, { count = 5, marker = 'first', ends = 3, between = false, gapMs = 100, updates = true } = {}) {
      const start = ms * 8;
      for (let i = 1; i < count; i++, ms += 20) {
        if (updates) add(body(digit, false, i * 160), start, { marker: marker === 'all' || (marker === 'first' && i === 1) });
        if (between) add(Buffer.alloc(160, 0xff), ms * 8, { pt: 0 });
      }
      for (let i = 0; i < ends; i++) add(body(digit, true, count * 160), start, { marker: marker === 'all' });
      ms += gapMs;
      return stream;
    },
  };
  return stream;
}
