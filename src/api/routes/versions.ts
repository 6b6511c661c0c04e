/**
 * Versions of the API, oldest first: clients take the last one and switch features on by it, so it is the last whose features are
 * all served.
 */

interface Version {
  id: string;
  /** When Octavia published it. */
  updated: string;
}

/** What came with each. */
const VERSIONS: readonly Version[] = [
  { id: 'v2.0', updated: '2016-12-11T00:00:00Z' },
  // Timeouts of listeners.
  { id: 'v2.1', updated: '2018-04-20T00:00:00Z' },
  { id: 'v2.2', updated: '2018-07-31T00:00:00Z' },
  { id: 'v2.3', updated: '2018-12-18T00:00:00Z' },
  { id: 'v2.4', updated: '2018-12-19T00:00:00Z' },
  // Tags.
  { id: 'v2.5', updated: '2019-01-21T00:00:00Z' },
  // Flavors.
  { id: 'v2.6', updated: '2019-01-25T00:00:00Z' },
  { id: 'v2.7', updated: '2018-01-25T12:00:00Z' },
  // Authentication of TLS clients.
  { id: 'v2.8', updated: '2019-02-12T00:00:00Z' },
  // Codes of redirects.
  { id: 'v2.9', updated: '2019-03-04T00:00:00Z' },
  // HTTP version and Host header of health checks.
  { id: 'v2.10', updated: '2019-03-05T00:00:00Z' },
  // Batch updates that only add members.
  { id: 'v2.11', updated: '2019-06-24T00:00:00Z' },
  // allowed_cidrs.
  { id: 'v2.12', updated: '2019-09-11T00:00:00Z' },
  // SOURCE_IP_PORT.
  { id: 'v2.13', updated: '2019-09-13T00:00:00Z' },
  // Availability zones.
  { id: 'v2.14', updated: '2019-11-10T00:00:00Z' },
  // Ciphers of TLS.
  { id: 'v2.15', updated: '2020-03-10T00:00:00Z' },
  // HTTP and TCP health checks of UDP pools.
  { id: 'v2.16', updated: '2020-03-15T00:00:00Z' },
  // Versions of TLS: of listeners, of pools.
  { id: 'v2.17', updated: '2020-04-29T00:00:00Z' },
  { id: 'v2.18', updated: '2020-04-29T01:00:00Z' },
  // Quotas of policies and rules.
  { id: 'v2.19', updated: '2020-05-12T00:00:00Z' },
  // ALPN of listeners.
  { id: 'v2.20', updated: '2020-08-02T00:00:00Z' },
  // Deleting an amphora: there are none, and each is 404.
  { id: 'v2.21', updated: '2020-09-03T00:00:00Z' },
  // PROXYV2 pools.
  { id: 'v2.22', updated: '2020-09-04T00:00:00Z' },
  // SCTP, which a provider may refuse: 501.
  { id: 'v2.23', updated: '2020-09-07T00:00:00Z' },
  // ALPN of pools.
  { id: 'v2.24', updated: '2020-10-15T00:00:00Z' },
  // PROMETHEUS listeners.
  { id: 'v2.25', updated: '2021-10-02T00:00:00Z' },
  // Additional VIPs.
  { id: 'v2.26', updated: '2022-08-29T00:00:00Z' },
  // HSTS.
  { id: 'v2.27', updated: '2023-05-05T00:00:00Z' },
];

/** @param base of the links, without a slash at the end */
export function versionList(base: string): object[] {
  const last = VERSIONS.length - 1;
  return VERSIONS.map(({ id, updated }, index) => ({
    id,
    status: index === last ? 'CURRENT' : 'SUPPORTED',
    updated,
    links: [{ rel: 'self', href: `${base}/v2` }],
  }));
}

/** The version document of `/v2` and `/v2.0`. @param href its own address */
export function versionDocument(href: string): object {
  const { id, updated } = VERSIONS.at(-1)!;
  return { version: { id, status: 'CURRENT', updated, links: [{ rel: 'self', href }] } };
}
