// Talk-off: an hour of speech, by several voices, has no digit in it.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../lib/check.mjs';

const root = join(new URL('.', import.meta.url).pathname, '..', '..', '..');
const VOICES = ['en+m3', 'en+f2', 'de+m1', 'fr+f4', 'en+m7', 'es+f1'];

export default async function (t) {
  const text = join(t.out, 'text.txt');
  writeFileSync(text, ['README.md', 'LICENSE', 'docs/plugins.md', 'tests/bench/README.md'].map((name) => readFileSync(join(root, name), 'utf8')).join('\n'));
  await t.test('dtmf: an hour of speech has no digit', () => {
    let minutes = 0;
    for (let i = 0; minutes < 60; i++) {
      const say = `espeak-ng -v ${VOICES[i % VOICES.length]} -s ${130 + 5 * (i % 9)} -f ${text} --stdout | sox -q -t wav - -r 8000 -c 1 -b 16 -e signed -t raw -`;
      const said = execFileSync('sh', ['-c', `${say} | ${join(t.build, 'tests', 'bench', 'talk_off')}`]).toString();
      const [, spoken, digits] = /minutes=(\d+) digits=(\d+)/.exec(said).map(Number);
      check(spoken > 0, `nothing was said: ${said}`);
      check(digits === 0, `${digits} digits in ${spoken} minutes of ${VOICES[i % VOICES.length]}`);
      minutes += spoken;
    }
  });
}
