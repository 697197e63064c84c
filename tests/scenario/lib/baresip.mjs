// baresip: a real SIP phone that plays a tone, records what it hears and is driven over its TCP control port.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from './check.mjs';
import { dominant, readWav } from './sound.mjs';

const MODULES = '/usr/lib/baresip/modules';
let count = 0;

const config = ({ port, control, toneHz, folder, codecs, extra }) => `
sip_listen 127.0.0.1:${port}
call_local_timeout 120
call_max_calls 12
audio_player aubridge,nil
audio_source ausine,${toneHz}
audio_alert aubridge,nil
ausrc_srate 48000
auplay_srate 48000
ausrc_channels 2
auplay_channels 2
audio_level no
rtp_timeout 0
module_path ${MODULES}
${['stdio.so', 'g711.so', 'g722.so', 'opus.so', 'ausine.so', 'aubridge.so', 'sndfile.so', 'srtp.so'].map((m) => `module ${m}`).join('\n')}
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${control}
snd_path ${folder}
${extra}
`;

/** A phone at sip:USER@127.0.0.1:PORT. account: extra account parameters (";regint=0;answermode=auto"). */
export async function startBaresip(t, { user = 'bob', port = 5070, toneHz = 440, codecs = 'PCMU/8000/1', account = ';answermode=auto',
  aor, extra = '', srtp = false } = {}) {
  const folder = join(t.out, `baresip-${user}-${++count}`);
  const control = 4440 + count;
  let judged = '';
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config'), config({ port, control, toneHz, folder, codecs, extra }));
  writeFileSync(join(folder, 'accounts'),
    `<${aor || `sip:${user}@127.0.0.1:${port}`}>;regint=0;audio_codecs=${codecs}${srtp ? ';mediaenc=srtp-mand' : ''}${account}\n`);
  writeFileSync(join(folder, 'contacts'), '');
  const child = t.spawn(`baresip-${user}`, 'baresip', ['-f', folder], { cwd: folder });
  await until('baresip to listen', () => /baresip is ready/.test(child.text));
  return { child, uri: `sip:${user}@127.0.0.1:${port}`,
    command: (command, params = '') => control_(control, command, params),
    /** Waits until what it heard in its newest call is a tone of that frequency. Once a call. */
    heard: (hz) => until(`baresip to hear ${hz} Hz`, () => {
      const file = readdirSync(folder).filter((name) => /-dec\.wav$/.test(name)).sort().pop();
      if (!file || file === judged) return null;
      const { rate, samples } = readWav(join(folder, file));
      if (samples.length < rate) return null;
      const found = dominant(samples, rate);
      if (Math.abs(found.hz - hz) > 15 || found.share < 0.5) return null;
      judged = file;
      return found;
    }, 25000) };
}

function control_(port, command, params) {
  const body = JSON.stringify({ command, params, token: 't' });
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${body.length}:${body},`));
    let text = '';
    socket.on('data', (data) => {
      text += data;
      if (/"response":true/.test(text)) {
        socket.end();
        done(text);
      }
    });
    socket.on('error', fail);
  });
}
