/** Versions, whether the service is up, the OpenAPI document, and the page for browsers at `/`. */
import type { Answer, ApiRequest, Route, Schema } from '../http/route.js';
import { versionDocument, versionList } from './versions.js';

export interface ServiceParts {
  /** Answers GET / to browsers; absent: they get the versions as well. */
  page?: ((request: ApiRequest) => Answer | Promise<Answer>) | undefined;
  /** The OpenAPI document. */
  document: () => object;
}

const LINKED: Schema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    status: { type: 'string', enum: ['CURRENT', 'SUPPORTED'] },
    updated: { type: 'string', format: 'date-time' },
    links: {
      type: 'array',
      items: { type: 'object', properties: { rel: { type: 'string' }, href: { type: 'string', format: 'uri' } } },
    },
  },
};

export function serviceRoutes({ page, document }: ServiceParts): Route[] {
  return [
    open(
      '',
      'List versions',
      { type: 'object', properties: { versions: { type: 'array', items: LINKED } } },
      (request) => {
        const wantsPage = page && /\btext\/html\b/.test(String(request.headers.accept ?? ''));
        return wantsPage
          ? page(request)
          : { body: { versions: versionList(selfOf(request)) }, headers: { vary: 'Accept' } };
      },
    ),
    open('/openapi.json', 'This document', { type: 'object' }, () => ({ body: document() })),
    version('/v2'),
    version('/v2.0'),
    open('/healthcheck', 'Tell whether the service is up', { type: 'object' }, ({ headers }) =>
      /\btext\/(plain|html)\b/.test(String(headers.accept ?? ''))
        ? { body: 'OK', type: 'text/plain; charset=utf-8' }
        : { body: { status: 'OK', detailed: false, reasons: [] } },
    ),
  ];
}

function version(path: string): Route {
  const schema = { type: 'object', properties: { version: LINKED } };
  return open(path, 'Show the version', schema, (request) => ({ body: versionDocument(selfOf(request)) }));
}

function open(path: string, summary: string, answer: Schema, handle: Route['handle']): Route {
  return { method: 'GET', path, need: 'none', status: 200, tag: 'Service', summary, answer, handle };
}

/** The request's own address without a slash at the end. */
function selfOf({ url }: ApiRequest): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
