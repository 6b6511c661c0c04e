/** TLS clients for tests. */
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** What a handshake agreed on, and what was answered to a request after it. */
export interface Handshake {
  version: string | null;
  cipher: string;
  /** Common name of the certificate that was shown. */
  subject: string;
  alpn: string | false | null;
  resumed: boolean;
  answer: string;
  sessions: Buffer[];
}

/**
 * A handshake, a request, and what came back until the other side ended.
 * @throws Error when the handshake fails
 */
export function handshake(port: number, options: ConnectionOptions = {}, request = REQUEST): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const sessions: Buffer[] = [];
    let answer = '';
    const all = { host: '127.0.0.1', port, rejectUnauthorized: false, ciphers: 'ALL:@SECLEVEL=0', ...options };
    const socket: TLSSocket = connect(all, () => socket.write(request));
    socket.on('session', (session) => sessions.push(session));
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', reject);
    socket.on('end', () => {
      resolve({
        version: socket.getProtocol(),
        cipher: socket.getCipher()?.name ?? '',
        subject: String(socket.getPeerCertificate()?.subject?.CN ?? ''),
        alpn: socket.alpnProtocol,
        resumed: socket.isSessionReused(),
        answer,
        sessions,
      });
      socket.destroy();
    });
  });
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n';
