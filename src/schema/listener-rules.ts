/** What the fields of a listener mean to each other. An empty protocol stands for one that had a fault of its own. */
import { listenerDefaults } from '../model/defaults.js';
import type { Listener, ListenerProtocol, TlsPolicy } from '../model/resources.js';
import { TLS_POLICY_VERSIONS } from '../model/tls-policies.js';
import { type FaultReport, nearest, withArticle } from './faults.js';
import type { ByProtocol, Uncompleted } from './listeners.js';

/** Header names that take "true" or "false"; the X-SSL ones need the certificate of a client. */
const FORWARDED_HEADERS = ['X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Real-IP'];
const TLS_HEADERS = [
  'X-SSL-Client-Verify',
  'X-SSL-Client-Has-Cert',
  'X-SSL-Client-DN',
  'X-SSL-Client-CN',
  'X-SSL-Issuer',
  'X-SSL-Client-SHA1',
  'X-SSL-Client-Not-Before',
  'X-SSL-Client-Not-After',
];
const SWITCHES = [...FORWARDED_HEADERS, ...TLS_HEADERS];
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,255}$/;
/** Who the message is for, how long it is and whether the connection stays are the gateway's to say. */
const RESERVED_HEADERS = ['connection', 'content-length', 'transfer-encoding', 'upgrade', 'te', 'trailer'];

const TLS_FIELDS = [
  'default_tls_container_ref',
  'sni_container_refs',
  'client_ca_tls_container_ref',
  'client_crl_container_ref',
  'tls_ciphers',
  'tls_versions',
  'alpn_protocols',
  'hsts_max_age',
  'tls_policy',
] as const;
/** In ascending order. */
const TLS_VERSIONS = TLS_POLICY_VERSIONS.OLD;

/** Fields that need requests; listeners that see none have them at their defaults. */
const HTTP_FIELDS = [
  'timeout_http_keepalive',
  'keepalive_requests',
  'compression',
  'preserve_host',
  'policy_order',
  'access_log',
] as const;

type Checked = Omit<Listener, 'id' | 'project_id' | 'created_at' | 'updated_at' | 'l7policies' | 'default_pool_id'>;

/** Whether requests of a listener with this protocol are looked into. */
export function isHttp(protocol: ListenerProtocol): boolean {
  return protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS';
}

/** Whether sessions of a listener with this protocol can carry the client's address in a TCP option. */
function takesToa(protocol: ListenerProtocol): boolean {
  return protocol === 'TCP' || protocol === 'HTTPS';
}

/** The listener with what depends on the protocol filled in where it is null. */
export function completeListener<
  T extends Uncompleted<Pick<Listener, ByProtocol | 'protocol'>> & { tls_policy?: TlsPolicy | null },
>(listener: T): Omit<T, ByProtocol> & Pick<Listener, ByProtocol> {
  const { timeout_client_data, tls_versions, alpn_protocols, client_address, protocol } = listener;
  const defaults = listenerDefaults(protocol);
  const versions = protocol === 'TERMINATED_HTTPS' ? versionsOf(listener.tls_policy) : undefined;
  return {
    ...listener,
    timeout_client_data: timeout_client_data ?? defaults.timeout_client_data,
    tls_versions: tls_versions ?? versions ?? defaults.tls_versions,
    alpn_protocols: alpn_protocols ?? defaults.alpn_protocols,
    client_address: client_address ?? (takesToa(protocol) ? 'toa' : 'none'),
  };
}

/** Versions of TLS that a policy brings along; undefined: there is no policy, or none of that name. */
function versionsOf(policy: TlsPolicy | null | undefined): string[] | undefined {
  const versions: readonly string[] | undefined = policy ? TLS_POLICY_VERSIONS[policy] : undefined;
  return versions && [...versions];
}

/** Every rule of a listener that needs no other object. */
export function checkListener(listener: Checked, report: FaultReport): void {
  const { protocol } = listener;
  if ((protocol as string) === '') {
    return;
  }
  if (listener.client_address === 'toa' && !takesToa(protocol)) {
    report(['client_address'], {
      message: `${withArticle(protocol)} listener cannot carry the client's address in a TCP option`,
      suggestion: 'write none, or leave it out',
    });
  }
  if (listener.request_rate_limit !== null && !isHttp(protocol)) {
    report(['request_rate_limit'], notOf(protocol, 'a limit of requests', 'session_rate_limit limits connections'));
  }
  checkHttpFields(listener, report);
  checkAccessList(listener, report);
  checkHeaders(listener, report);
  checkTls(listener, report);
  checkClientCertificates(listener, report);
}

function checkHttpFields(listener: Checked, report: FaultReport): void {
  const { protocol } = listener;
  const defaults = listenerDefaults(protocol);
  for (const name of isHttp(protocol) ? [] : HTTP_FIELDS) {
    if (listener[name] !== defaults[name] && (listener[name] as string) !== '') {
      report([name], notOf(protocol, name, 'leave it out: it is for HTTP and TERMINATED_HTTPS listeners'));
    }
  }
}

function notOf(protocol: string, what: string, instead: string) {
  return { message: `${withArticle(protocol)} listener cannot have ${what}`, suggestion: instead };
}

function checkAccessList({ access_list_id, access_list_action }: Checked, report: FaultReport): void {
  if (access_list_id !== null && access_list_action === null) {
    report(['access_list_action'], {
      code: 'missing',
      message: 'access_list_action is missing',
      suggestion: 'write allow to let only the addresses of the list in, or deny to keep them out',
    });
  }
  if (access_list_id === null && access_list_action !== null) {
    report(['access_list_action'], {
      message: `${access_list_action} what? there is no access_list_id`,
      suggestion: 'add access_list_id, or leave access_list_action out',
    });
  }
}

function checkHeaders({ insert_headers, protocol }: Checked, report: FaultReport): void {
  const names = Object.keys(insert_headers);
  if (names.length > 0 && !isHttp(protocol)) {
    report(['insert_headers'], notOf(protocol, 'headers', 'leave it out, or make it an HTTP listener'));
    return;
  }
  const lower = names.map((name) => name.toLowerCase());
  for (const [index, name] of names.entries()) {
    const first = names[lower.indexOf(lower[index]!)]!;
    const fault =
      first === name
        ? headerFault(name, insert_headers[name]!, protocol)
        : { message: `${name} is ${first} again`, suggestion: 'write one of them: case does not tell headers apart' };
    if (fault) {
      report(['insert_headers', name], { ...fault, part: 'key' });
    }
  }
}

function headerFault(name: string, value: string, protocol: string) {
  const isSwitch = /^(true|false)$/i.test(value);
  if (SWITCHES.includes(name)) {
    if (!isSwitch) {
      return { message: `${name} is switched on or off`, suggestion: 'write "true" or "false"' };
    }
    return TLS_HEADERS.includes(name) && protocol !== 'TERMINATED_HTTPS'
      ? notOf(protocol, name, 'only TERMINATED_HTTPS listeners see certificates of clients')
      : undefined;
  }
  if (isSwitch) {
    const meant = nearest(name, SWITCHES);
    const known = `"true" and "false" are for ${SWITCHES.join(', ')}`;
    return { message: `there is no header ${name} to switch`, suggestion: meant ? `did you mean ${meant}?` : known };
  }
  return HEADER_NAME.test(name) && !RESERVED_HEADERS.includes(name.toLowerCase())
    ? undefined
    : { message: `${name} is not a header that can be set`, suggestion: 'write letters, digits and -' };
}

function checkTls(listener: Checked, report: FaultReport): void {
  const { protocol } = listener;
  if (protocol !== 'TERMINATED_HTTPS') {
    for (const name of TLS_FIELDS) {
      const value = listener[name];
      if (value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)) {
        report([name], notOf(protocol, name, 'leave it out: it is for TERMINATED_HTTPS listeners'));
      }
    }
    return;
  }
  if (listener.default_tls_container_ref === null && listener.sni_container_refs.length === 0) {
    report([], {
      code: 'missing',
      message: 'default_tls_container_ref is missing',
      suggestion: 'add default_tls_container_ref: the certificate clients are shown',
    });
  }
  checkVersions(listener.tls_versions, report);
  if (listener.hsts_max_age === null && (listener.hsts_include_subdomains || listener.hsts_preload)) {
    report([listener.hsts_include_subdomains ? 'hsts_include_subdomains' : 'hsts_preload'], {
      message: 'HSTS is off',
      suggestion: 'add hsts_max_age, the seconds browsers remember it',
    });
  }
}

/** Libraries of TLS take the lowest and the highest version, and all between. Empty texts had faults of their own. */
function checkVersions(versions: readonly string[], report: FaultReport): void {
  const places = versions.map((version) => TLS_VERSIONS.indexOf(version)).sort((a, b) => a - b);
  const gap = places.findIndex((place, index) => index > 0 && place > places[index - 1]! + 1);
  if (versions.length === 0) {
    report(['tls_versions'], {
      message: 'no version of TLS is left',
      suggestion: 'write at least one, or leave it out for those of tls_policy',
    });
  } else if (gap > 0 && !places.includes(-1)) {
    const missing = TLS_VERSIONS.slice(places[gap - 1]! + 1, places[gap]);
    report(['tls_versions'], {
      message: `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing between the others`,
      suggestion: 'write versions that follow each other',
    });
  }
}

function checkClientCertificates(listener: Checked, report: FaultReport): void {
  const { client_authentication, client_ca_tls_container_ref, client_crl_container_ref, protocol } = listener;
  if (client_authentication !== 'NONE' && protocol !== 'TERMINATED_HTTPS') {
    report(['client_authentication'], notOf(protocol, 'client authentication', 'write NONE, or leave it out'));
    return;
  }
  const needing = client_crl_container_ref !== null ? 'client_crl_container_ref' : 'client_authentication';
  const needed = client_authentication !== 'NONE' || client_crl_container_ref !== null;
  if (needed && client_ca_tls_container_ref === null) {
    report([needing], {
      message: 'there is nothing to verify certificates of clients with',
      suggestion: 'add client_ca_tls_container_ref',
    });
  }
}
