/** Members that answer with their own port, and clients that ask for it. */
import { createHash } from 'node:crypto';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';

/** RFC 6455, 1.3. */
const WEBSOCKET = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface Members {
  ports: number[];
  close(): Promise<void>;
}

/** `/hold` is answered when {@link release} of the same members is called; a WebSocket is accepted and echoes. */
export async function startMembers(count: number): Promise<Members & { release: () => void }> {
  const held: (() => void)[] = [];
  const servers: Server[] = [];
  for (let index = 0; index < count; index++) {
    const server = createServer((request, response) => {
      const answer = () => response.end(String(request.socket.localPort));
      if (request.url === '/hold') {
        held.push(answer);
      } else {
        answer();
      }
    });
    server.keepAliveTimeout = 0;
    server.on('upgrade', (request, socket) => {
      const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET}`).digest('base64');
      const headers = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n\r\n`);
      socket.pipe(socket);
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
  }
  return {
    ports: servers.map((server) => (server.address() as { port: number }).port),
    release: () => {
      for (const answer of held.splice(0)) {
        answer();
      }
    },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

export interface Answer {
  status: number;
  body: string;
}

const connectEach = new Agent({ keepAlive: false });

/** One request, on a connection of its own unless an agent is given. @throws the connection's error */
export function ask(port: number, path = '/', agent: Agent = connectEach): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent }, (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body }));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Asks so often and counts who answered. */
export async function whoAnswers(port: number, times: number, path = '/'): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (let index = 0; index < times; index++) {
    const { status, body } = await ask(port, path);
    const who = status === 200 ? body : String(status);
    counts.set(who, (counts.get(who) ?? 0) + 1);
  }
  return counts;
}
