/** How identity's routes appear in the OpenAPI document, and what the audit calls them. */
import type { FastifySchema, RouteShorthandOptions } from 'fastify';
import type { Audited } from '../http/route.js';

/** Of identity bodies: nothing here needs more, and anybody may send one. */
const BODY_LIMIT = 64 << 10;

/** @param more.body schema of the body's inner object @param more.root its key: `user` */
export function document(
  summary: string,
  more: { audited?: Audited; body?: object; root?: string } = {},
): RouteShorthandOptions {
  const { audited, body, root } = more;
  const schema: FastifySchema = {
    summary,
    tags: ['Identity'],
    ...(body && root ? { body: { type: 'object', required: [root], properties: { [root]: body } } } : {}),
  };
  // Whoever needs to be known is asked by the route itself: tokens without a project are good for some of them.
  return { schema, bodyLimit: BODY_LIMIT, config: { need: 'none', ...(audited ? { audited } : {}) } };
}
