/** A certificate authority for tests, by openssl: server and client certificates, chains with an intermediate authority, revocation lists. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeyPair {
  /** PEM; the leaf first, then its intermediate authority where there is one. */
  certificate: string;
  /** PEM, PKCS#8 */
  key: string;
  /** The same as files. */
  files: { certificate: string; key: string };
}

export interface CertificateOptions {
  /** Default `ecdsa`: P-256; `rsa`: 2,048 bits. */
  key?: 'ecdsa' | 'rsa';
  /** Default 30; a negative number: expired. */
  days?: number;
}

const KEYS = {
  ecdsa: ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  rsa: ['rsa:2048'],
} as const;

const USES = { server: 'serverAuth', client: 'clientAuth' } as const;

export class Authority {
  /** The authority's own certificate: what clients or servers trust. */
  readonly certificate: string;
  readonly file: string;
  #serial = 1;

  private constructor(
    private readonly directory: string,
    /** What certificates carry along. */
    private readonly chain: string,
  ) {
    this.file = join(directory, 'ca.crt');
    this.certificate = readFileSync(this.file, 'utf8');
  }

  /** @param directory made for it, and removed by whoever gave it */
  static make(directory: string, name = 'Test Authority'): Authority {
    mkdirSync(directory, { recursive: true });
    openssl(directory, [
      'req',
      '-x509',
      ...newKey('ecdsa', 'ca'),
      '-subj',
      `/CN=${name}`,
      '-days',
      '60',
      '-out',
      'ca.crt',
    ]);
    prepare(directory);
    return new Authority(directory, '');
  }

  /** An authority below this one. */
  intermediate(name: string): Authority {
    const directory = join(this.directory, `below-${this.#serial}`);
    mkdirSync(directory, { recursive: true });
    openssl(directory, ['req', ...newKey('ecdsa', 'ca'), '-subj', `/CN=${name}`, '-out', 'ca.csr']);
    this.#sign(join(directory, 'ca.csr'), join(directory, 'ca.crt'), 60, [
      'basicConstraints=critical,CA:true',
      'keyUsage=critical,keyCertSign,cRLSign',
    ]);
    prepare(directory);
    return new Authority(directory, readFileSync(join(directory, 'ca.crt'), 'utf8') + this.chain);
  }

  /** @param names of hosts, also `*.example.org`, and addresses; the first one is the common name too */
  server(names: readonly string[], options: CertificateOptions = {}): KeyPair {
    const list = names.map((name) => (/^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(',');
    return this.#issue('server', names[0]!, [`subjectAltName=${list}`], options);
  }

  client(name: string, options: CertificateOptions = {}): KeyPair {
    return this.#issue('client', name, [], options);
  }

  /** The revocation list in PEM, with these and all revoked before. */
  revoke(...pairs: readonly KeyPair[]): string {
    for (const { files } of pairs) openssl(this.directory, [...CA, '-revoke', files.certificate]);
    openssl(this.directory, [...CA, '-gencrl', '-crldays', '30', '-out', 'ca.crl']);
    return readFileSync(join(this.directory, 'ca.crl'), 'utf8');
  }

  #issue(use: keyof typeof USES, name: string, extensions: string[], options: CertificateOptions): KeyPair {
    const { key = 'ecdsa', days = 30 } = options;
    const base = `${use}-${this.#serial}`;
    const files = { certificate: join(this.directory, `${base}.crt`), key: join(this.directory, `${base}.key`) };
    // Names with a wildcard are fine for a subject, a slash would not be.
    openssl(this.directory, ['req', ...newKey(key, base), '-subj', `/CN=${name}`, '-out', `${base}.csr`]);
    const usage = [`extendedKeyUsage=${USES[use]}`, 'keyUsage=digitalSignature', 'basicConstraints=CA:false'];
    this.#sign(join(this.directory, `${base}.csr`), files.certificate, days, [...usage, ...extensions]);
    const certificate = readFileSync(files.certificate, 'utf8') + this.chain;
    writeFileSync(files.certificate, certificate);
    return { certificate, key: readFileSync(files.key, 'utf8'), files };
  }

  #sign(request: string, out: string, days: number, extensions: readonly string[]): void {
    const serial = this.#serial++;
    writeFileSync(join(this.directory, 'extensions'), extensions.join('\n'));
    const start = Date.now() - (days < 0 ? 60 : 1) * DAY_MS;
    const period = ['-startdate', opensslTime(start), '-enddate', opensslTime(Date.now() + days * DAY_MS)];
    writeFileSync(join(this.directory, 'serial'), (0x1000 + serial).toString(16));
    openssl(this.directory, [...CA, '-notext', '-in', request, '-out', out, '-extfile', 'extensions', ...period]);
  }
}

const DAY_MS = 86_400_000;

/** `openssl ca` with the configuration that prepare() writes. */
const CA = ['ca', '-batch', '-config', 'ca.conf'];

const CONFIGURATION = `
[ca]
default_ca = test
[test]
database = index
serial = serial
new_certs_dir = .
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
unique_subject = no
crl_extensions = crl
[crl]
authorityKeyIdentifier = keyid
[any]
commonName = supplied
`;

/** Files by which `openssl ca` remembers what it has issued: revocation lists are made from them. */
function prepare(directory: string): void {
  writeFileSync(join(directory, 'ca.conf'), CONFIGURATION);
  writeFileSync(join(directory, 'index'), '');
}

function newKey(kind: keyof typeof KEYS, base: string): string[] {
  return ['-newkey', ...KEYS[kind], '-nodes', '-keyout', `${base}.key`];
}

/** As `openssl ca` takes it: 20260130120000Z. */
function opensslTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

function openssl(directory: string, argv: readonly string[]): void {
  execFileSync('openssl', argv, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
}
