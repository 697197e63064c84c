// SIPp with a scenario file of sipp/.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './check.mjs';

const folder = join(new URL('.', import.meta.url).pathname, '..', 'sipp');

/** A SIPp that serves (no target) or calls target. Its exit code is 0 when every call went as written; messages() is what it
 *  sent and received. */
export function startSipp(t, name, { port, target, user = 'alice', calls = 1, args = [], scenario = name, address = '127.0.0.1' } = {}) {
  const log = join(t.out, `sipp-${name}-messages.log`);
  const child = t.spawn(`sipp-${name}`, 'sipp', [...(target ? [target] : []), '-sf', join(folder, `${scenario}.xml`), '-i', address,
    '-p', String(port), '-mi', address, '-s', user, '-m', String(calls), '-l', String(Math.max(calls, 10)), '-nostdin',
    '-timeout', '60', '-timeout_error', '-trace_err', '-error_file', join(t.out, `sipp-${name}-errors.log`), '-trace_msg',
    '-message_file', log, ...args], { cwd: t.out });
  child.messages = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  return child;
}

/** Waits until that port is taken: it stands in /proc/net. */
export const listening = (port, protocol = 'udp') => until(`port ${port} to be taken`, () =>
  [protocol, `${protocol}6`].some((file) => readFileSync(`/proc/net/${file}`, 'utf8')
    .includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} `)));
