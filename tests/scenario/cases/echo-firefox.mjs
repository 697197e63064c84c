// Everything the echo plugin does, with Firefox.
import { startGateway } from '../lib/gateway.mjs';
import { openFirefox } from '../lib/firefox.mjs';
import { testEcho } from '../lib/echo-tests.mjs';

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_PLUGINS_LOAD: 'echo' });
  const { page } = await openFirefox(t, gateway.url);
  await page.click('h1'); // a page that nobody has touched makes no sound
  await testEcho(t, 'Firefox', page, { estimates: false });
}
