import { describe, expect, it } from 'vitest';
import { World } from '../control/testing/world.js';
import type { EventEntry } from '../store/store.js';
import { ExpiryWatch, expiriesOf, millisecondsOf } from './expiry.js';
import { authority, CLIENT_AUTH, revocationList, selfSigned } from './testing/authority.js';
import { warningsOf } from './warnings.js';

type Told = Pick<EventEntry, 'type' | 'severity' | 'message' | 'resource_id'>;

/** A world with a certificate of 2026 that a listener uses, and a watch that writes down what it tells. */
function scene() {
  const world = new World();
  const { certificate, key } = selfSigned({
    name: 'www.example.com',
    domains: ['www.example.com'],
    notBefore: '2026-01-01T00:00:00',
    notAfter: '2026-12-31T00:00:00',
  });
  const web = world.certificate({ name: 'web', certificate, private_key: key });
  const lb = world.loadbalancer({ name: 'shop' });
  const tls = { protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: web.id };
  world.listener(lb, { ...tls, name: 'https' });
  const told: Told[] = [];
  const watch = new ExpiryWatch((event) => told.push(event));
  const at = (time: string, by = watch) => by.check(world.state, millisecondsOf(time));
  return { world, web, told, watch, at };
}

describe('what expires', () => {
  it.each<[string, number | undefined]>([
    ['2026-11-30T00:00:00', undefined],
    ['2026-12-01T00:00:00', 30],
    ['2026-12-17T00:00:00', 14],
    ['2026-12-24T00:00:00', 7],
    ['2026-12-29T23:59:59', 7],
    ['2026-12-30T00:00:00', 1],
    ['2026-12-30T23:59:59', 1],
    ['2026-12-31T00:00:00', 0],
    ['2027-06-01T00:00:00', 0],
  ])('on the last day of 2026, seen at %s, is within %s days', (time, within) => {
    const { world, web } = scene();
    const expiries = expiriesOf(world.state, millisecondsOf(time));
    expect(expiries.map((expiry) => expiry.within)).toEqual(within === undefined ? [] : [within]);
    for (const { certificate, users } of expiries) {
      expect(certificate).toBe(web);
      expect(users).toMatchObject([{ kind: 'listener', name: 'https', loadbalancer: { name: 'shop' } }]);
    }
  });

  it('comes with the earliest first, and a list that is renewed each week a day before', () => {
    const { world, web } = scene();
    const list = revocationList(authority('Clients'), [], { made: '2026-12-20T00:00:00', next: '2026-12-27T00:00:00' });
    const crl = world.certificate({ type: 'CRL', certificate: list });
    const seen = (time: string) =>
      expiriesOf(world.state, millisecondsOf(time)).map(({ certificate, within }) => [certificate.id, within]);
    expect(seen('2026-12-22T00:00:00')).toEqual([[web.id, 14]]);
    expect(seen('2026-12-26T12:00:00')).toEqual([
      [crl.id, 1],
      [web.id, 7],
    ]);
  });
});

describe('the watch for it', () => {
  it('tells once of each number of days, and once of the end', () => {
    const { told, at } = scene();
    for (const time of [
      '2026-11-01',
      '2026-12-02',
      '2026-12-03',
      '2026-12-18',
      '2026-12-30',
      '2026-12-31',
      '2027-01-05',
    ]) {
      at(`${time}T00:00:00`);
      at(`${time}T00:01:00`);
    }
    expect(told.map(({ type, severity, message }) => `${severity} ${type}: ${message}`)).toEqual([
      'warning certificate.expiring: certificate web (CN=www.example.com, O=Example) expires within 30 days, on 2026-12-31T00:00:00 UTC; it is used by listener https of load balancer shop',
      'warning certificate.expiring: certificate web (CN=www.example.com, O=Example) expires within 14 days, on 2026-12-31T00:00:00 UTC; it is used by listener https of load balancer shop',
      'warning certificate.expiring: certificate web (CN=www.example.com, O=Example) expires within 1 day, on 2026-12-31T00:00:00 UTC; it is used by listener https of load balancer shop',
      'error certificate.expired: certificate web (CN=www.example.com, O=Example) has expired on 2026-12-31T00:00:00 UTC; it is used by listener https of load balancer shop',
    ]);
  });

  it('begins anew with a certificate that was replaced', () => {
    const { world, web, told, at } = scene();
    at('2026-12-18T00:00:00');
    const facts = { ...web.facts, not_after: '2027-01-10T00:00:00' };
    world.state = { ...world.state, certificates: new Map([[web.id, { ...web, facts }]]) };
    at('2026-12-18T00:00:00');
    expect(told.map(({ message }) => /within \d+ days/.exec(message)?.[0])).toEqual([
      'within 14 days',
      'within 30 days',
    ]);
  });

  it('knows after a restart what was told before it', () => {
    const { told, at } = scene();
    at('2026-12-18T00:00:00');
    const restarted = new ExpiryWatch((event) => told.push(event));
    restarted.recall([...told].reverse());
    at('2026-12-19T00:00:00', restarted);
    expect(told).toHaveLength(1);
    at('2026-12-31T00:00:00', restarted);
    const again = new ExpiryWatch((event) => told.push(event));
    again.recall([...told].reverse());
    at('2027-01-01T00:00:00', again);
    expect(told.map(({ type }) => type)).toEqual(['certificate.expiring', 'certificate.expired']);
  });

  it('does not alarm anybody about what nothing uses', () => {
    const { world, told, at } = scene();
    world.state = { ...world.state, loadbalancers: [] };
    at('2027-01-01T00:00:00');
    expect(told).toMatchObject([{ severity: 'info', message: expect.stringMatching(/; nothing uses it$/) }]);
  });
});

describe('warnings', () => {
  const at = millisecondsOf('2026-01-31T12:00:00');

  it.each<[string, Parameters<typeof selfSigned>[0], string[]]>([
    [
      'its own issuer',
      { domains: ['a.example.com'] },
      ['it is its own issuer: clients accept it only where it was made known to them'],
    ],
    [
      'no domain',
      {},
      [
        'it names no domain (subjectAltName): browsers refuse it, whatever its common name is',
        'it is its own issuer: clients accept it only where it was made known to them',
      ],
    ],
  ])('tell of %s', (_sentence, wanted, warnings) => {
    const { certificate, key } = selfSigned(wanted);
    expect(warningsOf(new World().certificate({ certificate, private_key: key }), at)).toEqual(warnings);
  });

  it.each<[string, string]>([
    ['2026-02-01T00:00:00', 'it expires in less than a day'],
    ['2026-02-01T13:00:00', 'it expires in 1 day'],
    ['2026-02-20T00:00:00', 'it expires in 19 days'],
  ])('tell of an end on %s', (notAfter, warning) => {
    const ca = authority('Clients', undefined, { notAfter });
    expect(warningsOf(new World().certificate({ type: 'CLIENT_CA', certificate: ca.certificate }), at)).toEqual([
      warning,
    ]);
  });

  it('tell of one that is not for servers, and of one that has expired meanwhile', () => {
    const { certificate, key } = selfSigned({ domains: ['a'], usages: [CLIENT_AUTH], notAfter: '2026-03-01T00:00:00' });
    const made = new World().certificate({ certificate, private_key: key });
    expect(warningsOf(made, millisecondsOf('2026-03-02T00:00:00'))).toEqual([
      expect.stringContaining('it is not for servers (extendedKeyUsage)'),
      expect.stringContaining('it is its own issuer'),
      'it expired on 2026-03-01T00:00:00 UTC',
    ]);
  });

  it('are none for a certificate of an authority', () => {
    const ca = authority('Clients');
    expect(warningsOf(new World().certificate({ type: 'CLIENT_CA', certificate: ca.certificate }), at)).toEqual([]);
  });
});
