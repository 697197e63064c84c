// The gateway under test, as a process of its own, and a client of its API for the tests.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './check.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts it; settings become CAUSEWAY_* variables. In its namespace the default ports are free. */
export async function startGateway(t, settings = {}) {
  const env = { ...process.env, CAUSEWAY_PLUGINS_DIR: join(t.build, 'plugins', '.libs'),
    CAUSEWAY_HTTP_WEB_DIR: join(root, 'signaling', 'web'), CAUSEWAY_LOG_LEVEL: 'debug',
    CAUSEWAY_MEDIA_ADDRESSES: '127.0.0.1,10.99.9.1', ...settings };
  const child = t.spawn('gateway', join(t.build, 'causeway'), ['--config', join(root, 'conf', 'causeway.yaml')], { env });
  const url = `${settings.CAUSEWAY_HTTP_TLS_CERTIFICATE ? 'https' : 'http'}://127.0.0.1:8080`;
  await until('the gateway to be ready', async () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${child.text.slice(-400)}`);
    return (await fetch(`${url}/readyz`)).ok;
  });
  return { url, child, api: (method, path, body, headers) => request(url, method, path, body, headers), log: () => child.text,
    /** Ends it as a service manager would; its exit code. */
    stop: () => {
      child.kill('SIGTERM');
      return child.exited;
    } };
}

/** Follows a stream of server-sent events: {seen, event(type, match), close()}. */
export async function follow(url, path, headers = {}) {
  const abort = new AbortController();
  const response = await fetch(url + path, { signal: abort.signal, headers: { Accept: 'text/event-stream', ...headers } });
  if (response.status !== 200) throw new Error(`no event stream: ${response.status} ${await response.text()}`);
  const stream = { seen: [], ended: false, close: () => abort.abort() };
  (async () => {
    let text = '';
    for await (const data of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + data).split('\n\n');
      text = blocks.pop();
      for (const block of blocks) {
        const line = /^data: (.*)$/m.exec(block);
        if (line) stream.seen.push(JSON.parse(line[1]));
      }
    }
  })().catch(() => {}).finally(() => (stream.ended = true));
  stream.event = (type, match = () => true, limitMs) =>
    until(`event ${type}`, () => stream.seen.find((event) => event.type === type && match(event)), limitMs);
  return stream;
}

/** {status, body, headers} of one request. */
export async function request(url, method, path, body, headers = {}) {
  const response = await fetch(url + path, { method,
    headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
  const text = await response.text();
  const json = /json/.test(response.headers.get('content-type') || '') && text ? JSON.parse(text) : text;
  return { status: response.status, body: json, headers: response.headers };
}

/** A session whose events are collected by long-poll. */
export async function openSession(gateway, endpoint) {
  const { status, body } = await gateway.api('POST', '/v1/sessions', endpoint ? { endpoint } : {});
  if (status !== 201) throw new Error(`no session: ${status} ${JSON.stringify(body)}`);
  const session = { ...body, seen: [], open: true };
  const auth = { Authorization: `Bearer ${body.token}` };
  session.api = (method, path, json) => gateway.api(method, path, json, auth);
  (async () => {
    for (let after = ''; session.open;) {
      const answer = await session.api('GET', `/v1/sessions/${body.id}/events?wait_ms=5000${after && `&after=${after}`}`).catch(() => null);
      if (!answer || answer.status !== 200) break;
      for (const event of answer.body.items) {
        session.seen.push(event);
        after = event.id;
      }
    }
  })();
  session.event = (type, match = () => true) =>
    until(`event ${type}`, () => session.seen.find((event) => event.type === type && match(event)));
  return session;
}
