/** A conversation with a HAProxy command socket: commands go out without waiting, answers come back in their order. */
import { connect, type Socket } from 'node:net';

/** An answer of all servers is about 300 bytes for each; more than this is no answer. */
const ANSWER_BYTES = 256 << 20;
/** Time without a byte after which a HAProxy that has something to answer counts as hung, ms. */
const SILENCE_MS = 30_000;
/** What ends an answer in interactive mode. */
const PROMPT = '\n> ';

interface Waiting {
  /** Answers that are still to come. */
  left: number;
  answers: string[];
  resolve: (answers: string[]) => void;
  reject: (error: Error) => void;
}

/** Something that answers commands of a worker. */
export interface Cli {
  /**
   * @param commands each one line, or a line that ends in `<<`, the lines of its payload and an empty one
   * @returns their answers in order, without the newline at the end
   * @throws Error when the connection breaks or nothing comes for 30 s
   */
  ask(commands: readonly string[]): Promise<string[]>;
  close(): void;
}

export class CliConnection implements Cli {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  /** Pieces of the answer that is coming in, and the last two characters, in which a prompt may have begun. */
  #pieces: string[] = [];
  #size = 0;
  #rest = '';
  #broken: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', (error) => this.#break(error));
    socket.on('close', () => this.#break(new Error('HAProxy closed the connection')));
    socket.setTimeout(SILENCE_MS, () => {
      if (this.#waiting.length > 0) {
        this.#break(new Error(`HAProxy did not answer within ${SILENCE_MS / 1000} s`));
      }
    });
  }

  /** Connects and enters interactive mode. The connection may then rest for a day, and commands that are experimental in 2.6 work. */
  static async open(path: string): Promise<CliConnection> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const connection = new CliConnection(socket);
    await connection.ask(['prompt', 'set timeout cli 1d', 'experimental-mode on']);
    return connection;
  }

  get closed(): boolean {
    return this.#broken !== undefined;
  }

  ask(commands: readonly string[]): Promise<string[]> {
    if (this.#broken !== undefined) {
      return Promise.reject(this.#broken);
    }
    if (commands.length === 0) {
      return Promise.resolve([]);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ left: commands.length, answers: [], resolve, reject });
      this.#socket.write(`${commands.join('\n')}\n`);
    });
  }

  close(): void {
    this.#break(new Error('the connection to HAProxy was closed'));
  }

  #take(chunk: string): void {
    let text = this.#rest + chunk;
    for (let end = text.indexOf(PROMPT); end !== -1; end = text.indexOf(PROMPT)) {
      this.#pieces.push(text.slice(0, end));
      text = text.slice(end + PROMPT.length);
      this.#answered(this.#pieces.join(''));
      this.#pieces = [];
      this.#size = 0;
    }
    this.#rest = text.slice(-2);
    this.#pieces.push(text.slice(0, -2));
    this.#size += text.length;
    if (this.#size > ANSWER_BYTES) {
      this.#break(new Error('an answer of HAProxy is too long'));
    }
  }

  #answered(text: string): void {
    const first = this.#waiting[0];
    if (first === undefined) {
      this.#break(new Error('HAProxy answered a question that was not asked'));
      return;
    }
    // Each line of a payload is asked for with a plus sign.
    first.answers.push(text.replace(/^(?:\+ )+/, '').trimEnd());
    first.left -= 1;
    if (first.left === 0) {
      this.#waiting.shift();
      first.resolve(first.answers);
    }
  }

  #break(error: Error): void {
    if (this.#broken === undefined) {
      this.#broken = error;
      this.#socket.destroy();
      for (const waiting of this.#waiting.splice(0)) {
        waiting.reject(error);
      }
    }
  }
}
