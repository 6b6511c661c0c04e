/**
 * Traffic from one of the lab's clients, run inside its namespace: `node dist/lab/client.js ORDER`, ORDER being a
 * TrafficOrder as JSON. Writes one ClientMessage a line; stops early when standard input ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Connection, type Origin, originOf, RequestError } from './client-connection.js';
import { HttpConnection } from './client-http.js';
import { ClientRecord } from './client-record.js';
import { UdpConnection } from './client-udp.js';
import type { ClientMessage, Failure, TrafficOrder } from './protocol.js';

const PROGRESS_MS = 100;

class Client {
  #record = new ClientRecord();
  #started = 0;
  #stopping = false;

  constructor(private readonly order: TrafficOrder) {}

  async run(): Promise<void> {
    const report = setInterval(() => this.#say({ type: 'progress', ...this.#record.progress() }), PROGRESS_MS);
    process.stdin.once('end', () => {
      this.#stopping = true;
    });
    process.stdin.resume();
    await Promise.all(Array.from({ length: this.order.concurrency }, () => this.#worker()));
    clearInterval(report);
    this.#say({ type: 'result', result: this.#record.result() });
    process.stdin.destroy();
  }

  async #worker(): Promise<void> {
    const { connections } = this.order;
    while (!this.#stopping && (connections === null || this.#started < connections)) {
      await this.#connection(originOf(this.order, this.#started++));
    }
  }

  async #connection(origin: Origin): Promise<void> {
    const { order } = this;
    const { source } = origin;
    const Protocol = order.protocol === 'http' ? HttpConnection : UdpConnection;
    const connection: Connection = new Protocol(order, origin);
    let request = 0;
    let backend: string | undefined;
    try {
      const opening = performance.now();
      await connection.open();
      this.#record.connected(performance.now() - opening);
      for (let last = false; !last; request++) {
        last = this.#stopping || (order.requests !== null && request + 1 >= order.requests);
        const asked = performance.now();
        const answer = await connection.request(last);
        this.#record.answered(performance.now() - asked, answer, source, connection.sourcePort);
        backend = this.#sameBackend(backend, answer, source);
        if (!last && order.pauseMs > 0) await sleep(order.pauseMs);
      }
    } catch (error) {
      this.#record.failed(describe(error, source, connection.sourcePort, request));
    } finally {
      connection.close();
      this.#record.closed(backend !== undefined);
    }
  }

  /** @throws RequestError `moved` when a connection changed its backend */
  #sameBackend(before: string | undefined, { greeting }: Answer, source: string): string {
    const now = greeting?.backend ?? '?';
    if (before === undefined) this.#record.established(now, source);
    else if (before !== now) throw new RequestError('moved', `${before} answered before, ${now} now`);
    return now;
  }

  #say(message: ClientMessage): void {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  }
}

function describe(error: unknown, source: string, sourcePort: number, request: number): Omit<Failure, 'at'> {
  const { code, message } = error as NodeJS.ErrnoException;
  return { kind: code ?? 'unknown', source, sourcePort, request, message };
}

await new Client(JSON.parse(process.argv[2] ?? '{}') as TrafficOrder).run();
