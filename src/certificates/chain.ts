/** The order of a chain: the certificate of the server first, each issued by the next. */
import type { Problem } from './pem.js';
import type { Parsed } from './x509.js';

/** Faults of a chain, in its order; none: TLS clients can follow it. */
export function chainProblems(chain: readonly Parsed[]): Problem[] {
  const twice = duplicates(chain);
  if (twice.length > 0) {
    return twice;
  }
  const broken = chain.findIndex((parsed, index) => index + 1 < chain.length && !isIssuedBy(parsed, chain[index + 1]!));
  if (broken < 0) {
    return [];
  }
  const right = rightOrder(chain);
  if (right) {
    return [
      {
        message: 'its certificates are in the wrong order',
        suggestion: `write them in this order: ${right.map((parsed) => label(chain, parsed)).join(', then ')}`,
      },
    ];
  }
  const [subject, next] = [chain[broken]!, chain[broken + 1]!];
  return [
    {
      message: `${label(chain, next)} has not issued ${label(chain, subject)}`,
      suggestion: subject.selfSigned
        ? 'leave out what comes after it: it is its own issuer'
        : `put the certificate of its issuer there, ${subject.facts.issuer}, or leave out what comes after it`,
    },
  ];
}

/** `certificate 2 (CN=Example CA)`. */
export function label(chain: readonly Parsed[], parsed: Parsed): string {
  return `certificate ${chain.indexOf(parsed) + 1} (${parsed.facts.subject})`;
}

export function isIssuedBy(subject: Parsed, issuer: Parsed): boolean {
  try {
    return subject.x509.checkIssued(issuer.x509) && subject.x509.verify(issuer.key);
  } catch {
    return false;
  }
}

function duplicates(chain: readonly Parsed[]): Problem[] {
  return chain.flatMap((parsed, index) => {
    const first = chain.findIndex(({ facts }) => facts.fingerprint === parsed.facts.fingerprint);
    return first === index
      ? []
      : [
          {
            message: `certificate ${index + 1} (${parsed.facts.subject}) is the same as certificate ${first + 1}`,
            suggestion: 'leave it out once; a file named fullchain has the server’s certificate in it already',
          },
        ];
  });
}

/** An order in which each is issued by the next; undefined: there is none with all of them. */
function rightOrder(chain: readonly Parsed[]): Parsed[] | undefined {
  const issuers = new Set<Parsed>();
  const issuerOf = new Map<Parsed, Parsed>();
  for (const subject of chain) {
    const issuer = chain.find((other) => other !== subject && isIssuedBy(subject, other));
    if (issuer && !subject.selfSigned) {
      issuerOf.set(subject, issuer);
      issuers.add(issuer);
    }
  }
  const leaves = chain.filter((parsed) => !issuers.has(parsed));
  const order: Parsed[] = [];
  for (let next = leaves[0]; next && !order.includes(next); next = issuerOf.get(next)) {
    order.push(next);
  }
  return leaves.length === 1 && order.length === chain.length ? order : undefined;
}

/** Certificates from a heap of them that lead from a leaf towards its root, in order; the CLI sorts what it reads with it. */
export function chainOf(leaf: Parsed, heap: readonly Parsed[]): Parsed[] {
  const chain = [leaf];
  for (let last = leaf; !last.selfSigned; ) {
    const issuer = heap.find((other) => !chain.includes(other) && isIssuedBy(last, other));
    if (!issuer) {
      break;
    }
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}
