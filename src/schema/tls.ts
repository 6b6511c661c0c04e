/** Fields of TLS that listeners and pools share. */
import { choice, type Field, list, optional, text } from './fields.js';

/** Octavia refers to a secret store by URL; here the id of a certificate will do. */
export function CONTAINER(description: string): Field<string> {
  return text(description, { format: 'line' });
}

export function CONTAINER_OR_NONE(description: string): Field<string | null> {
  return optional(CONTAINER(description), null);
}

export const TLS_CIPHERS = text('Ciphers as OpenSSL names them, joined by colons.', {
  format: 'tls-ciphers',
  maxLength: 2048,
});

export const TLS_VERSIONS: Field<string[]> = list(
  'Versions of TLS.',
  choice<string>('A version of TLS', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']),
  { 'x-distinct': true },
);

export const ALPN: Field<string[]> = list(
  'Protocols offered by ALPN, the most wanted first.',
  choice<string>('A protocol', ['h2', 'http/1.1', 'http/1.0']),
  { 'x-distinct': true },
);
