/** Certificates of all types for random requests, some of which go together and some of which never do. */
import { authority, issuedBy, revocationList, type Wanted } from '../../src/certificates/testing/authority.js';
import type { Json } from './api-client.js';

let made: Json[] | undefined;

/** Bodies of uploads without a project: the same ones for all tests of a file, since keys take time. */
export function uploads(): Json[] {
  made ??= make();
  return made;
}

function make(): Json[] {
  const [root, other] = [authority('Example Root'), authority('Other Root')];
  const server = (domain: string, wanted: Wanted = {}) => {
    const leaf = issuedBy(root, { name: domain, domains: [domain], ...wanted });
    return { leaf, body: { type: 'SERVER', certificate: leaf.certificate, private_key: leaf.key } };
  };
  const first = server('www.example.org');
  const renewed = server('www.example.org', { key: first.leaf.pair });
  const second = server('*.example.com');
  return [
    first.body,
    { type: 'CLIENT_CA', certificate: root.certificate },
    second.body,
    { type: 'CRL', certificate: revocationList(root, [first.leaf.serial]) },
    renewed.body,
    { type: 'CLIENT_CA', certificate: `${other.certificate}${root.certificate}` },
    { type: 'CRL', certificate: revocationList(other) },
    { ...first.body, private_key: second.leaf.key },
    { type: 'SERVER', certificate: 'no certificate', private_key: 'no key' },
  ];
}
