// A bare SIP phone with a plain RTP socket: it answers the first call with the codecs it is given, keeps every
// telephone-event that it receives, and can send its own. Loopback and UDP only.
import { createSocket } from 'node:dgram';
import { sleep } from './check.mjs';
import { tone } from './tones.mjs';

const DIGITS = '0123456789*#ABCD';
const CODECS = {
  pcmu: { pt: 0, lines: ['a=rtpmap:0 PCMU/8000'], event: 101, clock: 8000 },
  opus: { pt: 96, lines: ['a=rtpmap:96 opus/48000/2'], event: 97, clock: 48000 },
};

const header = (text, name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(text)?.[1].trim();

/** codec: 'pcmu' or 'opus'; events: telephone-event is in the answer. */
export async function startRtpPhone(t, { port = 5090, codec = 'pcmu', events = true } = {}) {
  const sip = createSocket('udp4');
  const rtp = createSocket('udp4');
  const media = CODECS[codec];
  const phone = { uri: `sip:bob@127.0.0.1:${port}`, infos: [], packets: [], audio: 0, sound: [], sdp: '', invite: '', sequence: 1, cseq: 1 };
  await new Promise((done) => sip.bind(port, '127.0.0.1', done));
  await new Promise((done) => rtp.bind(port + 2, '127.0.0.1', done));
  t.defer(() => (sip.close(), rtp.close()));
  const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0',
    `m=audio ${port + 2} RTP/AVP ${media.pt}${events ? ` ${media.event}` : ''}`, ...media.lines,
    ...(events ? [`a=rtpmap:${media.event} telephone-event/${media.clock}`, `a=fmtp:${media.event} 0-15`] : []), 'a=sendrecv', ''].join('\r\n');

  const respond = (to, request, status, body = '', to_tag = ';tag=phone') => {
    const lines = [`SIP/2.0 ${status}`, ...request.split('\r\n').filter((line) => /^(via|record-route):/i.test(line)),
      `From: ${header(request, 'From')}`, `To: ${header(request, 'To').replace(/;tag=.*/, '')}${to_tag}`,
      `Call-ID: ${header(request, 'Call-ID')}`, `CSeq: ${header(request, 'CSeq')}`, `Contact: <${phone.uri}>`,
      ...(body ? ['Content-Type: application/sdp'] : []), `Content-Length: ${body.length}`, '', body];
    sip.send(lines.join('\r\n'), to.port, to.address);
  };

  sip.on('message', (data, from) => {
    const text = data.toString();
    const method = text.split(' ')[0];
    if (method === 'SIP/2.0' || method === 'ACK') return;
    if (method === 'INVITE') {
      phone.invite = text;
      phone.remote = from;
      phone.sdp = text.slice(text.indexOf('\r\n\r\n') + 4);
      respond(from, text, '200 OK', sdp);
      return;
    }
    if (method === 'INFO') phone.infos.push(text.slice(text.indexOf('\r\n\r\n') + 4));
    respond(from, text, '200 OK');
  });

  rtp.on('message', (data) => {
    if (data.length < 16 || data[0] >> 6 !== 2 || (data[1] >= 192 && data[1] < 224)) return;
    const pt = data[1] & 0x7f;
    if (pt !== media.event) {
      phone.audio++;
      phone.sound.push(data.subarray(12));
      return;
    }
    phone.packets.push({ marker: data[1] >> 7, timestamp: data.readUInt32BE(4), ssrc: data.readUInt32BE(8), at: Date.now(),
      code: data[12], end: data[13] >> 7, duration: data.readUInt16BE(14) });
  });

  /** The digits received so far, by RFC 4733 alone: [{digit, ms, at}]. */
  phone.digits = () => {
    const found = [];
    let last;
    for (const p of phone.packets) {
      const same = last && last.code === p.code && !last.ended && p.timestamp === ((last.timestamp + 0xffff) >>> 0);
      if (same) {
        last.before += 0xffff; // the next segment of a long one
        last.timestamp = p.timestamp;
      } else if (!last || last.timestamp !== p.timestamp) {
        last = { code: p.code, timestamp: p.timestamp, before: 0, duration: 0, ended: 0, marker: p.marker, at: p.at, ends: 0 };
        found.push(last);
      }
      last.duration = Math.max(last.duration, last.before + p.duration);
      last.ended ||= p.end;
      last.ends += p.end;
    }
    return found.map((d) => ({ digit: DIGITS[d.code], ms: (d.duration * 1000) / media.clock, at: d.at, marker: d.marker, ends: d.ends }));
  };

  const target = () => Number(/m=audio (\d+)/.exec(phone.sdp)[1]);
  const packet = (pt, marker, timestamp, payload) => {
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = (marker << 7) | pt;
    head.writeUInt16BE(phone.sequence++ & 0xffff, 2);
    head.writeUInt32BE(timestamp >>> 0, 4);
    head.writeUInt32BE(0x70686f6e, 8);
    rtp.send(Buffer.concat([head, payload]), target(), '127.0.0.1');
  };
  let clock = 1000;

  /** Silence in the phone's codec, so that the gateway learns its address. */
  phone.speak = async (ms) => {
    for (let gone = 0; gone < ms; gone += 20, clock += media.clock / 50) {
      packet(media.pt, 0, clock, codec === 'pcmu' ? Buffer.alloc(160, 0xff) : Buffer.from([0xf8, 0xff, 0xfe]));
      await sleep(20);
    }
  };

  /** Presses a key: a telephone-event of that length. */
  phone.press = async (digit, ms) => {
    const start = clock;
    for (let gone = 20; gone < ms + 60; gone += 20, clock += media.clock / 50) {
      const payload = Buffer.from([DIGITS.indexOf(digit), gone >= ms ? 0x8a : 0x0a, 0, 0]);
      payload.writeUInt16BE((Math.min(gone, ms) * media.clock) / 1000, 2);
      packet(media.event, gone === 20 ? 1 : 0, start, payload);
      await sleep(20);
    }
  };

  /** The same as sound in PCMU, 100 ms of silence behind it. */
  phone.playTone = async (digit, ms) => {
    const sound = Buffer.concat([tone(digit, ms * 8), tone('', 800)]);
    for (let at = 0; at + 160 <= sound.length; at += 160, clock += 160) {
      packet(media.pt, 0, clock, sound.subarray(at, at + 160));
      await sleep(20);
    }
  };

  /** A request inside the call. */
  phone.info = (type, body) => {
    const contact = /<([^>]+)>/.exec(header(phone.invite, 'Contact'))[1];
    const lines = [`INFO ${contact} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${Math.random().toString(36).slice(2)}`,
      `From: ${header(phone.invite, 'To')};tag=phone`, `To: ${header(phone.invite, 'From')}`, `Call-ID: ${header(phone.invite, 'Call-ID')}`,
      `CSeq: ${phone.cseq++} INFO`, 'Max-Forwards: 70', `Content-Type: ${type}`, `Content-Length: ${body.length}`, '', body];
    sip.send(lines.join('\r\n'), phone.remote.port, phone.remote.address);
  };
  return phone;
}
