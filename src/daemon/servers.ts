/** The daemon's two HTTP servers: the API for whoever may open the Unix socket, and the same for the network, with authentication. */
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { identityRoutes } from '../api/identity/routes.js';
import { type Access, API_SERVER_OPTIONS, createApi } from '../api/index.js';
import type { HostConfig } from '../config/host-file.js';
import type { ControlPlane } from '../control/control-plane.js';
import { type Authenticate, type IdentityService, socketCaller } from '../identity/index.js';
import { statusPage } from './page.js';
import { addDaemonRoutes, type DaemonRoutes } from './routes.js';
import type { Service } from './service.js';

export interface ServerParts {
  service: Service;
  control: ControlPlane;
  identity: IdentityService;
  metrics: DaemonRoutes['metrics'];
  config: HostConfig;
  version: string;
  log: Logger;
}

/** Whoever may open the socket may do everything. */
export async function createLocalServer(parts: ServerParts): Promise<FastifyInstance> {
  const { identity } = parts;
  const authenticate = async () => socketCaller();
  return await createServer(parts, { ...identity, authenticate }, { identify: authenticate, open: true });
}

/** Status, metrics and the page at `/` ask who is there, as the API does, but where nobody is asked. */
export async function createPublicServer(parts: ServerParts): Promise<FastifyInstance> {
  const { config, identity } = parts;
  return await createServer(parts, identity, { identify: identity.identify, open: config.api.auth === 'none' });
}

interface Way {
  /** Who uses identity's own routes. */
  identify: Authenticate;
  /** Whether status, metrics and page are for everybody who can connect. */
  open: boolean;
}

async function createServer(parts: ServerParts, access: Access, { identify, open }: Way): Promise<FastifyInstance> {
  const { service, control, identity, config, version, log, metrics } = parts;
  const server = Fastify(API_SERVER_OPTIONS);
  const page = () => ({ body: statusPage(service.status()), type: 'text/html; charset=utf-8' });
  await server.register(
    createApi({
      control,
      access,
      version,
      log,
      ...(config.api.public_url === null ? {} : { publicUrl: config.api.public_url }),
      ...(open ? { page } : {}),
      extend: async (api) => {
        identityRoutes(api, { control, identity, identify, log });
        await addDaemonRoutes(api, { service, metrics, open });
      },
    }),
  );
  return server;
}
