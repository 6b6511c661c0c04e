/** Reads request bodies: JSON only, and nothing that is nested deeper than any resource. */
import type { FastifyInstance } from 'fastify';
import { nestsDeeper } from '../../config/document.js';
import { HttpRefusal } from './errors.js';

/** 100,000 access-list entries, or 10,000 members with names, fit several times over. */
export const BODY_LIMIT = 16 << 20;
/** The tree has 8 levels. Deeper input would overflow the stack of whatever walks through it. */
const MAX_DEPTH = 32;

/** Bodies of any other type are refused with 415: a page in somebody's browser can send those without asking. */
export function readJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(/^application\/([\w.-]+\+)?json/i, { parseAs: 'string' }, (request, text, done) => {
    if (text === '') {
      done(null, undefined);
      return;
    }
    void parse(request, text as string, (error, body) => {
      if (error) {
        done(malformed(text as string, error));
        return;
      }
      done(
        nestsDeeper(body, MAX_DEPTH)
          ? new HttpRefusal(400, `the body is nested deeper than ${MAX_DEPTH} levels`)
          : null,
        body,
      );
    });
  });
}

/** The parser's own words, after what it choked on is known to be syntax. */
function malformed(text: string, error: Error): HttpRefusal {
  try {
    JSON.parse(text);
  } catch (cause) {
    return new HttpRefusal(400, `the body is not JSON: ${(cause as Error).message.slice(0, 200)}`);
  }
  return new HttpRefusal(400, `the body is not accepted: ${error.message}`);
}
