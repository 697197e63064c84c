// Runs one case file: its default export gets a context `t`, whose helpers start peers and clean up after it.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const cleanups = [];

const t = {
  build: process.env.CW_BUILD,
  out: process.env.CW_OUT,
  /** Something to undo at the end, last first. */
  defer: (undo) => cleanups.push(undo),
  /** One named result; the case goes on after a failure. */
  async test(name, body) {
    try {
      await body();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`not ok ${name}: ${String(error.message).split('\n')[0]}`);
      console.log(error.stack);
    }
  },
  /** A process whose output goes to out/NAME.log; ended with the case. */
  spawn(name, command, args, options = {}) {
    const log = createWriteStream(join(t.out, `${name}.log`), { flags: 'a' });
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    child.text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => {
      child.text += data;
      log.write(data);
    });
    child.exited = new Promise((done) => child.on('close', (code, signal) => done(code ?? signal)));
    child.on('error', (error) => (child.text += error.message));
    t.defer(async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await child.exited;
      clearTimeout(timer);
    });
    return child;
  },
};

const { default: body } = await import(pathToFileURL(process.argv[2]).href);
let code = 0;
try {
  await body(t);
} catch (error) {
  console.log(`not ok ${process.argv[2].replace(/.*\/(.*)\.mjs$/, '$1')}: ${String(error.message).split('\n')[0]}`);
  console.log(error.stack);
  code = 1;
}
for (const undo of cleanups.reverse()) await Promise.resolve().then(undo).catch((error) => console.log(`# cleanup: ${error.message}`));
process.exit(code);
