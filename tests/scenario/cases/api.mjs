// The contract of the REST API: its errors, who may see what, and the three ways to read events.
import { request as httpRequest } from 'node:http';
import { check, equal, until } from '../lib/check.mjs';
import { chromiumOffer } from '../lib/browser-sdp.mjs';
import { follow, openSession, startGateway } from '../lib/gateway.mjs';
import { openWebSocket } from '../lib/websocket.mjs';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A request with headers that fetch() does not let one set. */
function raw(method, path, headers = {}, body = '') {
  return new Promise((done, fail) => {
    const wanted = httpRequest({ host: '127.0.0.1', port: 8080, method, path, headers: { 'Content-Length': Buffer.byteLength(body), ...headers } },
      (response) => {
        let text = '';
        response.on('data', (data) => (text += data));
        response.on('end', () => done({ status: response.statusCode, headers: response.headers,
          body: /json/.test(response.headers['content-type'] || '') ? JSON.parse(text) : text }));
      });
    wanted.on('error', fail);
    wanted.end(body);
  });
}

export default async function (t) {
  const gateway = await startGateway(t, { CAUSEWAY_PLUGINS_LOAD: 'echo', CAUSEWAY_SESSION_EXPIRES_MS: '30000' });
  const { api } = gateway;
  const problem = async (name, want, answer) => t.test(`api: ${name}`, async () => {
    const { status, body, headers } = await answer();
    const type = headers.get ? headers.get('content-type') : headers['content-type'];
    equal([status, body.code, ...(want.length > 2 ? [body.pointer] : [])], want, `answer ${JSON.stringify(body).slice(0, 300)}`);
    check(/^application\/problem\+json/.test(type), `its type is ${type}`);
    equal([body.status, typeof body.title, typeof body.detail, typeof body.type], [status, 'string', 'string', 'string'], 'problem');
  });
  const session = (await api('POST', '/v1/sessions', { endpoint: 'alice', metadata: { a: 1 } })).body;
  const other = (await api('POST', '/v1/sessions', {})).body;
  const as = (s) => ({ Authorization: `Bearer ${s.token}` });
  const newPeer = (sdp, extra = {}) => api('POST', '/v1/peers', { session: session.id, plugin: 'echo', description: { type: 'offer', sdp }, ...extra });
  const peer = (await newPeer(chromiumOffer().sdp)).body;

  await problem('malformed JSON', [400, 'malformed_json'], () => api('POST', '/v1/sessions', '{"endpoint":'));
  await problem('a name twice', [400, 'malformed_json'], () => api('POST', '/v1/sessions', '{"endpoint":"a","endpoint":"b"}'));
  await problem('unknown field', [400, 'unknown_field', '/endpiont'], () => api('POST', '/v1/sessions', { endpiont: 'a' }));
  await t.test('api: an unknown field gets a suggestion', async () => {
    const { detail } = (await api('POST', '/v1/sessions', { endpiont: 'a' })).body;
    check(/did you mean "endpoint"/.test(detail), detail);
  });
  await problem('wrong type', [400, 'wrong_type', '/endpoint'], () => api('POST', '/v1/sessions', { endpoint: 5 }));
  await problem('wrong type deep inside', [400, 'wrong_type', '/description/sdp'], () => newPeer(7));
  await problem('line break in a string', [400, 'invalid_value', '/to'], () => api('POST', '/v1/calls',
    { to: 'sip:a@b\r\nX: y', session: session.id, description: chromiumOffer() }));
  await problem('missing field', [400, 'missing_field', '/session'], () => api('POST', '/v1/peers', { plugin: 'echo' }));
  await problem('unknown session', [404, 'session_not_found', '/session'], () => api('POST', '/v1/peers', { session: 'ses_x', plugin: 'echo' }));
  await problem('unknown path', [404, 'not_found'], () => api('GET', '/v1/nothing'));
  await problem('unknown id', [404, 'not_found'], () => api('GET', '/v1/calls/call_x'));
  await t.test('api: 405 says what is allowed', async () => {
    const { status, headers } = await api('PUT', `/v1/sessions/${session.id}`, {});
    equal([status, headers.get('allow')?.split(/, */).sort().join()], [405, 'DELETE,GET,HEAD,OPTIONS'], 'answer');
  });
  await problem('a body above 256 kB', [413, 'body_too_large'], () => api('POST', '/v1/sessions', `{"metadata":{"a":"${'x'.repeat(262144)}"}}`));
  await problem('another type than JSON', [415, 'not_json'], () => api('POST', '/v1/sessions', 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }));
  await t.test('api: a bad SDP is refused with its line', async () => {
    const { status, body } = await newPeer(chromiumOffer().sdp.replace(/^m=audio .*$/m, 'm=audio nine UDP/TLS/RTP/SAVPF 111'));
    equal(status, 422, JSON.stringify(body));
    check(/line \d+/.test(body.detail), body.detail);
  });
  await t.test('api: an SDP above 64 kB and one with too many m-lines are refused', async () => {
    equal((await newPeer(chromiumOffer().sdp + 'a=x\r\n'.repeat(14000))).status, 413, 'long');
    const { status, body } = await newPeer(chromiumOffer().sdp + 'm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n'.repeat(64));
    equal(status, 422, JSON.stringify(body));
  });
  await problem('101 candidates', [400, 'too_long'], () => api('POST', `/v1/peers/${peer.id}/candidates`,
    Array.from({ length: 101 }, () => ({ candidate: '', sdpMid: '0' }))));
  await t.test('api: candidates as a browser gives them', async () => {
    const one = { candidate: 'candidate:1 1 udp 2122260223 10.0.0.1 50000 typ host', sdpMid: '0', sdpMLineIndex: 0 };
    for (const body of [one, [one, null], 'null']) equal((await api('POST', `/v1/peers/${peer.id}/candidates`, body)).status, 204, JSON.stringify(body));
  });
  await problem('endpoint taken', [409, 'endpoint_taken', '/endpoint'], () => api('POST', '/v1/sessions', { endpoint: 'alice' }));
  await problem('an answer where none is due', [409, 'wrong_state'], () =>
    api('PUT', `/v1/peers/${peer.id}/description`, { type: 'answer', sdp: chromiumOffer().sdp }));

  await t.test('api: the same Idempotency-Key gives the same answer', async () => {
    const key = { 'Idempotency-Key': 'one' };
    const first = await api('POST', '/v1/sessions', { metadata: { n: 1 } }, key);
    const again = await api('POST', '/v1/sessions', { metadata: { n: 1 } }, key);
    equal([first.status, again.status, again.body.id], [201, 201, first.body.id], 'answers');
    equal((await api('POST', '/v1/sessions', { metadata: { n: 2 } }, key)).status, 409, 'another body');
  });

  await t.test('api: a session\'s token reaches its own objects only', async () => {
    equal((await api('GET', `/v1/peers/${peer.id}`, undefined, as(session))).status, 200, 'own peer');
    equal((await api('GET', `/v1/peers/${peer.id}`, undefined, as(other))).status, 404, 'peer of another');
    equal((await api('GET', `/v1/sessions/${session.id}/events?wait_ms=0`, undefined, as(other))).status, 404, 'events of another');
    equal((await api('POST', '/v1/peers', { session: session.id, plugin: 'echo' }, as(other))).status, 404, 'peer in another');
    equal((await api('GET', '/v1/sessions', undefined, as(other))).status, 403, 'all sessions');
    equal((await api('GET', '/v1/events', undefined, as(other))).status, 403, 'all events');
    equal((await api('GET', '/v1/peers', undefined, as(other))).body.items, [], 'its peers');
    equal((await api('GET', `/v1/peers/${peer.id}`, undefined, { Authorization: 'Bearer nobody' })).status, 401, 'a token of nobody');
  });

  await t.test('api: without keys, pages and names of others are refused', async () => {
    equal((await raw('POST', '/v1/sessions', { ...JSON_TYPE, Origin: 'http://evil.example' }, '{}')).status, 403, 'Origin');
    equal((await raw('POST', '/v1/sessions', { ...JSON_TYPE, Origin: 'null' }, '{}')).status, 403, 'Origin null');
    equal((await raw('GET', '/v1', { Host: 'evil.example:8080' })).status, 403, 'Host');
    equal((await raw('GET', '/v1', { Host: 'localhost:8080', Origin: 'http://localhost:8080' })).status, 200, 'its own page');
  });

  await t.test('api: events by long-poll, by SSE with replay, by WebSocket', async () => {
    const path = `/v1/sessions/${session.id}/events`;
    const second = (await newPeer(chromiumOffer().sdp)).body;
    await api('DELETE', `/v1/peers/${second.id}`);
    const { items } = (await api('GET', `${path}?wait_ms=5000`)).body;
    const whole = await follow(gateway.url, `${path}?access_token=${session.token}`);
    await whole.event('peer.closed', (event) => event.peer === second.id);
    const ids = whole.seen.map((event) => event.id);
    equal(items.map((event) => event.id), ids.slice(0, items.length), 'long-poll');
    equal(whole.seen.map((event) => event.seq), whole.seen.map((_, i) => whole.seen[0].seq + i), 'seq rises by one');
    const rest = await follow(gateway.url, path, { ...as(session), 'Last-Event-ID': ids[0] });
    await until('the replay', () => rest.seen.length >= ids.length - 1);
    equal(rest.seen.map((event) => event.id), ids.slice(1), 'replayed by SSE');
    const socket = await openWebSocket(`${gateway.url}${path}?access_token=${session.token}&after=${ids[0]}`);
    equal(socket.status, 101, 'upgrade');
    await until('the messages', () => socket.messages.length >= ids.length - 1);
    equal(socket.messages.map((text) => JSON.parse(text).id), ids.slice(1), 'by WebSocket');
    equal((await openWebSocket(`${gateway.url}${path}?access_token=wrong`)).status, 401, 'a wrong token');
    for (const stream of [whole, rest, socket]) stream.close();
  });

  await t.test('api: a session that nobody uses ends, with its peers', async () => {
    equal(await gateway.stop(), 0, 'exit code');
    const short = await startGateway(t, { CAUSEWAY_PLUGINS_LOAD: 'echo', CAUSEWAY_SESSION_EXPIRES_MS: '2000' });
    const { body } = await short.api('POST', '/v1/sessions', {});
    const kept = await openSession(short);
    const events = await follow(short.url, '/v1/events', { 'Last-Event-ID': '0' });
    const made = await short.api('POST', '/v1/peers', { session: body.id, plugin: 'echo', description: chromiumOffer() });
    await events.event('peer.closed', (event) => event.peer === made.body.id);
    equal((await short.api('GET', `/v1/sessions/${body.id}`)).status, 404, 'the session');
    equal((await kept.api('GET', `/v1/sessions/${kept.id}`)).status, 200, 'a session with a reader');
    kept.open = false;
    events.close();
    equal(await short.stop(), 0, 'exit code');
  });

  await t.test('api: with keys, requests need one with the right scope', async () => {
    const keys = [{ NAME: 'server', KEY: 'k1-0123456789abcdef' }, { NAME: 'watcher', KEY: 'k2-0123456789abcdef', SCOPES: 'metrics' }];
    const settings = keys.flatMap((key, i) => Object.entries(key).map(([name, value]) => [`CAUSEWAY_API_KEYS_${i}_${name}`, value]));
    const closed = await startGateway(t, { CAUSEWAY_PLUGINS_LOAD: 'echo', ...Object.fromEntries(settings) });
    const bearer = (key) => ({ Authorization: `Bearer ${key}` });
    const none = await closed.api('POST', '/v1/sessions', {});
    equal([none.status, /^Bearer/.test(none.headers.get('www-authenticate') || '')], [401, true], 'no key');
    equal((await closed.api('POST', '/v1/sessions', {}, bearer('wrong'))).status, 401, 'wrong key');
    equal((await closed.api('POST', '/v1/sessions', {}, bearer(keys[1].KEY))).status, 403, 'key without the scope');
    equal((await closed.api('GET', '/metrics', undefined, bearer(keys[1].KEY))).status, 200, 'key with the scope');
    const made = await closed.api('POST', '/v1/sessions', {}, bearer(keys[0].KEY));
    equal(made.status, 201, 'key with every scope');
    equal((await closed.api('GET', `/v1/sessions/${made.body.id}`, undefined, as(made.body))).status, 200, 'session token');
    equal((await closed.api('GET', '/healthz')).status, 200, 'health is open');
  });
}
