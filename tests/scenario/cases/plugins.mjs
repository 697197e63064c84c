// Plugins from outside the tree: the sample builds against the installed header and works; plugins that do not fit are
// refused with a clear message, and the gateway runs on.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { check, equal, until } from '../lib/check.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { openChromium } from '../lib/chromium.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = (command, args, env = {}) => execFileSync(command, args, { env: { ...process.env, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const broken = {
  wrong_abi: `#include <causeway/cw_plugin.h>
    CW_PLUGIN_EXPORT const struct cw_plugin cw_plugin_entry = {.abi_major = CW_ABI_MAJOR + 1, .size = sizeof(struct cw_plugin), .name = "wrong_abi"};`,
  no_symbol: 'int something_else;',
  bad_init: `#include <causeway/cw_plugin.h>
    #include <string.h>
    static int init(const struct cw_host *h, void **s, struct cw_plugin_error *e) { (void)h, (void)s; strcpy(e->detail, "no licence found"); return CW_RESULT_FAILED; }
    static void fini(void *s) { (void)s; }
    static const struct cw_app app;
    CW_PLUGIN_EXPORT const struct cw_plugin cw_plugin_entry = {.abi_major = CW_ABI_MAJOR, .abi_minor = CW_ABI_MINOR,
      .size = sizeof(struct cw_plugin), .name = "bad_init", .version = "1", .description = "", .init = init, .fini = fini, .app = &app};`,
};

export default async function (t) {
  const stage = join(t.out, 'installed');
  const plugins = join(t.out, 'plugins');
  mkdirSync(plugins, { recursive: true });
  run('make', ['-C', t.build, '-s', 'install-data', `DESTDIR=${stage}`]);
  const prefix = /^prefix = (.*)$/m.exec(run('grep', ['^prefix =', join(t.build, 'Makefile')]))[1];
  const flags = run('pkg-config', ['--cflags', 'causeway'], { PKG_CONFIG_SYSROOT_DIR: stage,
    PKG_CONFIG_PATH: join(stage, prefix, 'lib', 'pkgconfig') }).trim().split(/\s+/);
  const build = (source, name) => run('cc', ['-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', ...flags, '-o', join(plugins, `${name}.so`), source]);
  copyFileSync(join(root, 'docs', 'sample-plugin', 'shout.c'), join(t.out, 'shout.c'));
  build(join(t.out, 'shout.c'), 'shout');
  for (const [name, text] of Object.entries(broken)) {
    writeFileSync(join(t.out, `${name}.c`), text);
    build(join(t.out, `${name}.c`), name);
  }
  // The sample configuration has a section for it.
  copyFileSync(join(t.build, 'plugins', '.libs', 'sip.so'), join(plugins, 'sip.so'));
  const gateway = await startGateway(t, { CAUSEWAY_PLUGINS_DIR: plugins, CAUSEWAY_SHOUT_LIMIT: '5',
    CAUSEWAY_PLUGINS_LOAD: 'shout,wrong_abi,no_symbol,bad_init,not_there' });

  await t.test('plugins: those that do not fit are refused and the gateway runs on', async () => {
    for (const text of [/plugin=wrong_abi reason="built for plugin ABI 2\.0, this gateway has 1\.\d+"/,
      /plugin=no_symbol reason=".* has no symbol cw_plugin_entry"/, /plugin=bad_init reason="init failed: no licence found"/,
      /plugin=not_there reason=".*not_there\.so: cannot open/]) check(text.test(gateway.log()), `the log says ${text}`);
    equal((await gateway.api('GET', '/v1')).body.plugins.map((p) => p.name), ['shout'], 'plugins');
  });

  await t.test('plugins: the sample, built out of tree, answers with its configured limit', async () => {
    const { page } = await openChromium(t, gateway.url);
    const answer = await page.evaluate(async () => {
      const { Causeway } = await import('/causeway.js');
      const session = await new Causeway().connect();
      let channel;
      await session.join('shout', { prepare: (pc) => (channel = pc.createDataChannel('talk')) });
      await new Promise((done) => (channel.onopen = done));
      channel.send('hello there');
      return new Promise((done) => (channel.onmessage = ({ data }) => done(data)));
    });
    equal(answer, 'HELLO', 'answer');
  });
  await until('no crash', async () => (await fetch(`${gateway.url}/healthz`)).ok);
}
