// Everything the echo plugin does, with Chromium.
import { startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';
import { testEcho } from '../lib/echo-tests.mjs';

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_PLUGINS_LOAD: 'echo' });
  const { page } = await openChromium(t, gateway.url);
  await testEcho(t, 'Chromium', page, { estimates: true });
}
