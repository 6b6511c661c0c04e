/** What PROMETHEUS listeners show: metrics of their load balancer and of no other. HAProxy says whose, on a socket only it can open. */
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Exposition } from '../observe/metrics.js';

/** Undefined: there is no such load balancer. */
export type MetricsOf = (loadbalancerId: string) => Promise<Exposition | undefined>;

/** Set by HAProxy; what clients send under this name it removes. */
const LOADBALANCER = 'x-sluice-loadbalancer';

/** @param path of the Unix socket; what an earlier daemon left there is replaced */
export async function servePrometheus(path: string, metricsOf: MetricsOf): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response, metricsOf).catch(() => response.destroy());
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // The directory it is in belongs to HAProxy's user alone.
  await chmod(path, 0o666);
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, metricsOf: MetricsOf): Promise<void> {
  const id = request.headers[LOADBALANCER];
  const exposition = typeof id === 'string' ? await metricsOf(id) : undefined;
  if (!exposition) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': exposition.type });
  response.end(request.method === 'HEAD' ? undefined : exposition.text);
}
