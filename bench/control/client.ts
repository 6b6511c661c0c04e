/** Requests to a daemon over its Unix socket, on kept connections. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

export class SocketClient {
  readonly #agent: Agent;

  constructor(
    private readonly socketPath: string,
    connections: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** The answer's body. @throws Error for any status but 2xx */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#send(method, path, body);
    return (answer === '' ? undefined : JSON.parse(answer)) as T;
  }

  /** An answer that is not JSON. @throws Error for any status but 2xx */
  text(path: string): Promise<string> {
    return this.#send('GET', path);
  }

  async #send(method: string, path: string, body?: unknown): Promise<string> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
      const sent = request({ socketPath: this.socketPath, agent: this.#agent, method, path, headers }, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      sent.once('error', reject);
      sent.end(payload);
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 500)}`);
    }
    return answer.body;
  }

  close(): void {
    this.#agent.destroy();
  }
}
