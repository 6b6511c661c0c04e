/** Which gateway a command talks to: this host's daemon over its Unix socket, or one elsewhere over TCP. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { SluiceError } from '../../model/errors.js';
import { type Cloud, readCloud } from './clouds.js';
import { HOST_FILE, SOCKET } from './defaults.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Options that every command takes. */
export interface TargetFlags {
  socket?: string;
  url?: string;
  osAuthUrl?: string;
  osCloud?: string;
  osCacert?: string;
  insecure?: boolean;
}

export interface SocketTarget {
  kind: 'socket';
  path: string;
}

export interface RemoteTarget {
  kind: 'remote';
  /** Base URL of the gateway without a slash at its end; undefined: from the catalogue that comes with the token. */
  url: string | undefined;
  /** A token that was given; undefined: asked for with the credentials. */
  token: string | undefined;
  /** Undefined: none were given, requests go without a token. */
  credentials: Credentials | undefined;
  /** PEM file of authorities to trust. */
  caFile: string | undefined;
  /** Takes any certificate. */
  insecure: boolean;
}

export type Target = SocketTarget | RemoteTarget;

/** Whom Keystone is asked to give a token to. */
export interface Credentials {
  /** Ends with `/v3`. */
  authUrl: string;
  /** The `identity` member of Keystone's request. */
  identity: object;
  /** The `scope` member; undefined: what the credentials imply. */
  scope: object | undefined;
  region: string | undefined;
  interface: string;
}

/**
 * The target: options before the environment, Sluice's own variables before OpenStack's, the socket at the end.
 * @throws SluiceError `invalid_configuration` where something belongs to it that was not given
 */
export async function chooseTarget(flags: TargetFlags, env: Environment): Promise<Target> {
  if (flags.socket !== undefined) {
    return { kind: 'socket', path: flags.socket };
  }
  if (flags.url !== undefined || flags.osAuthUrl !== undefined || flags.osCloud !== undefined) {
    return await remote(flags, env);
  }
  if (env.SLUICE_SOCKET) {
    return { kind: 'socket', path: env.SLUICE_SOCKET };
  }
  if (env.SLUICE_URL || env.OS_CLOUD || env.OS_AUTH_URL) {
    return await remote(flags, env);
  }
  return { kind: 'socket', path: await configuredSocket() };
}

/** `api.socket` of the host file. One that is missing or has faults is the daemon's matter. */
async function configuredSocket(): Promise<string> {
  try {
    const file = parse(await readFile(HOST_FILE, 'utf8')) as { api?: { socket?: unknown } };
    return typeof file.api?.socket === 'string' ? file.api.socket : SOCKET;
  } catch {
    return SOCKET;
  }
}

async function remote(flags: TargetFlags, env: Environment): Promise<RemoteTarget> {
  const cloudName = flags.osCloud ?? (flags.osAuthUrl === undefined ? env.OS_CLOUD : undefined);
  const cloud = cloudName ? await readCloud(cloudName, env) : undefined;
  const settings = cloud ?? cloudOfEnvironment(env);
  const url = flags.url ?? (env.SLUICE_URL || undefined);
  const token = env.SLUICE_TOKEN || settings.token;
  const authUrl = flags.osAuthUrl ?? settings.authUrl ?? (url && hasSecret(settings) ? `${url}/identity` : undefined);
  if (url !== undefined && !/^https?:\/\/[^/]/.test(url)) {
    throw invalid(`${url} is not a URL of a gateway; write one such as http://gw1.example.net:9876`);
  }
  if (authUrl !== undefined && !/^https?:\/\/[^/]/.test(authUrl)) {
    throw invalid(`${authUrl} is not a URL of Keystone; write one such as http://gw1.example.net:9876/identity/v3`);
  }
  const credentials = token || !authUrl ? undefined : credentialsOf(settings, authUrl);
  if (!url && !credentials) {
    throw invalid(
      token
        ? 'a token alone does not tell which gateway is meant; name it with --url or $SLUICE_URL'
        : 'no URL of a gateway; name it with --url or $SLUICE_URL, or Keystone with --os-auth-url or $OS_AUTH_URL',
    );
  }
  return {
    kind: 'remote',
    url: url ? trimmed(url) : undefined,
    token: token || undefined,
    credentials,
    caFile: flags.osCacert ?? settings.caFile,
    insecure: flags.insecure ?? settings.insecure ?? false,
  };
}

function cloudOfEnvironment(env: Environment): Cloud {
  const text = (name: string): string | undefined => env[`OS_${name}`] || undefined;
  return {
    authUrl: text('AUTH_URL'),
    token: text('TOKEN'),
    username: text('USERNAME'),
    userId: text('USER_ID'),
    password: text('PASSWORD'),
    userDomain: domain(text('USER_DOMAIN_ID'), text('USER_DOMAIN_NAME')),
    projectName: text('PROJECT_NAME'),
    projectId: text('PROJECT_ID'),
    projectDomain: domain(text('PROJECT_DOMAIN_ID'), text('PROJECT_DOMAIN_NAME')),
    credentialId: text('APPLICATION_CREDENTIAL_ID'),
    credentialName: text('APPLICATION_CREDENTIAL_NAME'),
    credentialSecret: text('APPLICATION_CREDENTIAL_SECRET'),
    region: text('REGION_NAME'),
    interface: text('INTERFACE'),
    caFile: text('CACERT'),
    insecure: undefined,
  };
}

function domain(id: string | undefined, name: string | undefined): { id: string } | { name: string } | undefined {
  return id ? { id } : name ? { name } : undefined;
}

function hasSecret({ password, credentialSecret }: Cloud): boolean {
  return password !== undefined || credentialSecret !== undefined;
}

function credentialsOf(settings: Cloud, authUrl: string): Credentials {
  const base = trimmed(authUrl);
  return {
    authUrl: base.endsWith('/v3') ? base : `${base}/v3`,
    ...(settings.credentialSecret ? applicationCredential(settings) : password(settings)),
    region: settings.region,
    interface: settings.interface ?? 'public',
  };
}

function applicationCredential(settings: Cloud): Pick<Credentials, 'identity' | 'scope'> {
  const { credentialId, credentialName, credentialSecret: secret } = settings;
  if (!credentialId && !(credentialName && (settings.username || settings.userId))) {
    throw missing('OS_APPLICATION_CREDENTIAL_ID');
  }
  const which = credentialId ? { id: credentialId } : { name: credentialName, user: userOf(settings) };
  const identity = { methods: ['application_credential'], application_credential: { ...which, secret } };
  return { identity, scope: undefined };
}

function password(settings: Cloud): Pick<Credentials, 'identity' | 'scope'> {
  if (!settings.username && !settings.userId) {
    throw missing('OS_USERNAME');
  }
  if (settings.password === undefined) {
    throw missing('OS_PASSWORD');
  }
  const user = { ...userOf(settings), password: settings.password };
  const { projectId, projectName, projectDomain = { name: 'Default' } } = settings;
  const project = projectId
    ? { id: projectId }
    : projectName
      ? { name: projectName, domain: projectDomain }
      : undefined;
  return { identity: { methods: ['password'], password: { user } }, scope: project && { project } };
}

function userOf({ userId, username, userDomain = { name: 'Default' } }: Cloud): object {
  return userId ? { id: userId } : { name: username, domain: userDomain };
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}

function missing(variable: string): SluiceError {
  return invalid(`${variable} is not set; Keystone needs OS_USERNAME and OS_PASSWORD, or an application credential`);
}

function invalid(message: string): SluiceError {
  return new SluiceError('invalid_configuration', message);
}
