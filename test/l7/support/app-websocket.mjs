/** The server's side of RFC 6455, as far as an echo needs it: text, binary, ping and close, in whole frames. */
import { createHash } from 'node:crypto';

const KEY = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODES = { close: 0x8, ping: 0x9, pong: 0xa };

/** Answers the upgrade, tells who it is in a first message, and sends back every message. */
export function echoWebSocket(request, socket, head, name) {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${KEY}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(frame(0x1, Buffer.from(JSON.stringify({ backend: name, headers: request.headers, url: request.url }))));
  let waiting = Buffer.from(head);
  const take = (data) => {
    waiting = Buffer.concat([waiting, data]);
    for (let next = parse(waiting); next; next = parse(waiting)) {
      waiting = waiting.subarray(next.length);
      if (next.opcode === OPCODES.ping) socket.write(frame(OPCODES.pong, next.payload));
      else socket.write(frame(next.opcode, next.payload));
      if (next.opcode === OPCODES.close) return socket.end();
    }
  };
  socket.on('data', take);
  socket.on('error', () => socket.destroy());
  take(Buffer.alloc(0));
}

/** The first frame of the bytes, unmasked; undefined until it is complete. */
function parse(bytes) {
  if (bytes.length < 2) return undefined;
  const short = bytes[1] & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const start = 2 + lengthBytes + 4;
  if (bytes.length < start) return undefined;
  const length =
    lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : lengthBytes === 2 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length).map((byte, index) => byte ^ mask[index & 3]));
  return { opcode: bytes[0] & 0xf, payload, length: start + length };
}

function frame(opcode, payload) {
  const { length } = payload;
  const head = Buffer.alloc(length > 65_535 ? 10 : length > 125 ? 4 : 2);
  head[0] = 0x80 | opcode;
  if (length > 65_535) {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  } else if (length > 125) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = length;
  }
  return Buffer.concat([head, payload]);
}
