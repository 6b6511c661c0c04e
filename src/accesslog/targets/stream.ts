/** Anything that a socket leads to: journald, a pipe. */
import type { Socket } from 'node:net';
import type { Target } from './target.js';

export class StreamTarget implements Target {
  readonly label: string;
  readonly #connect: () => Promise<Socket>;
  #socket: Socket | undefined;

  /** @param connect makes a socket that can be written to. It is called again after each one that ended. */
  constructor(label: string, connect: () => Promise<Socket>) {
    this.label = label;
    this.#connect = connect;
  }

  /** A block that was on its way when the other side ended is sent again, whole: its lines may be there twice. */
  async write(block: Uint8Array): Promise<number> {
    if (this.#socket === undefined || this.#socket.destroyed) {
      this.#socket = await this.#connect();
      // The write that fails says so; a socket that ends in between is noticed by the next one.
      this.#socket.on('error', () => undefined);
    }
    const socket = this.#socket;
    await new Promise<void>((resolve, reject) => {
      socket.write(block, (error) => (error ? reject(error) : resolve()));
    });
    // A write that waited when its socket was destroyed counts as done with node.
    if (socket.destroyed) {
      throw new Error('the other side ended');
    }
    return 0;
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
  }
}
