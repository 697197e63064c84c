// Causeway's client for browsers: sessions, peers, calls and events of the REST API (v1) as promises and EventTargets.
// An ES module without a build step: import { Causeway } from '/causeway.js';
//
//   const gateway = new Causeway({ endpoint: 'alice' });
//   await gateway.connect();
//   gateway.addEventListener('incoming', ({ detail: call }) => call.answer({ stream }));
//   const call = await gateway.call('sip:bob@192.0.2.7', { stream });
//   call.addEventListener('state', () => console.log(call.state));

/** @typedef {{id: string, type: string, time: string, seq: number, session: string, peer?: string, call?: string,
 *             data: Object<string, any>}} CausewayEvent */
/** @typedef {{code: string, by: string, sip?: {status: number, reason: string}}} Cause */

const ORPHANS_MAX = 64; // events of objects whose creation has not been answered yet

/** The id of the object that an event is for: a call's peer has events of its own. @param {CausewayEvent} event */
function target(event) {
  return event.type.startsWith('peer.') || event.type === 'dtmf' ? event.peer : event.call || event.peer;
}

/** A problem document of the API (RFC 9457). */
export class CausewayError extends Error {
  /** @param {number} status @param {any} problem */
  constructor(status, problem) {
    super(problem?.detail || problem?.title || `HTTP ${status}`);
    this.name = 'CausewayError';
    this.status = status;
    /** Stable word: "endpoint_taken". */
    this.code = problem?.code || 'http_error';
    /** JSON Pointer of the field at fault, or ''. */
    this.pointer = problem?.pointer || '';
    this.sip = problem?.sip;
  }
}

/** One WebRTC connection with the gateway. Events: 'track' (detail: RTCTrackEvent), 'state'. */
export class Peer extends EventTarget {
  /** @param {Causeway} gateway @param {RTCConfiguration} [configuration] */
  constructor(gateway, configuration) {
    super();
    this.gateway = gateway;
    this.id = '';
    this.state = 'new';
    this.pc = new RTCPeerConnection({ iceServers: gateway.iceServers, ...configuration });
    this.remoteStream = new MediaStream();
    this.waiting = /** @type {(RTCIceCandidate|null)[]} */ ([]);
    this.early = /** @type {(RTCIceCandidateInit|null)[]} */ ([]);
    this.trickle = true;
    this.pc.ontrack = (event) => {
      this.remoteStream.addTrack(event.track);
      this.dispatchEvent(new CustomEvent('track', { detail: event }));
    };
    this.pc.onicecandidate = ({ candidate }) => this.#candidate(candidate);
  }

  /** The browser's offer, ready to be posted: nothing is gathered first, the gateway needs no candidates. */
  async offer() {
    await this.pc.setLocalDescription();
    return { type: 'offer', sdp: this.pc.localDescription?.sdp };
  }

  /** Answers an offer of the gateway. @param {RTCSessionDescriptionInit} description */
  async answerTo(description) {
    await this.#setRemote(description);
    await this.pc.setLocalDescription();
    return { type: 'answer', sdp: this.pc.localDescription?.sdp };
  }

  /** @param {string} id @param {RTCSessionDescriptionInit} [answer] */
  async attach(id, answer) {
    if (answer) await this.#setRemote(answer);
    this.id = id;
    this.gateway.register(id, (event) => this.handle(event));
    for (const candidate of this.waiting.splice(0)) this.#candidate(candidate);
  }

  /** Offers again: after tracks were added or removed, or with { iceRestart: true } for a new network path.
   *  @param {{iceRestart?: boolean}} [options] */
  async renegotiate({ iceRestart = false } = {}) {
    if (iceRestart) this.pc.restartIce();
    await this.#setRemote(await this.gateway.request('PUT', `/v1/peers/${this.id}/description`, await this.offer()));
  }

  /** @param {Object<string, any>} patch */
  options(patch) {
    return this.gateway.request('PATCH', `/v1/peers/${this.id}/options`, patch);
  }

  /** What the gateway counts on this connection. */
  stats() {
    return this.gateway.request('GET', `/v1/peers/${this.id}/stats`);
  }

  /** Ends it at both ends: at the gateway first, which else would hear of it from the closing connection. */
  async close() {
    if (this.id) await this.gateway.request('DELETE', `/v1/peers/${this.id}`).catch(() => {});
    this.dispose();
  }

  /** Closes the browser's end only. */
  dispose() {
    this.gateway.forget(this.id);
    this.pc.close();
  }

  /** @param {CausewayEvent} event */
  async handle(event) {
    if (event.type === 'peer.description') {
      const answer = await this.answerTo(event.data.description);
      await this.gateway.request('PUT', `/v1/peers/${this.id}/description`, answer);
    } else if (event.type === 'peer.candidate') {
      await this.#addRemote(event.data.candidate);
    } else if (/^peer\.(connecting|connected|disconnected|failed|closed)$/.test(event.type)) {
      this.state = event.type.slice(5);
      this.dispatchEvent(new CustomEvent('state', { detail: event }));
    }
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #setRemote(description) {
    this.trickle = !description.sdp?.includes('a=ice-lite');
    await this.pc.setRemoteDescription(description);
    for (const candidate of this.early.splice(0)) await this.#addRemote(candidate);
  }

  /** A candidate of the gateway. One that overtakes the description it belongs to waits for it.
   *  @param {RTCIceCandidateInit|null} candidate */
  async #addRemote(candidate) {
    const sdp = this.pc.remoteDescription?.sdp;
    const ufrag = candidate?.usernameFragment;
    if (!sdp || (ufrag && !sdp.includes(`a=ice-ufrag:${ufrag}`))) this.early.push(candidate);
    else await this.pc.addIceCandidate(candidate || undefined);
  }

  /** @param {RTCIceCandidate|null} candidate */
  #candidate(candidate) {
    if (!this.id) this.waiting.push(candidate);
    else if (this.trickle)
      this.gateway.request('POST', `/v1/peers/${this.id}/candidates`, candidate && candidate.toJSON()).catch(() => {});
  }
}

/** A call. Events: 'state' (this.state has changed), 'track', 'message' (detail: text), 'event' (every event of it). */
export class Call extends EventTarget {
  /** @param {Causeway} gateway @param {{id?: string, state: string, direction: string, to?: string, from?: string}} about */
  constructor(gateway, about) {
    super();
    this.gateway = gateway;
    this.id = about.id || '';
    this.state = about.state;
    this.direction = about.direction;
    this.to = about.to;
    this.from = about.from;
    this.display = '';
    this.muted = false;
    /** @type {Cause|undefined} */
    this.cause = undefined;
    /** @type {RTCSessionDescriptionInit|undefined} the gateway's offer, of an incoming call */
    this.description = undefined;
    this.peer = new Peer(gateway);
    this.peer.addEventListener('track', (e) =>
      this.dispatchEvent(new CustomEvent('track', { detail: /** @type {CustomEvent} */ (e).detail })));
  }

  get remoteStream() {
    return this.peer.remoteStream;
  }

  /** Takes an incoming call. @param {{stream: MediaStream}} media */
  async answer({ stream }) {
    if (!this.description) throw new Error('only an incoming call can be answered');
    for (const track of stream.getAudioTracks()) this.peer.pc.addTrack(track, stream);
    const description = await this.peer.answerTo(this.description);
    await this.verb('answer', { description });
  }

  /** @param {number} [status] SIP status, 603 by default */
  reject(status) {
    return this.verb('reject', status ? { status } : {});
  }

  hold() {
    return this.verb('hold');
  }

  resume() {
    return this.verb('resume');
  }

  /** Stops or lets go what the microphone sends. @param {boolean} muted */
  mute(muted = true) {
    this.muted = muted;
    for (const sender of this.peer.pc.getSenders()) if (sender.track?.kind === 'audio') sender.track.enabled = !muted;
  }

  /** Sends digits: from the browser (RFC 4733), or by the gateway where the browser cannot.
   *  @param {string} digits @param {number} [durationMs] @param {number} [gapMs] */
  async dtmf(digits, durationMs = 120, gapMs = 70) {
    const sender = this.peer.pc.getSenders().find((s) => s.dtmf && s.track?.kind === 'audio');
    if (!sender?.dtmf?.canInsertDTMF) {
      await this.verb('dtmf', { digits, duration_ms: durationMs, gap_ms: gapMs });
      return;
    }
    sender.dtmf.insertDTMF(sender.dtmf.toneBuffer + digits, durationMs, gapMs);
  }

  /** @param {string} text */
  message(text) {
    return this.verb('message', { text });
  }

  async hangup() {
    if (this.state !== 'ended') await this.gateway.request('DELETE', `/v1/calls/${this.id}`).catch(() => {});
  }

  /** @param {string} name @param {Object<string, any>} [body] */
  verb(name, body = {}) {
    return this.gateway.request('POST', `/v1/calls/${this.id}/${name}`, body);
  }

  /** @param {CausewayEvent} event */
  handle(event) {
    const states = /** @type {Object<string, string>} */ ({
      'call.ringing': 'ringing', 'call.early': 'early', 'call.answered': 'answered', 'call.held': 'held',
      'call.resumed': 'answered', 'call.ended': 'ended',
    });
    if (event.type === 'call.transfer') this.#follow(event);
    if (event.type === 'call.ended' && event.call !== this.id) { // the other end of a transfer
      this.gateway.forget(event.call || '');
      return;
    }
    if (event.type === 'call.ended') {
      this.cause = event.data.cause;
      this.peer.dispose();
      this.gateway.forget(this.id);
    }
    if (event.type === 'call.message') this.dispatchEvent(new CustomEvent('message', { detail: event.data.text }));
    this.dispatchEvent(new CustomEvent('event', { detail: event }));
    const state = states[event.type];
    if (!state || state === this.state || (state === 'ringing' && this.state === 'early')) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: event }));
  }

  /** The far side has someone else called: that call has our peer, unless it fails. @param {CausewayEvent} event */
  #follow(event) {
    const { call, status, to } = event.data;
    if (status >= 300) {
      this.id = event.call || '';
    } else {
      if (status === 100) this.gateway.register(call, (e) => this.handle(e));
      this.id = call;
      this.to = to;
    }
  }
}

/** A session with the gateway. Events: 'open', 'lost' (the event stream is down and being retried), 'closed',
 *  'incoming' (detail: Call), 'event' (detail: every event of the session). */
export class Causeway extends EventTarget {
  /** @param {{url?: string, key?: string, endpoint?: string, metadata?: Object<string, any>}} [options]
   *  key: an API key or a client token; not needed on loopback without keys. */
  constructor({ url = globalThis.location?.origin, key, endpoint, metadata } = {}) {
    super();
    this.url = String(url).replace(/\/$/, '');
    this.key = key;
    this.endpoint = endpoint;
    this.metadata = metadata;
    this.session = '';
    this.token = '';
    this.iceServers = /** @type {RTCIceServer[]} */ ([]);
    /** @type {Map<string, (event: CausewayEvent) => any>} */
    this.objects = new Map();
    /** @type {CausewayEvent[]} */
    this.orphans = [];
    /** @type {EventSource|null} */
    this.source = null;
    this.onPageHide = () => this.#leave();
  }

  /** Creates the session and opens its event stream. */
  async connect() {
    const body = { ...(this.endpoint && { endpoint: this.endpoint }), ...(this.metadata && { metadata: this.metadata }) };
    const session = await this.request('POST', '/v1/sessions', body);
    this.session = session.id;
    this.token = session.token;
    this.iceServers = session.ice_servers || [];
    globalThis.addEventListener?.('pagehide', this.onPageHide);
    this.#listen();
    return this;
  }

  /** Ends the session with its peers and calls. */
  async close() {
    const { session } = this;
    this.#stop();
    if (session) await this.request('DELETE', `/v1/sessions/${session}`).catch(() => {});
    this.token = '';
  }

  /** Calls a SIP address, an application (app:echo) or whatever the gateway's plugins can dial.
   *  @param {string} to
   *  @param {{stream: MediaStream, from?: string, trunk?: string, headers?: Object<string, string>, codecs?: string[],
   *           timeout_ms?: number, metadata?: Object<string, any>}} options */
  async call(to, { stream, ...rest }) {
    const call = new Call(this, { state: 'dialing', direction: 'outgoing', to });
    for (const track of stream.getTracks()) call.peer.pc.addTrack(track, stream);
    try {
      const description = await call.peer.offer();
      const made = await this.request('POST', '/v1/calls', { to, session: this.session, description, ...rest });
      call.id = made.id;
      await call.peer.attach(made.peer, made.description);
      this.register(made.id, (event) => call.handle(event));
      return call;
    } catch (error) {
      call.peer.dispose();
      throw error;
    }
  }

  /** Joins an application plugin ("echo"). prepare(pc) adds tracks, transceivers and data channels.
   *  @param {string} plugin
   *  @param {{prepare: (pc: RTCPeerConnection) => any, options?: Object<string, any>}} setup */
  async join(plugin, { prepare, options }) {
    const peer = new Peer(this);
    try {
      await prepare(peer.pc);
      const description = await peer.offer();
      const body = { session: this.session, plugin, description, ...(options && { options }) };
      const made = await this.request('POST', '/v1/peers', body);
      await peer.attach(made.id, made.description);
      return peer;
    } catch (error) {
      peer.dispose();
      throw error;
    }
  }

  /** One request to the API. Throws CausewayError. @param {string} method @param {string} path @param {any} [body] */
  async request(method, path, body) {
    const bearer = this.token || this.key;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(bearer && { Authorization: `Bearer ${bearer}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text && /json/.test(response.headers.get('Content-Type') || '') ? JSON.parse(text) : undefined;
    if (!response.ok) throw new CausewayError(response.status, json);
    return json;
  }

  /** Events of the object `id` go to handler, also those that came before. Used by Peer and Call.
   *  @param {string} id @param {(event: CausewayEvent) => any} handler */
  register(id, handler) {
    this.objects.set(id, handler);
    const mine = this.orphans.filter((event) => target(event) === id);
    this.orphans = this.orphans.filter((event) => !mine.includes(event));
    for (const event of mine) handler(event);
  }

  /** @param {string} id */
  forget(id) {
    this.objects.delete(id);
  }

  #listen() {
    const source = new EventSource(`${this.url}/v1/sessions/${this.session}/events?access_token=${this.token}`);
    this.source = source;
    source.onopen = () => this.dispatchEvent(new Event('open'));
    source.onmessage = ({ data }) => this.#dispatch(JSON.parse(data));
    source.onerror = () => {
      if (this.source !== source) return;
      const over = source.readyState === EventSource.CLOSED; // the gateway no longer knows the session
      if (over) this.#stop();
      this.dispatchEvent(new Event(over ? 'closed' : 'lost'));
    };
  }

  /** @param {CausewayEvent} event */
  #dispatch(event) {
    this.dispatchEvent(new CustomEvent('event', { detail: event }));
    if (event.type === 'call.incoming') {
      this.#incoming(event);
      return;
    }
    const id = target(event);
    const handler = id && this.objects.get(id);
    if (handler) Promise.resolve(handler(event)).catch((error) => console.warn('causeway', event.type, error));
    else if (id && this.orphans.push(event) > ORPHANS_MAX) this.orphans.shift();
  }

  /** @param {CausewayEvent} event */
  #incoming(event) {
    const call = new Call(this, { id: event.call, state: 'ringing', direction: 'incoming', ...event.data });
    call.display = event.data.display || '';
    call.description = event.data.description;
    if (event.peer) call.peer.attach(event.peer);
    this.register(call.id, (e) => call.handle(e));
    this.dispatchEvent(new CustomEvent('incoming', { detail: call }));
  }

  #stop() {
    this.source?.close();
    this.source = null;
    this.session = '';
    globalThis.removeEventListener?.('pagehide', this.onPageHide);
  }

  #leave() {
    if (!this.session) return;
    fetch(`${this.url}/v1/sessions/${this.session}`,
      { method: 'DELETE', keepalive: true, headers: { Authorization: `Bearer ${this.token}` } }).catch(() => {});
    this.#stop();
  }
}
