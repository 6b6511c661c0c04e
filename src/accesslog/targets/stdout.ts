/** Standard output of the daemon, without ever waiting for whoever reads it. */
import { constants, fstatSync, openSync, type Stats, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { SluiceError } from '../../model/errors.js';
import { journaldTarget } from './journald.js';
import { StreamTarget } from './stream.js';
import { IncompleteWrite, type Target, wholeLines } from './target.js';

const STDOUT = 1;
const writeTo = promisify(write);

/**
 * @param environment where systemd says which socket leads to its journal
 * @throws SluiceError `unsupported` for a socket that leads elsewhere: it could not be written to without waiting
 */
export function stdoutTarget(descriptor = STDOUT, environment: NodeJS.ProcessEnv = process.env): Target {
  const status = fstatSync(descriptor);
  if (status.isFIFO()) {
    return new StreamTarget('stdout', async () => pipeOf(descriptor));
  }
  if (!status.isSocket()) {
    return new DescriptorTarget(descriptor);
  }
  if (environment.JOURNAL_STREAM === journalStream(status)) {
    return journaldTarget();
  }
  throw new SluiceError('unsupported', 'standard output is a socket; write target: journald, syslog or file instead');
}

/** The pipe, opened once more: that its reader is slow must not make the daemon wait, nor others that share the descriptor. */
function pipeOf(descriptor: number): Socket {
  const fd = openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: false, writable: true });
}

function journalStream({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** A file or a terminal: written on a thread of libuv's pool. */
class DescriptorTarget implements Target {
  readonly label = 'stdout';

  constructor(private readonly descriptor: number) {}

  async write(block: Uint8Array): Promise<number> {
    let written = 0;
    try {
      while (written < block.length) {
        written += (await writeTo(this.descriptor, block, written)).bytesWritten;
      }
      return 0;
    } catch (cause) {
      throw new IncompleteWrite(wholeLines(block, written), cause as Error);
    }
  }

  async close(): Promise<void> {
    // Standard output is not ours to close.
  }
}
