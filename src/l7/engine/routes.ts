/** VIPs as addresses of the host: local routes to lo, which make the kernel take their packets and let HAProxy listen there. */
import { spawn } from 'node:child_process';
import ipaddr from 'ipaddr.js';
import { SluiceError } from '../../model/errors.js';

/** Marks our routes (`rtm_protocol`; free in /etc/iproute2/rt_protos of all distributions): those of an earlier daemon are found by it. */
const PROTOCOL = '83';

interface LocalRoute {
  /** Address or block. */
  dst: string;
  protocol: string;
}

export class LocalRoutes {
  readonly #prefix: readonly string[];

  /** @param options.namespace name of the network namespace; default: the daemon's own */
  constructor(options: { namespace?: string } = {}) {
    this.#prefix = options.namespace === undefined ? [] : ['-n', options.namespace];
  }

  /**
   * Adds what is missing; addresses the host has itself are left alone.
   * @throws SluiceError when the kernel refuses
   */
  async add(addresses: readonly string[]): Promise<void> {
    if (addresses.length === 0) {
      return;
    }
    const routes = await this.#read();
    const ours = new Set(routes.filter(isOurs).map(({ dst }) => normal(dst)));
    const others = routes.filter((route) => !isOurs(route)).map(({ dst }) => dst);
    const missing = addresses.filter(
      (address) => !ours.has(normal(address)) && !others.some((dst) => covers(dst, address)),
    );
    await this.#change('add', missing);
  }

  /** Addresses that have a route of ours. */
  async ours(): Promise<string[]> {
    return (await this.#read()).filter(isOurs).map(({ dst }) => dst);
  }

  /** Removes ours that are not among these, and those the host has got itself in the meantime. */
  async removeAllBut(addresses: readonly string[]): Promise<void> {
    const routes = await this.#read();
    const others = routes.filter((route) => !isOurs(route)).map(({ dst }) => dst);
    const wanted = new Set(addresses.map(normal));
    const stale = routes.filter(
      (route) => isOurs(route) && (!wanted.has(normal(route.dst)) || others.some((dst) => covers(dst, route.dst))),
    );
    await this.#change(
      'del',
      stale.map(({ dst }) => dst),
    );
  }

  async #read(): Promise<LocalRoute[]> {
    const families = await Promise.all(
      ['-4', '-6'].map((family) => this.#ip(['-j', family, 'route', 'show', 'table', 'local', 'type', 'local'])),
    );
    return families.flatMap((text) => (text.trim() === '' ? [] : (JSON.parse(text) as LocalRoute[])));
  }

  async #change(verb: 'add' | 'del', addresses: readonly string[]): Promise<void> {
    if (addresses.length > 0) {
      const lines = addresses.map((address) => `route ${verb} local ${address} dev lo table local proto ${PROTOCOL}`);
      await this.#ip(['-force', '-batch', '-'], `${lines.join('\n')}\n`);
    }
  }

  #ip(argv: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn('ip', [...this.#prefix, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
      const output: string[] = [];
      const errors: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
      // It ends without reading where there is nothing for it to read; its exit code says whether it worked.
      child.stdin.on('error', () => {});
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(output.join('')) : reject(routesRefused(errors.join('')))));
      child.stdin.end(input);
    });
  }
}

function routesRefused(text: string): SluiceError {
  const reasons = text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .slice(0, 300);
  return new SluiceError('proxy_failed', `the kernel refused local routes for VIPs: ${reasons}`);
}

function isOurs(route: LocalRoute): boolean {
  return route.protocol === PROTOCOL;
}

function normal(address: string): string {
  return ipaddr.parse(address).toString();
}

/** Whether a local route, to an address or a block, is for this address too. */
function covers(dst: string, address: string): boolean {
  const wanted = ipaddr.parse(address);
  const [base, bits] = dst.includes('/') ? ipaddr.parseCIDR(dst) : [ipaddr.parse(dst), undefined];
  if (base.kind() !== wanted.kind()) {
    return false;
  }
  return bits === undefined ? base.toString() === wanted.toString() : wanted.match(base, bits);
}
