// Which codecs a browser offers, and what the gateway makes of them.

/** Runs in the page before anything else: of audio it offers and takes Opus (and telephone-event) alone. */
export function onlyOpus() {
  const connection = RTCPeerConnection.prototype;
  const codecs = RTCRtpReceiver.getCapabilities('audio').codecs.filter((c) => /opus|telephone-event/i.test(c.mimeType));
  for (const name of ['createOffer', 'createAnswer', 'setLocalDescription']) {
    const original = connection[name];
    connection[name] = function (...args) {
      for (const transceiver of this.getTransceivers())
        if (transceiver.receiver.track.kind === 'audio') transceiver.setCodecPreferences(codecs);
      return original.apply(this, args);
    };
  }
}

/** The sum of a metric over all workers. */
export async function metric(gateway, name) {
  const text = (await gateway.api('GET', '/metrics')).body;
  const lines = [...text.matchAll(new RegExp(`^causeway_${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  if (!lines.length) throw new Error(`no metric ${name}`);
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
}
