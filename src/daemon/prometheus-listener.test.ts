import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MetricsOf, servePrometheus } from './prometheus-listener.js';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The only load balancer there is. */
const metricsOf: MetricsOf = async (id) => (id === 'lb-1' ? { type: TYPE, text: 'up 1\n' } : undefined);

describe('servePrometheus', () => {
  let directory: string;
  let path: string;
  const servers: Server[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'));
    path = join(directory, 'metrics.sock');
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await rm(directory, { recursive: true });
  });

  async function serve(of = metricsOf): Promise<void> {
    servers.push(await servePrometheus(path, of));
  }

  async function ask(
    loadbalancer: string | string[] | undefined,
    method = 'GET',
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
    return await new Promise((resolve, reject) => {
      const headers = loadbalancer === undefined ? {} : { 'x-sluice-loadbalancer': loadbalancer };
      const sent = httpRequest({ socketPath: path, method, headers, agent: false }, async (response) => {
        resolve({ status: response.statusCode!, headers: response.headers, body: await text(response) });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  it('answers with the metrics of the load balancer that HAProxy names', async () => {
    await serve();
    expect(await ask('lb-1')).toMatchObject({ status: 200, headers: { 'content-type': TYPE }, body: 'up 1\n' });
  });

  it('answers HEAD without the metrics', async () => {
    await serve();
    expect(await ask('lb-1', 'HEAD')).toMatchObject({ status: 200, headers: { 'content-type': TYPE }, body: '' });
  });

  it.each([
    ['without a load balancer', undefined],
    ['of one that is not there', 'lb-2'],
    ['of two at once', ['lb-1', 'lb-2']],
  ])('has nothing to show %s', async (_sentence, loadbalancer) => {
    await serve();
    expect(await ask(loadbalancer)).toMatchObject({ status: 404, body: '' });
  });

  it('takes the place of what an earlier daemon left, and lets the user of HAProxy in', async () => {
    await writeFile(path, 'left behind');
    await serve();
    const { mode } = await stat(path);
    expect([mode & 0o777, (await stat(path)).isSocket()]).toEqual([0o666, true]);
    expect(await ask('lb-1')).toMatchObject({ status: 200 });
  });

  it('drops the connection where the metrics cannot be made, and goes on', async () => {
    let broken = true;
    await serve(async (id) => {
      if (broken) {
        throw new Error('no counters');
      }
      return metricsOf(id);
    });
    await expect(ask('lb-1')).rejects.toMatchObject({ code: 'ECONNRESET' });
    broken = false;
    expect(await ask('lb-1')).toMatchObject({ status: 200 });
  });

  it('says so where there can be no socket', async () => {
    const missing = join(directory, 'missing', 'metrics.sock');
    await expect(servePrometheus(missing, metricsOf)).rejects.toThrow(missing);
  });
});
