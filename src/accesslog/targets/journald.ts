/**
 * The journal, by the stream that services' standard output goes through: one line an entry. The native protocol would take a
 * datagram for each line, and nothing but MESSAGE would be in it.
 */
import { createConnection, type Socket } from 'node:net';
import { StreamTarget } from './stream.js';

const SOCKET = '/run/systemd/journal/stdout';
const IDENTIFIER = 'sluice-access';
const PRIORITY_INFO = 6;

/** @param path of journald's socket */
export function journaldTarget(path = SOCKET): StreamTarget {
  return new StreamTarget('journald', () => connect(path));
}

async function connect(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  // Identifier, unit, priority, whether lines begin with a priority, and where they are forwarded to; see sd_journal_stream_fd(3).
  socket.write([IDENTIFIER, '', PRIORITY_INFO, 0, 0, 0, 0, ''].join('\n'));
  return socket;
}
