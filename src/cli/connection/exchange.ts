/** One HTTP request and its answer. */
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { SluiceError } from '../../model/errors.js';
import { unreachable } from './refusal.js';
import type { Target } from './target.js';

export interface Outgoing {
  method: string;
  url: string;
  body?: { type: string; text: string } | undefined;
  token: string | undefined;
}

/** Time to open a connection, ms; an answer may take as long as it needs. */
const CONNECT_TIMEOUT = 10_000;

/** Resolves with the answer's head, whatever its status. @throws SluiceError `daemon_unreachable`, `permission_denied` */
export async function exchange(target: Target, { method, url, body, token }: Outgoing): Promise<IncomingMessage> {
  const headers = {
    Accept: 'application/json',
    ...(body ? { 'Content-Type': body.type, 'Content-Length': Buffer.byteLength(body.text) } : {}),
    ...(token ? { 'X-Auth-Token': token } : {}),
  };
  const place = target.kind === 'socket' ? { socketPath: target.path } : await trust(target);
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, headers, ...place });
    sent.on('response', resolve);
    sent.on('error', (error) => reject(unreachable(target, url, error)));
    sent.on('socket', (socket) => {
      if (socket.connecting) {
        const late = setTimeout(() => sent.destroy(new Error('no connection within 10 s')), CONNECT_TIMEOUT);
        socket.once('connect', () => clearTimeout(late));
        socket.once('close', () => clearTimeout(late));
      }
    });
    sent.end(body?.text);
  });
}

/** Whose certificates are believed. @throws SluiceError `file_unreadable` */
async function trust({ caFile, insecure }: { caFile: string | undefined; insecure: boolean }): Promise<object> {
  if (insecure) {
    return { rejectUnauthorized: false };
  }
  if (caFile === undefined) {
    return {};
  }
  try {
    return { ca: await readFile(caFile) };
  } catch (error) {
    const { message } = error as Error;
    throw new SluiceError('file_unreadable', `${caFile}: ${message}; it shall hold certificates in PEM form`, {
      cause: error,
    });
  }
}
