/**
 * A WebSocket inside an HTTP/2 stream (RFC 8441): `node h2-websocket.mjs '{"host":"198.18.200.1","port":443,"name":"ws.example","ca":PEM,
 * "path":"/","message":"text"}'`. Writes one line of JSON: whether the server offers it, the status, greeting and echo, and the status of an
 * ordinary request on the same connection.
 */
import { connect } from 'node:http2';
import { connect as connectTls } from 'node:tls';

const { host, port, name, ca, path, message } = JSON.parse(process.argv[2]);

const session = connect(`https://${name}:${port}`, {
  createConnection: () => connectTls({ host, port, servername: name, ca, ALPNProtocols: ['h2'] }),
});
session.on('error', fail);
const [settings] = await once(session, 'remoteSettings');
const stream = session.request({
  ':method': 'CONNECT',
  ':protocol': 'websocket',
  ':scheme': 'https',
  ':path': path,
  ':authority': name,
  'sec-websocket-version': '13',
});
stream.on('error', fail);
const [headers] = await once(stream, 'response');
const frames = readFrames(stream);
const greeting = JSON.parse((await frames.next()).value);
stream.write(masked(Buffer.from(message)));
const echo = (await frames.next()).value;
const beside = session.request({ ':path': '/beside' });
const [besideHeaders] = await once(beside, 'response');
beside.resume();
stream.end();
console.log(
  JSON.stringify({
    offered: settings.enableConnectProtocol === true,
    status: headers[':status'],
    greeting,
    echo,
    beside: besideHeaders[':status'],
  }),
);
session.destroy();

function once(emitter, event) {
  return new Promise((resolve) => {
    emitter.once(event, (...values) => resolve(values));
  });
}

/** Payloads of text frames of less than 64 KiB. */
async function* readFrames(source) {
  let bytes = Buffer.alloc(0);
  for await (const chunk of source) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4) {
      const extended = bytes[1] === 126;
      const length = extended ? bytes.readUInt16BE(2) : bytes[1];
      const start = extended ? 4 : 2;
      if (bytes.length < start + length) break;
      yield bytes.subarray(start, start + length).toString();
      bytes = bytes.subarray(start + length);
    }
  }
}

/** A text frame of less than 126 bytes, masked with zeros, which is allowed and leaves it readable. */
function masked(payload) {
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

function fail(error) {
  console.error(error.message);
  process.exit(1);
}
