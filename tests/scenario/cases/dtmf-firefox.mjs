// Firefox's keypad (RTCDTMFSender) to a plain RTP receiver, over PCMU and Opus. Firefox has telephone-event/8000 only, and
// beside Opus it counts its durations in 48 kHz units: they come rounded up to multiples of 120 ms, so they are not judged.
import { startGateway } from '../lib/gateway.mjs';
import { openFirefox } from '../lib/firefox.mjs';
import { dtmfTests } from '../lib/dtmf-tests.mjs';

export default async function (t) {
  const gateway = await startGateway(t);
  const { page } = await openFirefox(t, gateway.url);
  await dtmfTests(t, 'firefox', page, { exact: (codec) => codec === 'pcmu' });
}
