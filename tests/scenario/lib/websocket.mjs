// A WebSocket client (RFC 6455) for text messages, as older Node has none. Reads what a server sends; says nothing.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';

/** {messages, status, close()}; status is 101 when the upgrade was taken. */
export function openWebSocket(url) {
  return new Promise((done, fail) => {
    const wanted = request(url, { headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64') } });
    wanted.on('response', (response) => {
      response.resume();
      done({ status: response.statusCode, messages: [], close() {} });
    });
    wanted.on('upgrade', (response, socket, head) => {
      const messages = [];
      let data = head;
      const read = () => {
        for (let frame = nextFrame(data); frame; frame = nextFrame(data)) {
          if (frame.opcode === 1) messages.push(frame.payload.toString('utf8'));
          data = data.subarray(frame.size);
        }
      };
      socket.on('data', (more) => {
        data = Buffer.concat([data, more]);
        read();
      });
      socket.on('error', () => {});
      read();
      done({ status: response.statusCode, messages, close: () => socket.destroy() });
    });
    wanted.on('error', fail);
    wanted.end();
  });
}

// A server's frames are not masked.
function nextFrame(data) {
  if (data.length < 2) return null;
  let [length, at] = [data[1] & 127, 2];
  if (length === 126) [length, at] = [data.length < 4 ? Infinity : data.readUInt16BE(2), 4];
  else if (length === 127) [length, at] = [data.length < 10 ? Infinity : Number(data.readBigUInt64BE(2)), 10];
  if (data.length < at + length) return null;
  return { opcode: data[0] & 15, payload: data.subarray(at, at + length), size: at + length };
}
