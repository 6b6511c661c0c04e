/** Where clients reach this gateway, for the links and the catalogue that they are sent. */
import type { FastifyRequest } from 'fastify';
import type { IdentitySettings } from '../../identity/settings.js';

/** The path below which links are, whichever one the client used. */
export const IDENTITY_PATH = '/identity/v3';

/** A host name or address with an optional port, nothing that could end up as another part of a URL. */
const HOST = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** `http://127.0.0.1:9876`: as configured, else what the client itself wrote. Only that client sees the answer. */
export function baseUrl(
  { protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>,
  settings: IdentitySettings,
): string {
  if (settings.public_url !== null) {
    return settings.public_url.replace(/\/+$/, '');
  }
  return `${protocol}://${host && HOST.test(host) ? host : 'localhost'}`;
}
