// Functions that run in a page of any browser: an echo peer with sound, picture and a data channel.
// They find each other through globalThis.echoTest.

/** Opens a session and joins echo. with: {video, data}. */
export async function openEcho({ video, data }) {
  const { Causeway } = await import('/causeway.js');
  const echo = (globalThis.echoTest ||= { events: [] });
  if (!echo.gateway) {
    echo.gateway = new Causeway();
    echo.gateway.addEventListener('event', ({ detail }) => echo.events.push(detail));
    await echo.gateway.connect();
    const context = new AudioContext();
    context.resume();
    const tone = context.createOscillator();
    const out = context.createMediaStreamDestination();
    tone.frequency.value = 800;
    tone.connect(out);
    tone.start();
    const canvas = document.createElement('canvas');
    const paint = canvas.getContext('2d');
    let frame = 0;
    setInterval(() => {
      paint.fillStyle = `hsl(${(frame += 7) % 360} 80% 50%)`;
      paint.fillRect(0, 0, 160, 120);
    }, 66);
    Object.assign(canvas, { width: 160, height: 120 });
    echo.audio = out.stream;
    echo.video = canvas.captureStream(15);
  }
  echo.received = [];
  echo.peer = await echo.gateway.join('echo', { prepare: (pc) => {
    pc.addTrack(echo.audio.getAudioTracks()[0], echo.audio);
    if (video) pc.addTrack(echo.video.getVideoTracks()[0], echo.video);
    if (!data) return;
    echo.channel = pc.createDataChannel('talk');
    echo.channel.binaryType = 'arraybuffer';
    echo.channel.onmessage = (event) => echo.received.push(event.data);
  } });
  const screen = document.createElement('video');
  Object.assign(screen, { srcObject: echo.peer.remoteStream, muted: true, autoplay: true });
  document.body.append(screen);
  screen.play().catch(() => {});
  return echo.peer.id;
}

/** What has come back so far, and what may be sent. */
export async function echoStats() {
  const found = { frames: 0, audioPackets: 0, audioBytes: 0, available: 0, videoPackets: 0 };
  for (const report of (await globalThis.echoTest.peer.pc.getStats()).values()) {
    if (report.type === 'inbound-rtp' && report.kind === 'video') {
      found.frames += report.framesDecoded || 0;
      found.videoPackets += report.packetsReceived;
    }
    if (report.type === 'inbound-rtp' && report.kind === 'audio') {
      found.audioPackets += report.packetsReceived;
      found.audioBytes += report.bytesReceived;
    }
    if (report.type === 'candidate-pair' && report.nominated) found.available = report.availableOutgoingBitrate || 0;
  }
  return found;
}

/** Sends a text and binaries of these sizes; [what went equals what came, …]. */
export async function echoData(sizes) {
  const { channel, received } = globalThis.echoTest;
  const digest = async (bytes) => Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).join();
  const wait = async (condition) => {
    for (const end = Date.now() + 20000; !condition() && Date.now() < end;) await new Promise((done) => setTimeout(done, 20));
  };
  await wait(() => channel.readyState === 'open');
  received.length = 0;
  channel.send('grüße, 世界');
  const sent = sizes.map((size) => Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 255));
  for (const bytes of sent) channel.send(bytes);
  await wait(() => received.length === sizes.length + 1);
  const equal = [received[0] === 'grüße, 世界'];
  for (let i = 0; i < sent.length; i++)
    equal.push(received[i + 1] instanceof ArrayBuffer && (await digest(received[i + 1])) === (await digest(sent[i])));
  return equal;
}

/** PATCH of the options: the peer, or {status, code, pointer} of the refusal. */
export async function echoOptions(patch) {
  try {
    return await globalThis.echoTest.peer.options(patch);
  } catch (error) {
    return { status: error.status, code: error.code, pointer: error.pointer };
  }
}

/** Adds the video to a peer without one, and offers again. */
export async function echoAddVideo() {
  const { peer, video } = globalThis.echoTest;
  peer.pc.addTrack(video.getVideoTracks()[0], video);
  await peer.renegotiate();
}

/** Adds a data channel to a peer without one, and offers again. */
export async function echoAddData() {
  const echo = globalThis.echoTest;
  echo.channel = echo.peer.pc.createDataChannel('later');
  echo.channel.binaryType = 'arraybuffer';
  echo.channel.onmessage = (event) => echo.received.push(event.data);
  await echo.peer.renegotiate();
}

/** ICE restart: the gateway's [ice-ufrag before, after]. */
export async function echoRestart() {
  const { peer } = globalThis.echoTest;
  const ufrag = () => /a=ice-ufrag:(\S+)/.exec(peer.pc.currentRemoteDescription.sdp)[1];
  const before = ufrag();
  await peer.renegotiate({ iceRestart: true });
  return [before, ufrag()];
}

export async function echoClose() {
  await globalThis.echoTest.peer.close();
}

/** The types of a peer's events so far, in order; repeated ones once. */
export function echoEvents(peer) {
  const types = globalThis.echoTest.events.filter((event) => event.peer === peer).map((event) => event.type);
  return types.filter((type, i) => types.indexOf(type) === i);
}
