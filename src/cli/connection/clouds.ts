/** clouds.yaml, where OpenStack's clients find a cloud by name. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SluiceError } from '../../model/errors.js';

/** What is known of a cloud and of who asks. */
export interface Cloud {
  authUrl: string | undefined;
  token: string | undefined;
  username: string | undefined;
  userId: string | undefined;
  password: string | undefined;
  userDomain: { id: string } | { name: string } | undefined;
  projectName: string | undefined;
  projectId: string | undefined;
  projectDomain: { id: string } | { name: string } | undefined;
  credentialId: string | undefined;
  credentialName: string | undefined;
  credentialSecret: string | undefined;
  region: string | undefined;
  interface: string | undefined;
  caFile: string | undefined;
  insecure: boolean | undefined;
}

type Section = Record<string, unknown>;

/**
 * The entry of a cloud: from $OS_CLIENT_CONFIG_FILE, else `clouds.yaml` here, in ~/.config/openstack or in /etc/openstack.
 * @throws SluiceError `not_found` with the names that exist, `file_unreadable`
 */
export async function readCloud(name: string, env: Readonly<Record<string, string | undefined>>): Promise<Cloud> {
  const home = env.HOME ?? homedir();
  const places = env.OS_CLIENT_CONFIG_FILE
    ? [env.OS_CLIENT_CONFIG_FILE]
    : ['clouds.yaml', join(home, '.config/openstack/clouds.yaml'), '/etc/openstack/clouds.yaml'];
  for (const path of places) {
    const clouds = await readClouds(path);
    if (!clouds) {
      continue;
    }
    const cloud = clouds[name];
    if (isSection(cloud)) {
      return cloudOf(cloud);
    }
    const known = Object.keys(clouds).join(', ') || 'none';
    throw new SluiceError('not_found', `${path} has no cloud "${name}"; it has: ${known}`);
  }
  throw new SluiceError(
    'file_unreadable',
    `no clouds.yaml found for the cloud "${name}"; looked at ${places.join(', ')}`,
  );
}

async function readClouds(path: string): Promise<Section | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new SluiceError('file_unreadable', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const clouds = (parse(text) as { clouds?: unknown } | null)?.clouds;
    return isSection(clouds) ? clouds : {};
  } catch (error) {
    throw new SluiceError('file_unreadable', `${path} is not YAML: ${(error as Error).message}`, { cause: error });
  }
}

function cloudOf(entry: Section): Cloud {
  const auth = isSection(entry.auth) ? entry.auth : {};
  const text = (section: Section, key: string): string | undefined =>
    section[key] === undefined || section[key] === null ? undefined : String(section[key]);
  const domain = (prefix: string): Cloud['userDomain'] => {
    const id = text(auth, `${prefix}_domain_id`);
    const name = text(auth, `${prefix}_domain_name`);
    return id ? { id } : name ? { name } : undefined;
  };
  return {
    authUrl: text(auth, 'auth_url'),
    token: text(auth, 'token'),
    username: text(auth, 'username'),
    userId: text(auth, 'user_id'),
    password: text(auth, 'password'),
    userDomain: domain('user'),
    projectName: text(auth, 'project_name'),
    projectId: text(auth, 'project_id'),
    projectDomain: domain('project'),
    credentialId: text(auth, 'application_credential_id'),
    credentialName: text(auth, 'application_credential_name'),
    credentialSecret: text(auth, 'application_credential_secret'),
    region: text(entry, 'region_name'),
    interface: text(entry, 'interface'),
    caFile: text(entry, 'cacert'),
    insecure: entry.verify === false ? true : undefined,
  };
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
