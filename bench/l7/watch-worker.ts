/**
 * Asks again and again, as fast as answers come, and tells each change of what it sees with its time: `watch-worker.js ORDER`.
 * Ends with its standard input.
 */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { workerOrder } from '../worker.js';
import type { Sight, WatchOrder } from './watch.js';

const order = workerOrder<WatchOrder>();

/** Serial number of the certificate that a new client gets. */
function certificate({ address, port }: WatchOrder): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, rejectUnauthorized: false }, () => {
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      resolve(serialNumber);
    });
    socket.once('error', reject);
  });
}

/** The answer that a request gets. */
function answer({ address, port, host, path = '/' }: WatchOrder): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: host ?? address };
    const sent = request({ host: address, port, path, headers, agent: false }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    });
    sent.once('error', reject);
    sent.end();
  });
}

let watching = true;
process.stdin.once('end', () => {
  watching = false;
});
process.stdin.resume();

let last: string | undefined;
while (watching) {
  const seen = await (order.what === 'certificate' ? certificate(order) : answer(order)).catch(
    (error: Error) => `error: ${error.message}`,
  );
  if (seen === last) continue;
  last = seen;
  const sight: Sight = { at: performance.timeOrigin + performance.now(), seen };
  process.stdout.write(`${JSON.stringify(sight)}\n`);
}
