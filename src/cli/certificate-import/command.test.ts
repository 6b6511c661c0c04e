import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  authority,
  type Issued,
  issuedBy,
  revocationList,
  rsaPair,
  selfSigned,
} from '../../certificates/testing/authority.js';
import { openssl } from '../../certificates/testing/openssl.js';
import { startEach } from '../testing/each-test.js';
import type { FakeGateway } from '../testing/fake-gateway.js';
import { id, scene } from '../testing/scene.js';

const PATH = '/v2/sluice/certificates';
const OLD = { id: id(10, 1), name: 'shop', type: 'SERVER' };
const root = authority('Example Root');
const issuing = authority('Example Issuing', root);
const ec = issuedBy(issuing, { name: 'shop', domains: ['shop.example.com', 'www.example.com'] });
const rsa = issuedBy(issuing, { name: 'rsa', domains: ['rsa.example.com'], key: rsaPair() });
const chainOf = ({ certificate }: Issued) => `${certificate}${issuing.certificate}${root.certificate}`;

let gateway: FakeGateway;
const run = startEach(scene, (started) => {
  gateway = started;
  gateway.collection(PATH, 'certificate', 'certificates', [
    OLD,
    { ...OLD, id: id(10, 2), name: 'ca', type: 'CLIENT_CA' },
  ]);
});

function file(name: string, content: string | Buffer): string {
  const path = gateway.file(name);
  writeFileSync(path, content);
  return path;
}

const list = revocationList(root);
/** With another curve than there is. */
const damaged = () =>
  Buffer.from(derOf(ec.certificate).toString('hex').replace('2a8648ce3d030107', '2a8648ce3d030177'), 'hex');
const derOf = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
const pfx = (of: Issued, options: string, passphrase = 'geheim') =>
  openssl(`pkcs12 -export ${options} -passout pass:${passphrase} -in FILE`, `${of.key}${chainOf(of)}`);
const p7b = (certificates: string, form: string) =>
  openssl(`crl2pkcs7 -nocrl -certfile FILE -outform ${form}`, certificates);

/** What was sent, without what a test does not look at. */
function sent(): Record<string, unknown> {
  const [[, body] = []] = gateway.changes;
  return (body as { certificate: Record<string, unknown> }).certificate;
}

describe('sluice certificate import', () => {
  const forms: [string, (of: Issued) => [name: string, content: string | Buffer][]][] = [
    [
      'PEM, each in a file, in any order',
      (of) => [
        ['root.pem', root.certificate],
        ['key.pem', of.key],
        ['issuing.pem', issuing.certificate],
        ['cert.pem', of.certificate],
      ],
    ],
    [
      'PEM in one file, the key in the middle',
      (of) => [['all.pem', `${root.certificate}${of.key}${of.certificate}${issuing.certificate}`]],
    ],
    [
      'PEM as Windows writes it',
      (of) => [['all.txt', Buffer.from(`\uFEFF${chainOf(of)}${of.key}`.replaceAll('\n', '\r\n'), 'utf16le')]],
    ],
    [
      'DER',
      (of) => [
        ['cert.cer', derOf(of.certificate)],
        ['key.der', derOf(of.key)],
        ['a.crt', derOf(issuing.certificate)],
        ['b.crt', derOf(root.certificate)],
      ],
    ],
    [
      'base64 without markers',
      (of) => [
        ['cert.b64', of.certificate.replace(/-----[^-]+-----/g, '')],
        ['rest.pem', `${issuing.certificate}${root.certificate}${of.key}`],
      ],
    ],
    [
      'P7B in DER with a key',
      (of) => [
        ['chain.p7b', p7b(chainOf(of), 'DER')],
        ['key.pem', of.key],
      ],
    ],
    [
      'P7B in PEM with a key',
      (of) => [
        ['chain.p7b', p7b(chainOf(of), 'PEM')],
        ['key.pem', of.key],
      ],
    ],
    [
      'a trusted certificate of openssl',
      (of) => [
        ['cert.pem', openssl('x509 -trustout -addtrust serverAuth -in FILE', of.certificate)],
        ['rest.pem', `${issuing.certificate}${root.certificate}${of.key}`],
      ],
    ],
    ['a PFX without a passphrase', (of) => [['all.pfx', pfx(of, '', '')]]],
    ['a PFX that is not encrypted at all', (of) => [['all.pfx', pfx(of, '-keypbe NONE -certpbe NONE', '')]]],
  ];
  describe.each([
    ['ECDSA', ec, 'shop.example.com'],
    ['RSA', rsa, 'rsa.example.com'],
  ] as const)('with a key for %s takes', (_algorithm, of, name) => {
    it.each(forms)('%s', async (_sentence, files) => {
      const paths = files(of).map(([path, content]) => file(path, content));
      expect(await run('certificate', 'import', ...paths, '-q')).toMatchObject({ code: 0, err: '' });
      expect(sent()).toEqual({ name, type: 'SERVER', certificate: chainOf(of), private_key: of.key });
    });

    it.each<[string, () => [name: string, content: string | Buffer]]>([
      ['a PFX as openssl makes it', () => ['all.pfx', pfx(of, '')]],
      [
        'a PFX as older tools make it',
        () => ['all.p12', pfx(of, '-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1')],
      ],
      ['a PFX with RC2, as Windows made it', () => ['all.p12', pfx(of, '-legacy')]],
      [
        'an encrypted PKCS#8 key',
        () => [
          'key.pem',
          of.pair.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'geheim' }),
        ],
      ],
      [
        'an encrypted PKCS#8 key in DER',
        () => [
          'key.der',
          of.pair.privateKey.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'geheim' }),
        ],
      ],
      [
        'an encrypted PKCS#8 key with an old cipher',
        () => ['key.pem', openssl('pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout pass:geheim -in FILE', of.key)],
      ],
      [
        'a key that openssl encrypted in its old way',
        () => [
          'key.pem',
          openssl(`${of === ec ? 'ec' : 'rsa -traditional'} -aes128 -passout pass:geheim -in FILE`, of.key),
        ],
      ],
    ])('%s, with its passphrase from a file', async (_sentence, make) => {
      const paths = [file(...make()), file('chain.pem', chainOf(of))];
      const passphrase = file('passphrase', 'geheim\n');
      const { code, err } = await run('certificate', 'import', ...paths, '--passphrase-file', passphrase, '-q');
      expect([code, err]).toEqual([0, '']);
      expect(sent()).toMatchObject({ certificate: chainOf(of), private_key: of.key });
      const wrong = await run('certificate', 'import', ...paths, '--passphrase-file', file('wrong', 'x'));
      expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('the passphrase is not the right one')]);
      const none = await run('certificate', 'import', ...paths);
      expect([none.code, none.err]).toEqual([
        2,
        expect.stringContaining('there is no terminal to ask for its passphrase on; write --passphrase-file'),
      ]);
    });
  });

  it('replaces a certificate under its name, with or without its key', async () => {
    const renewed = file('renewed.pem', chainOf(ec));
    await run('certificate', 'import', renewed, '--replace', 'shop');
    await run('certificate', 'import', renewed, file('key.pem', ec.key), '--replace', 'shop', '--name', 'shop2');
    expect(gateway.changes).toEqual([
      [`PUT ${PATH}/${OLD.id}`, { certificate: { certificate: chainOf(ec) } }],
      [`PUT ${PATH}/${OLD.id}`, { certificate: { name: 'shop2', certificate: chainOf(ec), private_key: ec.key } }],
    ]);
  });

  it('knows authorities and revocation lists by what they are, or by the type that it is told', async () => {
    const clients = file('clients.crt', derOf(root.certificate));
    await run('certificate', 'import', clients);
    await run('certificate', 'import', file('two.pem', `${root.certificate}${issuing.certificate}`), '--replace', 'ca');
    await run('certificate', 'import', file('list.crl', derOf(list)), '--name', 'gone');
    await run(
      'certificate',
      'import',
      file('self.pem', selfSigned().certificate),
      '--type',
      'client-ca',
      '--project',
      'web-team',
    );
    expect(gateway.changes).toMatchObject([
      [`POST ${PATH}`, { certificate: { name: 'Example Root', type: 'CLIENT_CA', certificate: root.certificate } }],
      [`PUT ${PATH}/${id(10, 2)}`, { certificate: { certificate: `${root.certificate}${issuing.certificate}` } }],
      [`POST ${PATH}`, { certificate: { name: 'gone', type: 'CRL', certificate: list } }],
      [`POST ${PATH}`, { certificate: { name: 'www.example.com', type: 'CLIENT_CA', project_id: id(90, 1) } }],
    ]);
  });

  it('tells what it leaves out', async () => {
    const more = [
      chainOf(ec),
      ec.key,
      authority('Other Root').certificate,
      revocationList(root),
      openssl('req -new -subj /CN=a -key FILE', ec.key),
      openssl('dhparam -dsaparam 512', ''),
    ].join('');
    const { code, err } = await run('certificate', 'import', file('all.pem', more), '-q');
    expect([
      code,
      err
        .replaceAll(/\S+all\.pem/g, 'all.pem')
        .trimEnd()
        .split('\n'),
    ]).toEqual([
      0,
      [
        'all.pem: left out a signing request',
        'left out CN=Other Root, O=Example: it is not among the issuers of CN=shop, O=Example',
        'left out a revocation list: import it by itself',
      ],
    ]);
    expect(sent()).toMatchObject({ certificate: chainOf(ec) });
  });

  it('of several certificates for one key takes the one that lives longest', async () => {
    const renewed = issuedBy(issuing, {
      name: 'shop',
      domains: ['shop.example.com'],
      key: ec.pair,
      notAfter: '2055-01-01T00:00:00',
    });
    await run('certificate', 'import', file('all.pem', `${ec.certificate}${renewed.certificate}${ec.key}`));
    expect(sent()).toMatchObject({ certificate: renewed.certificate });
  });

  it('shows what it would send, and sends nothing', async () => {
    const { code, out } = await run(
      'certificate',
      'import',
      file('all.pem', `${root.certificate}${issuing.certificate}${ec.certificate}${ec.key}`),
      '--dry-run',
    );
    expect([code, out]).toEqual([
      0,
      `SERVER "shop.example.com", with its private key\n${chainOf(ec)}nothing was sent\n`,
    ]);
    expect(gateway.asked).toEqual([]);
  });

  it.each<[string, string | Buffer, string]>([
    ['nothing', '', 'it is empty'],
    ['text', 'no certificate', 'it is neither PEM nor DER, P7B or PFX; name files with certificates and keys'],
    ['random bytes', Buffer.from('9f3b00ff1122', 'hex'), 'it is neither PEM nor DER, P7B or PFX'],
    [
      'a key store of Java',
      Buffer.from('feedfeed00000002', 'hex'),
      'it is a key store of Java; make a PFX of it with `keytool',
    ],
    ['a ZIP archive', Buffer.from('504b030414000000', 'hex'), 'it is a ZIP archive; unpack it'],
    ['a cut PEM', chainOf(ec).slice(0, 300), 'block 1 (CERTIFICATE), from line 1 on, has no END line; copy it again'],
    ['a cut PFX', pfx(ec, '').subarray(0, 500), 'it is neither PEM nor DER, P7B or PFX'],
    [
      'a key of SSH',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----\n',
      'it is a key of SSH',
    ],
    ['a damaged certificate', damaged(), 'a certificate cannot be read: it is damaged'],
    [
      'a certificate without its key',
      chainOf(ec),
      'there is no private key in these files for CN=shop, O=Example; name the file that has it too',
    ],
    ['a key alone', ec.key, 'there is no certificate in these files; name the file that has it too'],
    [
      'a key of another',
      `${chainOf(ec)}${rsa.key}`,
      'the private key is for none of the certificates: CN=shop, O=Example, CN=Example Issuing, O=Example',
    ],
    [
      'two certificates with their keys',
      `${chainOf(ec)}${ec.key}${rsa.certificate}${rsa.key}`,
      'there are several certificates for servers: CN=shop, O=Example, CN=rsa, O=Example; import them one at a time',
    ],
  ])('refuses %s with what to do', async (_sentence, content, why) => {
    const { code, err } = await run('certificate', 'import', file('a.file', content));
    expect([code, err]).toEqual([2, expect.stringContaining(why)]);
    expect(err).toMatch(/^sluice: /);
    expect(gateway.changes).toEqual([]);
  });

  it('refuses a file that is not there, and a certificate to replace that is not', async () => {
    const missing = await run('certificate', 'import', gateway.file('missing.pem'));
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('there is no such file')]);
    const unknown = await run('certificate', 'import', file('a.pem', chainOf(ec)), '--replace', 'blog');
    expect([unknown.code, unknown.err]).toEqual([4, expect.stringContaining('there is no certificate "blog"')]);
  });
});
