// SIPp with a scenario file of sipp/.
import { join } from 'node:path';

const folder = join(new URL('.', import.meta.url).pathname, '..', 'sipp');

/** A SIPp that serves (no target) or calls target. Its exit code is 0 when every call went as written. */
export function startSipp(t, name, { port, target, user = 'alice', calls = 1, args = [], scenario = name } = {}) {
  return t.spawn(`sipp-${name}`, 'sipp', [...(target ? [target] : []), '-sf', join(folder, `${scenario}.xml`), '-i', '127.0.0.1',
    '-p', String(port), '-mi', '127.0.0.1', '-s', user, '-m', String(calls), '-l', String(Math.max(calls, 10)), '-nostdin',
    '-timeout', '60', '-timeout_error', '-trace_err', '-error_file', join(t.out, `sipp-${name}-errors.log`), '-trace_msg',
    '-message_file', join(t.out, `sipp-${name}-messages.log`), ...args]);
}
