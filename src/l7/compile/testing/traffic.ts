/** Members and clients for tests. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Member } from '../../../model/resources.js';
import { member } from './samples.js';

/** A member that says what it was asked. */
export class EchoServer {
  private constructor(
    private readonly server: Server,
    readonly name: string,
    readonly port: number,
  ) {}

  /** @param answer what it does instead of saying so */
  static async start(
    name: string,
    answer?: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<EchoServer> {
    const server = createServer((incoming, response) => {
      response.setHeader('X-Member', name);
      if (answer) {
        answer(incoming, response);
      } else {
        response.end(JSON.stringify({ name, url: incoming.url, headers: incoming.headers, raw: incoming.rawHeaders }));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new EchoServer(server, name, (server.address() as { port: number }).port);
  }

  member(fields: Partial<Member> = {}): Member {
    return member('127.0.0.1', this.port, fields);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
  /** Name of the member that answered; undefined: the gateway did. */
  member: string | undefined;
  /** What the member saw. */
  seen: { url: string; headers: Record<string, string>; raw: string[] };
}

/** One request on a connection of its own. */
export function get(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
      let body = '';
      response.on('data', (data) => {
        body += data;
      });
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
          member: response.headers['x-member'] as string | undefined,
          seen: body.startsWith('{') ? JSON.parse(body) : { url: '', headers: {}, raw: [] },
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Sends bytes and collects what comes back until the other side ends; `RST` where it was reset. */
export function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {
      answer += 'RST';
    });
    socket.on('close', () => resolve(answer));
  });
}
