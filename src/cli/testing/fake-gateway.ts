/** A gateway with a few objects, that remembers what it was asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Json } from '../resources/resource.js';

export interface Asked {
  method: string;
  /** Path with query, decoded. */
  url: string;
  body: unknown;
  token: string | undefined;
}

export interface Answer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Collection {
  path: string;
  one: string;
  many: string;
  objects: Json[];
}

/** The id that a created object gets. */
export const NEW_ID = 'ffffffff-0000-4000-8000-000000000001';

const PAGE_PARAMETERS = new Set(['fields', 'limit', 'marker', 'sort', 'include_names']);

export class FakeGateway {
  readonly asked: Asked[] = [];
  /** Most objects on a page. */
  page = Number.POSITIVE_INFINITY;
  readonly #answers = new Map<string, Answer[]>();
  readonly #collections: Collection[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  readonly #servers: Server[] = [];

  get socket(): string {
    return join(this.#directory, 'sluice.sock');
  }

  /** A file of its own directory. */
  file(name: string): string {
    return join(this.#directory, name);
  }

  /** Requests that change something, each with its body. */
  get changes(): Array<[request: string, body?: unknown]> {
    const changing = this.asked.filter(({ method }) => method !== 'GET');
    return changing.map(({ method, url, body }) =>
      body === undefined ? [`${method} ${url}`] : [`${method} ${url}`, body],
    );
  }

  /** Requests that read something. */
  get reads(): string[] {
    return this.asked.filter(({ method }) => method === 'GET').map(({ url }) => url);
  }

  /** Serves objects: lists with filters and pages, single ones, changes that are not kept. */
  collection(path: string, one: string, many: string, objects: Json[]): this {
    this.#collections.push({ path, one, many, objects });
    return this;
  }

  /** Answers to `METHOD path?query`, one after another; the last one stays. They come before collections. */
  answer(request: string, ...answers: Answer[]): this {
    this.#answers.set(request, answers);
    return this;
  }

  async start(): Promise<void> {
    const server = this.#server();
    await new Promise<void>((resolve) => server.listen(this.socket, resolve));
  }

  /** Listens on a TCP port of the loopback address as well; resolves to its URL. */
  async startTcp(): Promise<string> {
    const server = this.#server();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    rmSync(this.#directory, { recursive: true });
  }

  #server(): Server {
    const server = createServer((request, response) => {
      void this.#reply(request).then(({ status, body, headers = {} }) => {
        response.writeHead(status ?? (body === undefined ? 204 : 200), headers);
        response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
      });
    });
    this.#servers.push(server);
    return server;
  }

  async #reply(request: IncomingMessage): Promise<Answer> {
    const method = request.method ?? '';
    const url = new URL(request.url ?? '', 'http://gateway');
    const sent = await text(request);
    const body = request.headers['content-type'] === 'application/json' ? JSON.parse(sent) : sent || undefined;
    const token = request.headers['x-auth-token'];
    const decoded = url.pathname + decodeURIComponent(url.search.replaceAll('+', ' '));
    this.asked.push({ method, url: decoded, body, token: typeof token === 'string' ? token : undefined });
    const answers = this.#answers.get(`${method} ${decoded}`);
    if (answers?.[0]) {
      return answers.length > 1 ? (answers.shift() as Answer) : answers[0];
    }
    return this.#fromCollections(method, url, body) ?? refusal(404, `${method} ${decoded} is nothing this test has`);
  }

  #fromCollections(method: string, url: URL, body: unknown): Answer | undefined {
    for (const { path, one, many, objects } of this.#collections) {
      if (url.pathname === path) {
        return method === 'GET'
          ? this.#list(many, objects, url.searchParams)
          : { status: 201, body: { [one]: { id: NEW_ID, ...(body as Record<string, Json>)[one] } } };
      }
      const key = url.pathname.startsWith(`${path}/`) ? decodeURIComponent(url.pathname.slice(path.length + 1)) : '';
      if (key !== '' && !key.includes('/')) {
        const object = objects.find(({ id, name, project_id }) => [id ?? name ?? project_id, name].includes(key));
        return object ? answerOne(method, one, object, body) : refusal(404, `${one} ${key} could not be found.`);
      }
    }
    return undefined;
  }

  #list(many: string, objects: readonly Json[], query: URLSearchParams): Answer {
    const names = [...new Set(query.keys())].filter((name) => !PAGE_PARAMETERS.has(name));
    const found = objects.filter((object) =>
      names.every((name) => query.getAll(name).includes(String(attribute(object, name)))),
    );
    const marker = query.get('marker');
    const start = marker === null ? 0 : found.findIndex(({ id, name }) => (id ?? name) === marker) + 1;
    const limit = Math.min(this.page, Number(query.get('limit') ?? Number.POSITIVE_INFINITY));
    const page = found.slice(start, start + limit);
    const links = start + limit < found.length ? [{ rel: 'next', href: 'http://elsewhere/' }] : [];
    return { body: { [many]: page, [`${many}_links`]: links } };
  }
}

/** `loadbalancer_id` of an object that only lists its `loadbalancers`. */
function attribute(object: Json, name: string): unknown {
  const listed = object[name.replace(/_id$/, 's')] as Array<{ id: string }> | undefined;
  return name in object ? object[name] : listed?.[0]?.id;
}

function answerOne(method: string, one: string, object: Json, body: unknown): Answer {
  if (method === 'DELETE') {
    return {};
  }
  return { body: { [one]: method === 'GET' ? object : { ...object, ...(body as Record<string, Json>)[one] } } };
}

/** An error as Octavia answers it. */
export function refusal(status: number, faultstring: string): Answer {
  return { status, body: { faultcode: 'Client', faultstring, debuginfo: null } };
}
