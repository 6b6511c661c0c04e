/** Where the daemon listens: the Unix socket for the command line, an address for everybody. */
import { chmod, chown, mkdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { SluiceError } from '../model/errors.js';

/** Members of this group may use the socket. */
const GROUP = 'sluice';

/** @throws SluiceError `already_running` when a daemon answers on the socket */
export async function refuseSecondDaemon(path: string): Promise<void> {
  if (await answers(path)) {
    throw new SluiceError('already_running', `a daemon already serves ${path}; stop it first, or set api.socket`);
  }
}

/** Opens the socket for root, and for the group `sluice` where that exists. */
export async function listenOnSocket(server: FastifyInstance, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await refuseSecondDaemon(path);
  // What a killed daemon left.
  await rm(path, { force: true });
  // From the first moment on nobody else may open it.
  const before = process.umask(0o177);
  try {
    await server.listen({ path });
  } catch (cause) {
    throw new SluiceError('file_unreadable', `cannot listen on ${path} (${(cause as Error).message}); set api.socket`, {
      cause,
    });
  } finally {
    process.umask(before);
  }
  const group = await groupId(GROUP);
  if (group !== undefined && process.getuid?.() === 0) {
    await chown(path, 0, group);
    await chmod(path, 0o660);
  }
}

/** @throws SluiceError `conflict` when the address is taken or not this host's */
export async function listenOnAddress(
  server: FastifyInstance,
  listen: { address: string; port: number },
): Promise<void> {
  try {
    await server.listen({ host: listen.address, port: listen.port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE' ? 'another process uses it' : code === 'EADDRNOTAVAIL' ? 'it is not on this host' : message;
    throw new SluiceError(
      'conflict',
      `cannot listen on ${listen.address} port ${listen.port}: ${reason}; set api.listen in the host file`,
      { cause },
    );
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function groupId(name: string): Promise<number | undefined> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const line = groups.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2]);
  return Number.isInteger(id) ? id : undefined;
}
