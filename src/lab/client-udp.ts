/** UDP: a connected socket that sends one datagram at a time and wants it back. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, type Connection, type Origin, RequestError } from './client-connection.js';
import { payload } from './payload.js';
import type { Greeting, TrafficOrder } from './protocol.js';

const SHORTEST = 16;

export class UdpConnection implements Connection {
  sourcePort = 0;
  #socket: Socket | undefined;
  #request = 0;

  constructor(
    private readonly order: TrafficOrder,
    private readonly origin: Origin,
  ) {}

  async open(): Promise<void> {
    const { address, port } = this.order;
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    this.#socket = socket;
    socket.bind({ address: this.origin.source, port: this.origin.port, exclusive: true });
    await once(socket, 'listening');
    socket.connect(port, address);
    await once(socket, 'connect');
    this.sourcePort = socket.address().port;
  }

  async request(): Promise<Answer> {
    const socket = this.#socket!;
    const seed = `${this.origin.source}/${this.origin.serial}/${this.#request++}`;
    const datagram = Buffer.concat([...payload(Math.max(this.order.bytes, SHORTEST), seed)]);
    const answered = this.#answer(socket, datagram);
    socket.send(datagram);
    return { greeting: await answered, bytes: 2 * datagram.length };
  }

  close(): void {
    this.#socket?.close();
  }

  /** A connection ends with its first lost datagram, so whatever arrives belongs to this one. */
  #answer(socket: Socket, datagram: Buffer): Promise<Greeting> {
    return new Promise((resolve, reject) => {
      const settle = (result: () => void) => {
        clearTimeout(timer);
        socket.off('message', onMessage).off('error', onError);
        result();
      };
      const onError = (error: Error) => settle(() => reject(error));
      const onMessage = (message: Buffer) => {
        const end = message.indexOf('\n');
        if (end < 0 || !message.subarray(end + 1).equals(datagram)) {
          return settle(() => reject(new RequestError('body', 'the datagram came back changed')));
        }
        settle(() => resolve(JSON.parse(message.toString('utf8', 0, end)) as Greeting));
      };
      const late = () => settle(() => reject(new RequestError('timeout', 'no answer')));
      const timer = setTimeout(late, this.order.timeoutMs);
      socket.on('message', onMessage).on('error', onError);
    });
  }
}
