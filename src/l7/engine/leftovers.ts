/**
 * Servers that are gone from the configuration but still have connections. They get nothing new; HAProxy lets go of them once the
 * last connection ended, and is asked to from time to time.
 */
import type { ProxyServer } from '../proxy-config.js';
import type { Cli } from './cli-connection.js';
import { deleteServer, setAddress } from './commands.js';

/** Idle connections end a moment after maintenance began: the first attempts come soon. Both in ms. */
const FIRST_WAIT = 20;
const LONGEST_WAIT = 10_000;
/**
 * A connection that was busy when maintenance began is kept when it becomes idle. Another port makes HAProxy 2.6 end it; which one
 * does not matter, since nothing is sent to a server in maintenance.
 */
const PORTS = [9, 10] as const;
/** Attempts before that, 0.6 s in all: a connection that is just being made is not to be repeated at another port. */
const PATIENT_TRIES = 5;

interface Leftover {
  server: ProxyServer;
  tries: number;
}

/** Gives the worker's socket to nobody else meanwhile; does nothing while there is none. */
export type WithCli = (work: (cli: Cli) => Promise<void>) => Promise<void>;

export class Leftovers {
  readonly #left = new Map<string, Leftover>();
  readonly #withCli: WithCli;
  #timer: NodeJS.Timeout | undefined;
  #wait = FIRST_WAIT;

  constructor(withCli: WithCli) {
    this.#withCli = withCli;
  }

  get keys(): readonly string[] {
    return [...this.#left.keys()];
  }

  /** @param servers by `backend/server`, all in maintenance already */
  add(servers: ReadonlyMap<string, ProxyServer>): void {
    for (const [key, server] of servers) {
      this.#left.set(key, { server, tries: 0 });
    }
    if (servers.size > 0) {
      this.#wait = FIRST_WAIT;
      this.#arm();
    }
  }

  /**
   * A server of that name comes again.
   * @returns whether the one that is there will do: it is not removed any more
   */
  takeBack(key: string, server: ProxyServer): boolean {
    return this.#left.get(key)?.server.options === server.options && this.#left.delete(key);
  }

  /** After a reload they are the old worker's business. */
  forget(): void {
    this.#left.clear();
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#left.size > 0) {
      // A connection that breaks here breaks for whoever uses it next, who acts on it.
      this.#timer = setTimeout(() => void this.#withCli((cli) => this.sweep(cli)).catch(() => {}), this.#wait);
      this.#timer.unref();
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    }
  }

  /** Asks HAProxy to remove each. */
  async sweep(cli: Cli): Promise<void> {
    const left = [...this.#left];
    const answers = await cli.ask(left.map(([key]) => deleteServer(key).text));
    const busy: string[] = [];
    for (const [index, [key, leftover]] of left.entries()) {
      leftover.tries += 1;
      if (/deleted|No such server/.test(answers[index]!)) {
        this.#left.delete(key);
      } else if (leftover.tries > PATIENT_TRIES) {
        const port = PORTS[leftover.tries % PORTS.length]!;
        busy.push(setAddress(key, { ...leftover.server, port }).text);
      }
    }
    await cli.ask(busy);
    this.#arm();
  }
}
