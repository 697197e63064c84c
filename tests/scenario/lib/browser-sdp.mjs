// The browser's side of a call where no media is needed: Chromium's real offer, and an answer to the gateway's offer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const data = join(new URL('.', import.meta.url).pathname, '..', '..', 'data', 'sdp');

export const chromiumOffer = () => ({ type: 'offer', sdp: readFileSync(join(data, 'chromium-offer.sdp'), 'utf8') });

/** What a browser would answer to an audio offer of the gateway: everything taken. */
export function answerTo(offer) {
  const fingerprint = /a=fingerprint:sha-256 .*/.exec(chromiumOffer().sdp)[0];
  const drop = /^a=(ice-lite|ice-ufrag|ice-pwd|fingerprint|setup|candidate|end-of-candidates|ssrc|msid)/;
  const lines = offer.sdp.split('\r\n').filter((line) => line && !drop.test(line));
  const at = lines.findIndex((line) => line.startsWith('a=mid:'));
  lines.splice(at, 0, 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx', fingerprint.trim(), 'a=setup:active');
  return { type: 'answer', sdp: `${lines.join('\r\n')}\r\n` };
}
