/** The HTTP API: Octavia v2 and what Sluice adds, as a plugin for the HTTP server of the daemon. */
import type { FastifyInstance, FastifyPluginAsync, FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import type { ControlPlane } from '../control/control-plane.js';
import type { Access } from './http/access.js';
import { BODY_LIMIT } from './http/body.js';
import { documentRoutes } from './http/openapi.js';
import { PREFIXES, type RouteGroup, routedUrl } from './http/paths.js';
import type { Answer, ApiRequest } from './http/route.js';
import { addRoutes, frameworkErrors, prepareServer } from './http/server.js';
import { accessListRoutes } from './routes/accesslists.js';
import { BATCH_ROUTES } from './routes/batches.js';
import { certificateRoutes } from './routes/certificates.js';
import type { ListLimits } from './routes/collection.js';
import { EXPORT_ROUTE } from './routes/export.js';
import { flatRoutes } from './routes/flat.js';
import { l7Routes } from './routes/l7.js';
import { listenerRoutes } from './routes/listeners.js';
import { loadbalancerRoutes } from './routes/loadbalancers.js';
import { memberRoutes } from './routes/members.js';
import { networkRoutes } from './routes/networks.js';
import { OBSERVATION_ROUTES } from './routes/observation.js';
import { poolRoutes } from './routes/pools.js';
import { AMPHORA_ROUTES, PROVIDER_ROUTES } from './routes/providers.js';
import { quotaRoutes } from './routes/quotas.js';
import { type ServiceParts, serviceRoutes } from './routes/service.js';
import { specificationRoutes } from './routes/specifications.js';

export type { Access, Need } from './http/access.js';
export type { Answer, ApiRequest } from './http/route.js';

export interface ApiOptions {
  control: ControlPlane;
  /** Who asks: `socketCaller` for the Unix socket, the identity service for the network. */
  access: Access;
  /** Of Sluice, for the OpenAPI document. */
  version: string;
  log: Logger;
  /** Where clients reach this gateway, for links: `https://lb.example.org`; absent: where each says it does. */
  publicUrl?: string;
  /** Answers GET / to browsers; absent: they get the list of versions too. */
  page?: (request: ApiRequest) => Answer | Promise<Answer>;
  /** Most objects in the answer to a list; absent: any number. */
  paginationMaxLimit?: number;
  /**
   * Adds routes of the daemon with the same authentication and errors. `config: { need: 'read' }` of a route says what its caller must be
   * allowed; without it only administrators are served.
   */
  extend?: (server: FastifyInstance) => void | Promise<void>;
}

/** Options that the server has to be made with: they cannot be set by a plugin. */
export const API_SERVER_OPTIONS = {
  bodyLimit: BODY_LIMIT,
  forceCloseConnections: true,
  // For receiving a request as a whole: who sends a byte a minute does not keep a connection.
  requestTimeout: 120_000,
  frameworkErrors,
  rewriteUrl: ({ url = '/' }) => routedUrl(url),
  routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
} as const satisfies FastifyServerOptions;

/** The plugin. Register it once on a server made with {@link API_SERVER_OPTIONS}, without a prefix. */
export function createApi(options: ApiOptions): FastifyPluginAsync {
  return async (server) => {
    const document = (): object => server.swagger();
    const groups = routeGroups({ maxLimit: options.paginationMaxLimit }, { page: options.page, document });
    prepareServer(server, options, groups);
    await documentRoutes(server, options.version);
    addRoutes(server, groups, options);
    await options.extend?.(server);
  };
}

/** The table of everything the API answers. */
export function routeGroups(limits: ListLimits, service: ServiceParts): RouteGroup[] {
  return [
    { prefix: PREFIXES.root, routes: serviceRoutes(service) },
    {
      prefix: PREFIXES.lbaas,
      routes: [
        ...loadbalancerRoutes(limits),
        ...listenerRoutes(limits),
        ...poolRoutes(limits),
        ...memberRoutes(limits),
        ...l7Routes(limits),
        ...quotaRoutes(limits),
        ...flatRoutes(limits),
        ...PROVIDER_ROUTES,
      ],
    },
    { prefix: PREFIXES.octavia, routes: AMPHORA_ROUTES },
    {
      prefix: PREFIXES.sluice,
      routes: [
        ...BATCH_ROUTES,
        EXPORT_ROUTE,
        ...accessListRoutes(limits),
        ...certificateRoutes(limits),
        ...specificationRoutes(limits),
        ...OBSERVATION_ROUTES,
      ],
    },
    { prefix: PREFIXES.network, routes: networkRoutes(limits) },
  ];
}
