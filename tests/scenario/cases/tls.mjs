// SIP over TLS, and the API over HTTPS.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { check, equal } from '../lib/check.mjs';
import { request, startGateway } from '../lib/gateway.mjs';
import { heard, openChromium } from '../lib/chromium.mjs';
import { startBaresip } from '../lib/baresip.mjs';
import { dial, hangUp, idle, register, takeCall } from '../lib/softphone.mjs';

export default async function (t) {
  const certificate = join(t.out, 'certificate.pem'), key = join(t.out, 'key.pem'), both = join(t.out, 'both.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  execFileSync('sh', ['-c', 'cat "$1" "$2" > "$3"', 'sh', key, certificate, both]);
  const sip = { CAUSEWAY_SIP_TLS_CERTIFICATE: certificate, CAUSEWAY_SIP_TLS_KEY: key, CAUSEWAY_SIP_TLS_CA: certificate };
  const gateway = await startGateway(t, sip);
  const phone = await startBaresip(t, { aor: 'sip:bob@127.0.0.1:5070;transport=tls', extra: `sip_certificate ${both}` });
  const { page } = await openChromium(t, `${gateway.url}/?raw`);
  await register(page, 'alice');

  await t.test('a phone calls in over TLS and both hear each other', async () => {
    await phone.command('dial', 'sip:alice@127.0.0.1:5061;transport=tls');
    await takeCall(page);
    await heard(page, 440);
    await phone.heard(1000);
    await phone.command('hangup');
    await idle(page);
  });

  await t.test('a phone is called over TLS', async () => {
    await dial(page, 'sip:bob@127.0.0.1:5071;transport=tls');
    await heard(page, 440);
    await hangUp(page);
  });

  await t.test('the API over HTTPS', async () => {
    await page.goto('about:blank');
    equal(await gateway.stop(), 0, 'exit code');
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // the certificate is its own authority
    const secure = await startGateway(t, { CAUSEWAY_HTTP_TLS_CERTIFICATE: certificate, CAUSEWAY_HTTP_TLS_KEY: key });
    equal((await secure.api('POST', '/v1/sessions', {})).status, 201, 'status');
    const plain = await request('http://127.0.0.1:8080', 'GET', '/v1').catch((error) => error);
    check(!(plain.status < 400), 'plain HTTP is not served');
  });
}
