// The digits of a browser to a phone that is a plain RTP receiver, by both browsers (FLOWS: DTMF).
import { check, equal, sleep, until } from './check.mjs';
import { startRtpPhone } from './rtp-phone.mjs';

const MARGIN_MS = 20;

/* runs in the page: a call whose sender's keypad is globalThis.keypad */
async function begin(to) {
  const { Causeway } = await import('/causeway.js');
  globalThis.gateway ||= await new Causeway().connect();
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const call = await globalThis.gateway.call(to, { stream });
  globalThis.call = call;
  globalThis.tones = [];
  globalThis.told = [];
  call.addEventListener('event', ({ detail }) => detail.type === 'call.dtmf' && globalThis.told.push(detail.data));
  const keypad = call.peer.pc.getSenders().find((s) => s.track?.kind === 'audio').dtmf;
  globalThis.keypad = keypad;
  keypad.ontonechange = ({ tone }) => globalThis.tones.push(tone);
}

/* runs in the page */
const state = () => ({ call: globalThis.call.state, can: globalThis.keypad.canInsertDTMF });

function judge(got, want, name) {
  equal(got.map((d) => d.digit).join(''), want.map(([digit]) => digit).join(''), `${name}: digits (${JSON.stringify(got)})`);
  got.forEach((d, i) => check(Math.abs((d.ms ?? d.duration_ms) - want[i][1]) <= MARGIN_MS,
    `${name}: ${d.digit} lasts ${d.ms ?? d.duration_ms} ms, not ${want[i][1]} (${JSON.stringify(got)})`));
}

/** A machine that holds up the browser for longer than an event may be interrupted (150 ms) makes a key shorter: such a
 *  flow is done again. What lasts wrong each time is a fault. */
async function steadily(flow) {
  for (let left = 2; ; left--) {
    try {
      return await flow();
    } catch (error) {
      if (!left || !/ lasts /.test(error.message)) throw error;
    }
  }
}

/** What each flow does in the page, and what comes of it: [[digit, ms], …]. */
const FLOWS = {
  'four digits of 500 ms': { run: () => globalThis.keypad.insertDTMF('1234', 500), want: [['1', 500], ['2', 500], ['3', 500], ['4', 500]] },
  'aborted after the first digit': {
    run: () => new Promise((done) => {
      globalThis.keypad.addEventListener('tonechange', function first({ tone }) {
        if (tone !== '1') return;
        globalThis.keypad.removeEventListener('tonechange', first);
        globalThis.keypad.insertDTMF('');
        done();
      });
      globalThis.keypad.insertDTMF('123', 300);
    }), want: [['1', 300]] },
  'appended before and during play-out': {
    run: async () => {
      const { keypad } = globalThis;
      keypad.insertDTMF('5', 200);
      keypad.insertDTMF(`${keypad.toneBuffer}6`, 200);
      await new Promise((done) => setTimeout(done, 150));
      keypad.insertDTMF(`${keypad.toneBuffer}7`, 200);
    }, want: [['5', 200], ['6', 200], ['7', 200]] },
  '1 s of 1, then 2 s of 2': {
    run: () => new Promise((done) => {
      globalThis.keypad.addEventListener('tonechange', function next({ tone }) {
        if (tone !== '1') return;
        globalThis.keypad.removeEventListener('tonechange', next);
        globalThis.keypad.insertDTMF(`${globalThis.keypad.toneBuffer}2`, 2000);
        done();
      });
      globalThis.keypad.insertDTMF('1', 1000);
    }), want: [['1', 1000], ['2', 2000]] },
  'all sixteen, short': { run: () => globalThis.keypad.insertDTMF('0123456789*#ABCD', 70, 50),
    want: [...'0123456789*#ABCD'].map((digit) => [digit, 70]) },
};

/** page: with evaluate(); exact: are the durations of its keypad judged with that codec? */
export async function dtmfTests(t, name, page, { codecs = ['pcmu', 'opus'], port = 5090, exact = () => true } = {}) {
  for (const codec of codecs) {
    const phone = await startRtpPhone(t, { codec, port: (port += 10) });
    await t.test(`dtmf: ${name} calls a phone with ${codec}`, async () => {
      await page.evaluate(begin, phone.uri);
      await until('the call and its keypad', async () => {
        const now = await page.evaluate(state);
        return now.call === 'answered' && now.can;
      });
      await phone.speak(200);
      await until('sound at the phone', () => phone.audio > 20);
    });
    for (const [title, { run, want }] of Object.entries(FLOWS)) {
      await t.test(`dtmf: ${name}, ${codec}: ${title}`, () => steadily(async () => {
        await page.evaluate(() => (globalThis.told = [], globalThis.tones = []));
        phone.packets.length = 0;
        await page.evaluate(run);
        await until('the last tone', async () => (await page.evaluate(() => globalThis.tones)).at(-1) === '');
        await until('the digits', () => phone.digits().length >= want.length && phone.digits().at(-1).ends);
        await sleep(400); // nothing more comes
        const told = await page.evaluate(() => globalThis.told);
        equal(told.map((d) => d.digit).join(''), want.map(([digit]) => digit).join(''), `call.dtmf (${JSON.stringify(told)})`);
        check(told.every((d) => d.source === 'rfc4733'), 'source');
        equal(phone.digits().map((d) => d.digit).join(''), told.map((d) => d.digit).join(''), 'digits at the phone');
        check(phone.digits().every((d) => d.marker && d.ends === 3), `marker and ends ${JSON.stringify(phone.digits())}`);
        if (!exact(codec)) return;
        judge(phone.digits(), want, 'at the phone');
        judge(told, want, 'call.dtmf');
        equal((await page.evaluate(() => globalThis.tones)).join(''), want.map(([digit]) => digit).join(''), 'ontonechange');
      }));
    }
    await t.test(`dtmf: ${name}, ${codec}: the phone's digits`, () => steadily(async () => {
      await page.evaluate(() => (globalThis.told = []));
      for (const digit of '19#') {
        await phone.press(digit, 160);
        await phone.speak(100);
      }
      await until('three events', () => page.evaluate(() => globalThis.told.length >= 3));
      const told = await page.evaluate(() => globalThis.told);
      judge(told, [['1', 160], ['9', 160], ['#', 160]], 'call.dtmf');
    }));
    await t.test(`dtmf: ${name}, ${codec}: digits of the API`, () => steadily(async () => {
      phone.packets.length = 0;
      await page.evaluate(() => (globalThis.told = []));
      const answer = await page.evaluate(() => globalThis.call.verb('dtmf', { digits: '4,2', duration_ms: 150 }).then(() => 'taken'));
      equal(answer, 'taken', 'POST');
      await until('both digits', () => phone.digits().length === 2 && phone.digits().at(-1).ends === 3);
      judge(phone.digits(), [['4', 150], ['2', 150]], 'at the phone');
      const [first, second] = phone.digits();
      check(Math.abs(second.at - first.at - 2220) < 100, `the pause is ${second.at - first.at} ms`);
      await until('their events', () => page.evaluate(() => globalThis.told.length === 2));
      check((await page.evaluate(() => globalThis.told)).every((d) => d.source === 'api'), 'source');
    }));
    await page.evaluate(() => globalThis.call.hangup());
  }
}
