/**
 * What `apply` takes: load balancers as Octavia's create body, in YAML (several documents too) or JSON. A document is
 * `{loadbalancer: {...}}`, `{loadbalancers: [...]}`, or a list; each item of a list is a create body, with or without its
 * `loadbalancer` wrapper.
 */
import { SluiceError } from '../model/errors.js';
import type { LoadBalancerSpec } from '../model/resources.js';
import type { Origins } from './common-fields.js';
import { findConflicts } from './conflicts.js';
import { documentOf, type Path, parseDocuments, type SourceDocument } from './document.js';
import { isObject, show } from './fields.js';
import { readLoadBalancer } from './listener-fields.js';
import { inTextOrder, nearest, Report } from './report.js';

export interface TreeOptions {
  /** Name of the input in the error message; default `configuration`. */
  source?: string;
  /** The gateway's local addresses in canonical text: neither VIPs nor members may have them. */
  localAddresses?: Iterable<string>;
}

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
 * Load balancers in a value that was parsed before, such as the body of a request or the saved state.
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
  const origins: Origins = new Map();
  const loadbalancers = readList(report, origins, path, value);
  reportConflicts(loadbalancers, origins, localAddresses);
  return loadbalancers;
}

function readDocuments(
  documents: readonly SourceDocument[],
  options: TreeOptions,
  faults: SluiceError['faults'],
): LoadBalancerSpec[] {
  const origins: Origins = new Map();
  const reports = documents.map((document, index) => {
    return new Report(document, documents.length > 1 ? `document ${index + 1}: ` : '');
  });
  const loadbalancers = documents.flatMap(({ value }, index) => readDocument(reports[index]!, origins, value));
  reportConflicts(loadbalancers, origins, new Set(options.localAddresses));
  const all = [...faults, ...reports.flatMap((report) => report.faults)];
  if (all.length > 0) {
    throw SluiceError.fromFaults(inTextOrder(all), options.source ?? 'configuration');
  }
  return loadbalancers;
}

/** Reports what clashes where the later object was written. */
function reportConflicts(
  loadbalancers: readonly LoadBalancerSpec[],
  origins: Origins,
  localAddresses: ReadonlySet<string>,
): void {
  for (const { object, field, message, suggestion } of findConflicts(loadbalancers, localAddresses)) {
    const origin = origins.get(object);
    origin?.report.fault([...origin.path, field], { code: 'conflict', message, suggestion });
  }
}

function readDocument(report: Report, origins: Origins, value: unknown): LoadBalancerSpec[] {
  if (Array.isArray(value)) {
    return readList(report, origins, [], value);
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
      : [readLoadBalancer(report, origins, ['loadbalancer'], loadbalancer)]),
    ...readList(report, origins, ['loadbalancers'], loadbalancers),
  ];
}

function readList(report: Report, origins: Origins, path: Path, value: unknown): LoadBalancerSpec[] {
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
      ? readLoadBalancer(report, origins, [...path, index, 'loadbalancer'], item.loadbalancer)
      : readLoadBalancer(report, origins, [...path, index], item);
  });
}
