// The softphone page: a small user of /causeway.js that can be read as an example of it.
import { Causeway } from '/causeway.js';

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const KEYS = '123456789*0#';
const EVENTS_SHOWN = 100;
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

let gateway = /** @type {Causeway|null} */ (null);
let call = /** @type {import('/causeway.js').Call|null} */ (null); // the one that is on, or rings
let microphone = /** @type {MediaStream|null} */ (null);
let ticker = 0;
let ring = /** @type {{stop: () => void}|null} */ (null);

// ---- what is shown

function show() {
  const ringing = call?.direction === 'incoming' && call.state === 'ringing' && !call.answering;
  $('register').hidden = !!gateway;
  $('dial').hidden = !gateway || !!call;
  $('incoming').hidden = !ringing;
  $('call').hidden = !call || ringing;
  if (!call) return;
  $('call-state').textContent = { dialing: 'calling…', early: 'ringing…', ringing: 'ringing…', answered: 'connected',
    held: 'on hold' }[call.state] || call.state;
  $('call-party').textContent = call.direction === 'incoming' ? call.display || call.from : call.to;
  $('incoming-from').textContent = call.display ? `${call.display} (${call.from})` : call.from || '';
  $('hold').setAttribute('aria-pressed', String(call.state === 'held'));
  $('hold').textContent = call.state === 'held' ? 'Resume' : 'Hold';
  $('hold').disabled = !['answered', 'held'].includes(call.state) || /^app:/.test(call.to || '');
  $('mute').setAttribute('aria-pressed', String(call.muted));
  $('mute').textContent = call.muted ? 'Unmute' : 'Mute';
  document.title = ringing ? '☎ Incoming call' : 'Causeway softphone';
}

function status(/** @type {string} */ text, /** @type {string} */ kind = '') {
  $('status').textContent = text;
  $('status').dataset.kind = kind;
}

function problem(/** @type {any} */ error) {
  const text = error?.name === 'NotAllowedError' ? 'The browser did not allow the microphone.' : error?.message || String(error);
  $('problem').textContent = text;
  $('problem').hidden = !text;
}

function note(/** @type {any} */ event) {
  const item = document.createElement('li');
  const data = { ...event.data, description: undefined };
  item.textContent = `${event.time.slice(11, 23)} ${event.type} ${JSON.stringify(data)}`;
  $('events').prepend(item);
  while ($('events').childElementCount > EVENTS_SHOWN) $('events').lastElementChild.remove();
}

// Runs what a control does, and shows what went wrong.
const action = (/** @type {(...args: any[]) => any} */ work) => async (/** @type {any} */ event) => {
  event?.preventDefault?.();
  problem('');
  try {
    await work(event);
  } catch (error) {
    problem(error);
  }
  show();
};

// ---- sound

async function openMicrophone() {
  if (!navigator.mediaDevices) throw new Error('The browser gives the microphone only to https pages and to localhost.');
  const plain = new URLSearchParams(location.search).has('raw'); // measuring: no processing
  const audio = plain ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false } : SOUND;
  microphone ||= await navigator.mediaDevices.getUserMedia({ audio });
  return microphone;
}

function closeMicrophone() {
  microphone?.getTracks().forEach((track) => track.stop());
  microphone = null;
}

// Two short tones every three seconds, until stopped.
function startRinging() {
  const context = new AudioContext();
  const beep = () => [0, 0.4].forEach((at) => {
    const tone = context.createOscillator();
    const level = context.createGain();
    tone.frequency.value = 440;
    level.gain.value = 0.1;
    tone.connect(level).connect(context.destination);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.25);
  });
  const timer = setInterval(beep, 3000);
  beep();
  return { stop: () => (clearInterval(timer), context.close()) };
}

// ---- calls

function begin(/** @type {any} */ next) {
  call = next;
  next.addEventListener('state', () => changed(next));
  changed(next);
}

function changed(/** @type {any} */ which) {
  if (which !== call) return;
  const ringing = call?.direction === 'incoming' && call.state === 'ringing' && !call.answering;
  if (ringing) ring ||= startRinging();
  else ring = (ring?.stop(), null);
  if (call?.state === 'ended') {
    const { cause } = call;
    problem(cause?.sip ? `Call ended: ${cause.code} (SIP ${cause.sip.status} ${cause.sip.reason})` : `Call ended: ${cause?.code}`);
    call = null;
    clearInterval(ticker);
    closeMicrophone();
    $('sound').srcObject = null;
  } else if (call && !ringing) {
    $('sound').srcObject = call.remoteStream;
    clearInterval(ticker);
    ticker = setInterval(tick, 1000);
    if (call.state === 'answered') call.since ||= Date.now();
  }
  show();
}

async function dial(/** @type {string} */ to) {
  if (!gateway || call) return;
  const target = /^[a-z]+:/i.test(to) ? to : /^[+\d]+$/.test(to) ? `tel:${to}` : `sip:${to}`;
  begin(await gateway.call(target, { stream: await openMicrophone() }));
}

async function answer() {
  if (!call || call.answering) return;
  call.answering = true;
  try {
    await call.answer({ stream: await openMicrophone() });
  } finally {
    if (call) changed(call);
  }
}

function onIncoming(/** @type {any} */ next) {
  if (call) next.reject(486).catch(problem); // one call at a time
  else begin(next);
}

// ---- the line of numbers

async function tick() {
  if (!call) return;
  const seconds = call.since ? Math.floor((Date.now() - call.since) / 1000) : 0;
  $('call-time').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  /** @type {any} */ let received, remote, codec;
  const report = await call.peer.pc.getStats();
  report.forEach((s) => {
    if (s.type === 'inbound-rtp' && s.kind === 'audio') received = s;
    if (s.type === 'remote-inbound-rtp') remote = s;
  });
  if (received) codec = report.get(received.codecId);
  const total = received ? received.packetsReceived + received.packetsLost : 0;
  $('q-codec').textContent = codec ? codec.mimeType.replace('audio/', '') : '–';
  $('q-loss').textContent = total ? `${((100 * received.packetsLost) / total).toFixed(1)} %` : '–';
  $('q-jitter').textContent = received ? `${Math.round(received.jitter * 1000)} ms` : '–';
  $('q-rtt').textContent = remote?.roundTripTime !== undefined ? `${Math.round(remote.roundTripTime * 1000)} ms` : '–';
}

// ---- controls

async function register() {
  const endpoint = $('endpoint').value.trim();
  const next = new Causeway({ endpoint, key: $('key').value || undefined });
  next.addEventListener('incoming', (e) => onIncoming(/** @type {CustomEvent} */ (e).detail));
  next.addEventListener('event', (e) => note(/** @type {CustomEvent} */ (e).detail));
  next.addEventListener('open', () => status(`registered as ${endpoint}`, 'good'));
  next.addEventListener('lost', () => status('connection lost, trying again…', 'bad'));
  next.addEventListener('closed', () => {
    gateway = null;
    status('the session has ended', 'bad');
    show();
  });
  status('registering…');
  try {
    await next.connect();
  } catch (error) {
    status('not registered');
    throw error;
  }
  gateway = next;
  localStorage.setItem('causeway.endpoint', endpoint);
  $('to').focus();
}

async function hold() {
  if (call) await (call.state === 'held' ? call.resume() : call.hold());
}

async function press(/** @type {string} */ key) {
  const button = document.querySelector(`[data-key="${key}"]`);
  button?.classList.add('pressed');
  setTimeout(() => button?.classList.remove('pressed'), 150);
  await call?.dtmf(key);
}

function onKey(/** @type {KeyboardEvent} */ event) {
  if (!call || event.ctrlKey || event.metaKey || event.altKey || /** @type {any} */ (event.target).tagName === 'INPUT') return;
  const key = event.key.toUpperCase();
  if (KEYS.includes(key) && key.length === 1) action(() => press(key))(null);
  else if (key === 'M') $('mute').click();
  else if (key === 'H') $('hold').click();
  else if (key === 'ESCAPE') (call.state === 'ringing' && call.direction === 'incoming' ? $('decline') : $('hangup')).click();
}

for (const key of KEYS) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = key;
  button.dataset.key = key;
  button.addEventListener('click', action(() => press(key)));
  $('keypad').append(button);
}
$('register-form').addEventListener('submit', action(register));
$('dial-form').addEventListener('submit', action(() => dial($('to').value.trim())));
$('echo').addEventListener('click', action(() => dial('app:echo')));
$('answer').addEventListener('click', action(answer));
$('decline').addEventListener('click', action(() => call?.reject()));
$('hangup').addEventListener('click', action(() => call?.hangup()));
$('mute').addEventListener('click', action(() => call?.mute(!call.muted)));
$('hold').addEventListener('click', action(hold));
$('endpoint').addEventListener('input', () => {
  $('address-hint').textContent = `sip:${$('endpoint').value || 'alice'}@${location.hostname}`;
});
document.addEventListener('keydown', onKey);
$('endpoint').value = new URLSearchParams(location.search).get('endpoint') || localStorage.getItem('causeway.endpoint') || '';
$('endpoint').dispatchEvent(new Event('input'));
show();
