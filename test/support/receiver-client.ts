/** Drives receiver-client.py: TCP connections with options that no kernel sends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ConnectOptions {
  port: number;
  /** Address of the client's namespace; default: GATEWAY. */
  source?: string;
  /** TCP options of the SYN, and of the handshake's last ACK, as bytes. */
  syn?: Uint8Array;
  ack?: Uint8Array;
  /** Data in the SYN (TCP Fast Open). */
  synData?: string;
  /** Ask for MPTCP. */
  multipath?: boolean;
}

const script = fileURLToPath(new URL('receiver-client.py', import.meta.url));
const hex = (bytes?: Uint8Array) => Buffer.from(bytes ?? []).toString('hex');

/** One process for all connections of a test file. */
export class HandmadeClient {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #lastId = 0;

  constructor(namespace: string) {
    this.#process = spawn('nsenter', [`--net=/run/netns/${namespace}`, 'python3', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async ask(request: Record<string, unknown>): Promise<{ data?: string }> {
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the client ended early');
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  /** Opens a connection. */
  async connect(options: ConnectOptions & { source: string; to: string }): Promise<Connection> {
    const id = ++this.#lastId;
    const { source, to, port, synData = '', multipath = false } = options;
    const { syn, ack } = options;
    await this.ask({ op: 'connect', id, source, to, port, syn: hex(syn), ack: hex(ack), syn_data: synData, multipath });
    return new Connection(this, id);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin!.end();
    await ended;
  }
}

/** One TCP connection of the hand-made client. */
export class Connection {
  constructor(
    private readonly client: HandmadeClient,
    private readonly id: number,
  ) {}

  async send(data: string, options?: Uint8Array): Promise<void> {
    await this.client.ask({ op: 'send', id: this.id, data, options: hex(options) });
  }

  /** Everything up to and including `until`, or up to the end of the stream without it. */
  async receive(until?: string): Promise<string> {
    const { data } = await this.client.ask({ op: 'receive', id: this.id, until });
    return data ?? '';
  }

  /** Next line, without its end. */
  async line(): Promise<string> {
    return (await this.receive('\n')).trimEnd();
  }

  async close(): Promise<void> {
    await this.client.ask({ op: 'close', id: this.id });
  }
}
