/** Errors as Keystone's clients read them: `{"error": {"code", "title", "message"}}`. */
import { STATUS_CODES } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { errorHeaders, RetryLater } from '../../identity/errors.js';
import { formatFault, SluiceError } from '../../model/errors.js';
import { asSluiceError, isDefect } from '../http/errors.js';
import type { Desk } from './desk.js';

export function answerErrors(server: FastifyInstance, desk: Desk): void {
  const { keystone } = desk.identity.settings;
  server.setNotFoundHandler((request) => {
    const here = keystone ? `; users and tokens are those of ${keystone.auth_url}` : '';
    throw new SluiceError('not_found', `there is no ${request.method} ${request.url.split('?')[0]} here${here}`);
  });
  server.setErrorHandler(async (thrown, request, reply) => {
    const error = asSluiceError(thrown, desk.requestId(request));
    if (isDefect(error)) {
      const { method, url } = request;
      desk.log.error({ err: thrown, request_id: desk.requestId(request), method, url }, 'request failed');
    }
    const body = errorBody(error);
    // Attempts that were not even looked at are not kept: whoever guesses would fill the disk.
    if (!(error instanceof RetryLater)) {
      await desk.record(request, { status: error.status, id: null, name: null, response: body });
    }
    const authUrl = `${desk.base(request)}/identity`;
    await reply.code(error.status).headers(errorHeaders(error, authUrl)).send(body);
  });
}

function errorBody({ status, message, faults }: SluiceError): object {
  const text = faults.length > 0 ? faults.map(formatFault).join('; ') : message;
  return { error: { code: status, title: STATUS_CODES[status] ?? 'Error', message: text } };
}
