// Chromium's keypad over Opus (48 kHz events) to a phone with PCMU (8 kHz events): the sound between is transcoded.
import { startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { dtmfTests } from '../lib/dtmf-tests.mjs';

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_MEDIA_CODEC_POLICY: 'quality' });
  const { page } = await openChromium(t, gateway.url);
  await dtmfTests(t, 'chromium with Opus', page, { codecs: ['pcmu'] });
}
