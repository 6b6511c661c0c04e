/**
 * Carries connections from one place to another: `node dist/lab/proxy.js '{"from":{"port":9876},"to":{"path":"…"}}'`. Two of
 * them, one outside and one in the gateway's namespace, make the daemon's port there reachable from the host's loopback.
 */
import { connect, createServer, type ListenOptions, type TcpNetConnectOpts } from 'node:net';

/** A TCP port of 127.0.0.1, or a Unix socket. */
export type Place = { port: number } | { path: string };

export interface ProxyConfig {
  from: Place;
  to: Place;
}

const LOOPBACK = '127.0.0.1';

const { from, to } = JSON.parse(process.argv[2] ?? '{}') as ProxyConfig;
const server = createServer((client) => {
  const target = connect({ host: LOOPBACK, ...to } as TcpNetConnectOpts);
  // While the daemon restarts, a caller's connection ends; the next one is served again.
  client.on('error', () => target.destroy());
  target.on('error', () => client.destroy());
  client.pipe(target).pipe(client);
});
server.listen({ host: LOOPBACK, ...from } as ListenOptions, () => console.log('ready'));
