// Chromium's keypad (RTCDTMFSender) to a plain RTP receiver, over PCMU and Opus.
import { startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { dtmfTests } from '../lib/dtmf-tests.mjs';

export default async function (t) {
  const gateway = await startGateway(t);
  const { page } = await openChromium(t, gateway.url);
  await dtmfTests(t, 'chromium', page);
}
