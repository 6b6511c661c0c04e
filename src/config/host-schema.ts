/** The host file as it is written. */
import { absent, choice, field, flag, integer, list, optional, record, text, uuid } from '../schema/fields.js';
import { type AccessLogSection, accessLogSection } from './access-log-fields.js';
import { API_AUTHS, type ApiConfig, DEFAULT_LISTEN, DEFAULT_SOCKET, DEFAULT_TOKEN_HOURS } from './api-fields.js';
import {
  DEFAULT_GATEWAY_NAME,
  DEFAULT_SESSIONS,
  DEFAULT_STATE_DIR,
  type GatewayConfig,
  MAX_SESSIONS,
  MIN_SESSIONS,
} from './gateway-fields.js';
import { type ProxySection, proxySection } from './proxy-fields.js';
import { type VaultSection, vaultSection } from './vault-fields.js';

const MAX_PATH = 4096;
/** sun_path of a Unix socket address holds 107 characters and a zero. */
const MAX_SOCKET_PATH = 107;

/** Checked, it has the same fields: its local addresses are written out then. */
export type GatewaySection = GatewayConfig;

export interface KeystoneSection {
  url: string;
  username: string;
  password_file: string;
  project_name: string;
  user_domain_name: string;
  project_domain_name: string;
  cache_seconds: number;
  timeout: number;
}

export interface ApiSection extends Omit<ApiConfig, 'listen'> {
  /** Address and port, `127.0.0.1:9876`. */
  listen: string;
}

export interface SubnetSection {
  name: string;
  cidr: string;
  gateway_ip: string | null;
  allocation_pools: string[] | null;
  id?: string;
  network_id?: string;
  public: boolean;
}

export interface HostSection {
  gateway: GatewaySection;
  api: ApiSection;
  proxy: ProxySection;
  access_log: AccessLogSection | null;
  vault: VaultSection;
  subnets: SubnetSection[];
  loadbalancers: unknown;
}

const path = (description: string, maxLength = MAX_PATH) => text(description, { format: 'absolute-path', maxLength });

const gateway = record<GatewaySection>('The gateway section', {
  name: optional(
    text('Names the directory of the pinned maps: two gateways on one host need two names.', {
      format: 'gateway-name',
      maxLength: 63,
    }),
    DEFAULT_GATEWAY_NAME,
  ),
  interfaces: optional(
    list(
      'Interfaces that packets of clients and members arrive on.',
      text('An interface', { format: 'interface-name' }),
    ),
    [],
  ),
  local_addresses: optional(
    list(
      'Source addresses towards members: addresses, blocks, ranges.',
      text('An address, a block or a range', { format: 'address-set' }),
    ),
    [],
  ),
  state_dir: optional(path('Where the configuration is kept between starts.'), DEFAULT_STATE_DIR),
  sessions: optional(
    integer(
      'Sessions the gateway holds at once, 1,000 to 16,000,000. Their memory is taken at start.',
      MIN_SESSIONS,
      MAX_SESSIONS,
    ),
    DEFAULT_SESSIONS,
  ),
  dataplane: optional(choice('xdp, or none for a control plane alone.', ['xdp', 'none']), 'xdp'),
});

const keystone = record<KeystoneSection>('The keystone section', {
  url: text('URL of the Keystone, such as https://keystone.example.com:5000/v3', { format: 'http-url' }),
  username: text('A user that may validate tokens'),
  password_file: path('File with the password of that user'),
  project_name: optional(text('Project of that user.'), 'service'),
  user_domain_name: optional(text('Domain of that user.'), 'Default'),
  project_domain_name: optional(text('Domain of that project.'), 'Default'),
  cache_seconds: optional(integer('Seconds that an answer about a token is good for, 0 to 3,600.', 0, 3600), 10),
  timeout: optional(integer('Seconds until a question is given up, 1 to 60.', 1, 60), 5),
});

const api = record<ApiSection>('The api section', {
  listen: optional(text('Address and port of the HTTP server.', { format: 'socket-address' }), DEFAULT_LISTEN),
  socket: optional(path('Unix socket for the command line.', MAX_SOCKET_PATH), DEFAULT_SOCKET),
  auth: optional(choice('Whose users may use the API.', API_AUTHS), 'identity'),
  admin_password_file: optional(path('File with the password that the user admin gets at the first start.'), null),
  token_hours: optional(integer('Hours that a token is good for, 1 to 168.', 1, 168), DEFAULT_TOKEN_HOURS),
  region: optional(text('Region in the catalogue.'), 'RegionOne'),
  public_url: optional(
    text('Where clients reach the API, as the catalogue says; what they wrote themselves where it is not given.', {
      format: 'http-url',
    }),
    null,
  ),
  keystone: optional(keystone, null),
});

const subnet = record<SubnetSection>('A subnet', {
  name: text('Name that clients look it up by'),
  cidr: text('The block of its addresses, such as 198.18.0.0/24', { format: 'cidr' }),
  gateway_ip: optional(text('Its router; never allocated.', { format: 'address' }), null),
  allocation_pools: optional(
    list(
      'Ranges that VIPs are allocated from; all of the block where none are given.',
      text('A range', { format: 'address-set' }),
    ),
    null,
  ),
  id: absent(uuid('Its id. Made from the name where none is given.')),
  network_id: absent(uuid('Id of its network. Made from the name where none is given.')),
  public: flag('Whether its addresses are public ones.', false),
});

export const hostSection = record<HostSection>('A host file', {
  gateway,
  api,
  proxy: proxySection,
  access_log: optional(accessLogSection, null),
  vault: vaultSection,
  subnets: optional(list('Subnets that VIPs are allocated from.', subnet), []),
  loadbalancers: optional(field<unknown>({ description: 'Load balancers, as apply takes them.' }), null),
});
