import { describe, expect, it } from 'vitest';
import { revocationList, site } from './testing/authority.js';
import { openssl } from './testing/openssl.js';
import { block, bodyOf, derOf, faultsOf, SITE } from './testing/uploads.js';

const { root, intermediate, leaf, chain } = SITE;
const other = site('other.example.com');

describe('a server certificate is refused with what to fix:', () => {
  const damaged = leaf.certificate.replace(/\n(.{20})(.)/, '\n$1?');
  const shortened = leaf.certificate.split('\n').toSpliced(3, 1).join('\n');
  const certificateCases: [string, string, string][] = [
    ['nothing', ' \n', 'is empty; write PEM text, from -----BEGIN CERTIFICATE-----'],
    ['a file name', 'cert.pem', 'is not PEM; write the text from -----BEGIN CERTIFICATE-----'],
    [
      'four hyphens',
      chain.replace('-----BEGIN', '----BEGIN'),
      'line 1 is not a BEGIN or END line as PEM has them; write five',
    ],
    ['dashes of a word processor', chain.replaceAll('-----', '—————'), 'line 1 is not a BEGIN or END line'],
    [
      'small letters',
      leaf.certificate.replaceAll('BEGIN CERTIFICATE', 'Begin Certificate'),
      'line 1 is not a BEGIN or END line',
    ],
    [
      'no END line',
      leaf.certificate.replace(/-----END.*/, ''),
      'block 1 (CERTIFICATE), from line 1 on, has no END line; copy it again to its end',
    ],
    [
      'a block within a block',
      chain.replace('-----END CERTIFICATE-----\n', ''),
      'block 1 (CERTIFICATE), from line 1 on, has no END line',
    ],
    [
      'no BEGIN line',
      leaf.certificate.replace('-----BEGIN CERTIFICATE-----', ''),
      'ends a CERTIFICATE that does not begin; write -----BEGIN CERTIFICATE----- in front',
    ],
    [
      'another END than BEGIN',
      leaf.certificate.replace('END CERTIFICATE', 'END X509 CRL'),
      'block 1 (CERTIFICATE) ends as X509 CRL in line',
    ],
    ['text behind the last block', `${chain}the end`, 'there is text after the last END line, in line'],
    [
      'a character that base64 has not',
      damaged,
      'block 1 (CERTIFICATE) has a "?", which base64 has not, in line 2; copy it again',
    ],
    [
      'a lost character',
      leaf.certificate.replace(/\n(.{20})./, '\n$1'),
      'characters of base64, which is no multiple of 4; copy it again',
    ],
    ['a lost line', shortened, 'block 1 (CERTIFICATE) is cut off or damaged; copy it again, all lines of it'],
    [
      'bytes behind the certificate',
      block('CERTIFICATE', Buffer.concat([derOf(leaf.certificate), Buffer.alloc(3)]).toString('base64')),
      'has 3 bytes too many',
    ],
    ['an empty block', block('CERTIFICATE', ''), 'block 1 (CERTIFICATE) has nothing between its BEGIN and END lines'],
    ['a structure that is none', block('CERTIFICATE', 'MAA='), 'cannot be read: it is damaged'],
    ['= in the middle', leaf.certificate.replace(/\n(.{20}).(.)/, '\n$1=$2'), 'has an = before its end, in line 2'],
    ['\\n for line ends', chain.replaceAll('\n', '\\n'), 'has \\n where its lines end; write real line ends'],
    [
      'base64 without markers',
      bodyOf(leaf.certificate),
      'is the base64 of a certificate without its BEGIN and END lines; put -----BEGIN CERTIFICATE----- in front',
    ],
    [
      'DER, read as text',
      derOf(leaf.certificate).toString('utf8'),
      'is binary, not PEM text: DER, P7B or PFX; convert it',
    ],
    ['DER, read as Latin-1', derOf(leaf.certificate).toString('latin1'), 'is binary, not PEM text'],
    [
      'a PKCS#7 bundle',
      openssl('crl2pkcs7 -nocrl -certfile FILE', chain).toString(),
      'is a PKCS#7 bundle; convert it with `openssl pkcs7 -print_certs -in FILE`, or let `sluice certificate import` do it',
    ],
    [
      'the base64 of a PFX',
      openssl('pkcs12 -export -passout pass:x -in FILE', `${leaf.key}${chain}`).toString('base64'),
      'is a PFX (PKCS#12) file, not PEM; convert it with `openssl pkcs12 -in FILE -nodes',
    ],
    [
      'a signing request',
      openssl('req -new -key FILE -subj /CN=a', leaf.key).toString(),
      'has a certificate signing request in it; write the certificate that the authority made of the request',
    ],
    [
      'openssl’s trusted certificate',
      openssl('x509 -trustout -in FILE', leaf.certificate).toString(),
      'own trust settings in it; write it plainly with `openssl x509',
    ],
    ['the private key', leaf.key, 'has a private key in it; write it in private_key'],
    ['certificate and key in one', `${chain}${leaf.key}`, 'has a private key in it; write it in private_key'],
    ['a revocation list', revocationList(root), 'has a revocation list in it; make an object of the type CRL for it'],
    [
      'something unknown',
      `${chain}${block('DH PARAMETERS', 'MAA=')}`,
      'has a block of DH PARAMETERS in it; leave that block out',
    ],
    ['more than 64 KiB', `${'#'.repeat(70_000)}\n${chain}`, 'has 71,'],
    [
      'the wrong order',
      `${intermediate.certificate}${leaf.certificate}`,
      'its certificates are in the wrong order; write them in this order: certificate 2 (CN=www.example.com, O=Example), then certificate 1 (CN=Example Issuing, O=Example)',
    ],
    [
      'the root before its child',
      `${leaf.certificate}${root.certificate}${intermediate.certificate}`,
      'write them in this order: certificate 1 (CN=www.example.com, O=Example), then certificate 3',
    ],
    [
      'the issuer of another',
      `${leaf.certificate}${other.intermediate.certificate}`,
      'certificate 2 (CN=Example Issuing, O=Example) has not issued certificate 1 (CN=www.example.com, O=Example); put the certificate of its issuer there, CN=Example Issuing, O=Example',
    ],
    [
      'a gap in the chain',
      `${leaf.certificate}${root.certificate}`,
      'certificate 2 (CN=Example Root, O=Example) has not issued certificate 1',
    ],
    [
      'something behind the root',
      `${chain}${root.certificate}${other.root.certificate}`,
      'has not issued certificate 3 (CN=Example Root, O=Example); leave out what comes after it: it is its own issuer',
    ],
    [
      'the same twice',
      `${leaf.certificate}${chain}`,
      'certificate 2 (CN=www.example.com, O=Example) is the same as certificate 1; leave it out once; a file named fullchain',
    ],
  ];
  it.each(certificateCases)('%s', (_sentence, certificate, fault) => {
    const faults = faultsOf({ certificate });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^certificate: /);
    expect(faults[0]).toContain(fault);
  });
});
