/**
 * What `apply` takes: load balancers as Octavia's create body, in YAML (several documents too) or JSON. A document is
 * `{loadbalancer: {...}}`, `{loadbalancers: [...]}`, or a list; each item of a list is a create body, with or without its
 * `loadbalancer` wrapper.
 */
import { SluiceError } from '../model/errors.js';
import type { LoadBalancerSpec } from '../model/resources.js';
import { type FaultReport, isObject, nearest, type Path, show } from '../schema/faults.js';
import { loadBalancerInFile } from '../schema/loadbalancers.js';
import { Reader } from '../schema/reader.js';
import { checkTags } from '../schema/tags.js';
import { type Linked, linkLoadBalancer, placeOf } from '../schema/tree.js';
import { findConflicts } from './conflicts.js';
import { documentOf, parseDocuments, type SourceDocument } from './document.js';
import { inTextOrder, Report } from './report.js';

export interface TreeOptions {
  /** Name of the input in the error message; default `configuration`. */
  source?: string;
  /** The gateway's local addresses in canonical text: neither VIPs nor members may have them. */
  localAddresses?: Iterable<string>;
}

/** A load balancer, and where it was written. */
interface Entry {
  linked: Linked;
  report: Report;
  path: Path;
}

const reader = new Reader(loadBalancerInFile);

/**
 * Load balancers in YAML or JSON text.
 * @throws SluiceError `invalid_configuration`, `conflict` or `unsupported` with every fault, its path and its position
 */
export function parseTree(text: string, options: TreeOptions = {}): LoadBalancerSpec[] {
  const { documents, faults } = parseDocuments(text);
  if (documents.length === 0 && faults.length === 0) {
    faults.push({
      code: 'missing',
      path: '',
      message: 'there is no configuration in it',
      suggestion: 'write loadbalancers: followed by a list; an empty list is loadbalancers: []',
    });
  }
  return readDocuments(documents, options, faults);
}

/**
 * Load balancers in a value that was parsed before, such as the body of a request.
 * @throws SluiceError as {@link parseTree}, without positions
 */
export function readTree(value: unknown, options: TreeOptions = {}): LoadBalancerSpec[] {
  return readDocuments([documentOf(value)], options, []);
}

/**
 * Load balancers of one document, for a caller that reads more of it than the tree and collects faults itself.
 * @param path of the value: a list of create bodies
 */
export function readLoadBalancers(
  report: Report,
  path: Path,
  value: unknown,
  localAddresses: ReadonlySet<string>,
): LoadBalancerSpec[] {
  return checked(readList(report, path, value), localAddresses);
}

function readDocuments(
  documents: readonly SourceDocument[],
  options: TreeOptions,
  faults: SluiceError['faults'],
): LoadBalancerSpec[] {
  const reports = documents.map((document, index) => {
    return new Report(document, documents.length > 1 ? `document ${index + 1}: ` : '');
  });
  const entries = documents.flatMap(({ value }, index) => readDocument(reports[index]!, value));
  const specs = checked(entries, new Set(options.localAddresses));
  const all = [...faults, ...reports.flatMap((report) => report.faults)];
  if (all.length > 0) {
    throw SluiceError.fromFaults(inTextOrder(all), options.source ?? 'configuration');
  }
  return specs;
}

/** Reports what clashes where the later object was written. */
function checked(entries: readonly Entry[], localAddresses: ReadonlySet<string>): LoadBalancerSpec[] {
  const specs = entries.map(({ linked }) => linked.spec);
  for (const { object, field, message, suggestion } of findConflicts(specs, localAddresses)) {
    for (const { linked, report, path } of entries) {
      const place = placeOf(linked, object);
      if (place) {
        report.fault([...path, ...place, field], { code: 'conflict', message, suggestion });
      }
    }
  }
  return specs;
}

function readDocument(report: Report, value: unknown): Entry[] {
  if (Array.isArray(value)) {
    return readList(report, [], value);
  }
  if (!isObject(value)) {
    report.fault([], {
      message: `${show(value)} is not a configuration`,
      suggestion: 'write loadbalancers: and a list',
    });
    return [];
  }
  const known = ['loadbalancer', 'loadbalancers'];
  for (const name of Object.keys(value).filter((name) => !known.includes(name))) {
    const meant = nearest(name, known);
    report.fault([name], {
      code: 'unknown_field',
      message: `unknown field ${name}`,
      suggestion: meant ? `did you mean ${meant}?` : 'put the load balancer under loadbalancer:',
      part: 'key',
    });
  }
  const { loadbalancer, loadbalancers } = value;
  return [
    ...(loadbalancer === undefined || loadbalancer === null
      ? []
      : [readLoadBalancer(report, ['loadbalancer'], loadbalancer)]),
    ...readList(report, ['loadbalancers'], loadbalancers),
  ];
}

function readList(report: Report, path: Path, value: unknown): Entry[] {
  if (value === undefined || value === null) {
    return [];
  }
  if (!Array.isArray(value)) {
    report.fault(path, {
      message: `${show(value)} is not a list`,
      suggestion: 'write a list of load balancers, each after "- "',
    });
    return [];
  }
  return value.map((item: unknown, index) => {
    const wrapped = isObject(item) && Object.keys(item).length === 1 && item.loadbalancer !== undefined;
    return wrapped
      ? readLoadBalancer(report, [...path, index, 'loadbalancer'], item.loadbalancer)
      : readLoadBalancer(report, [...path, index], item);
  });
}

function readLoadBalancer(report: Report, path: Path, value: unknown): Entry {
  const tell: FaultReport = (rest, detail) => report.fault([...path, ...rest], detail);
  const written = reader.read(value, tell);
  if (isObject(value) && (value.name ?? '') === '' && written.id === undefined) {
    tell([], {
      code: 'missing',
      message: 'name is missing',
      suggestion: 'add name: apply finds load balancers by it',
    });
  }
  checkTags(written.tags, tell);
  return { linked: linkLoadBalancer(written, tell), report, path };
}
