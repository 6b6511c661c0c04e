/** What rules of each type may be compared with: a value that no request can have is a mistake, and is told as one. */
import type { L7Rule } from '../model/resources.js';
import { type FaultDetail, show } from './faults.js';
import { regularExpressionFault } from './regular-expressions.js';

type CheckedRule = Pick<L7Rule, 'type' | 'compare_type' | 'value'>;

const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])$`, 'i');
const WILDCARD = new RegExp(`^\\*(?:\\.${LABEL})+$`, 'i');
const PART_OF_HOST = /^[a-z0-9_.:[\]-]+$/i;
const WITH_PORT = /^[^:]+:\d{1,5}$/;

/** What is wrong with the value of a rule; undefined: nothing. */
export function valueFault(rule: CheckedRule): FaultDetail | undefined {
  const { type, compare_type, value } = rule;
  if (compare_type === 'REGEX') {
    const reason = regularExpressionFault(value);
    return reason === undefined
      ? undefined
      : {
          message: `${show(value)} is not a regular expression: ${reason}`,
          suggestion: 'put \\ in front of what stands for itself',
        };
  }
  switch (type) {
    case 'HOST_NAME':
      return hostFault(rule);
    case 'PATH':
      return pathFault(rule);
    case 'FILE_TYPE':
      return /^[^./\s]+$/.test(value)
        ? undefined
        : { message: `no file type is ${show(value)}`, suggestion: 'write what follows the last dot of the path: jpg' };
    case 'SSL_CONN_HAS_CERT':
      return value.toLowerCase() === 'true'
        ? undefined
        : { message: `${value} is not compared with`, suggestion: 'write true, and invert: true for false' };
    case 'SSL_VERIFY_RESULT':
      return /^\d{1,5}$/.test(value)
        ? undefined
        : { message: `${value} is not a result`, suggestion: "write OpenSSL's number, 0 for success" };
    default:
      return undefined;
  }
}

function hostFault({ compare_type, value }: CheckedRule): FaultDetail | undefined {
  if (/[^ -~]/.test(value)) {
    return {
      message: `${show(value)} is not what clients send`,
      suggestion: 'write it in Punycode: xn--bcher-kva.example',
    };
  }
  if (WITH_PORT.test(value)) {
    return { message: `${show(value)} has a port, which is not compared`, suggestion: `write ${value.split(':')[0]}` };
  }
  const exact = compare_type === 'EQUAL_TO';
  const fits = exact ? HOST.test(value) || WILDCARD.test(value) : PART_OF_HOST.test(value);
  if (fits) {
    return undefined;
  }
  return exact
    ? {
        message: `${show(value)} is not a host name`,
        suggestion: 'write a host such as www.example.com, or *.example.com for all hosts below it',
      }
    : { message: `no host has ${show(value)} in it`, suggestion: 'write letters, digits, - and dots' };
}

function pathFault({ compare_type, value }: CheckedRule): FaultDetail | undefined {
  if (/[?#]/.test(value)) {
    return {
      message: `${show(value)} has more than a path`,
      suggestion: `leave out ${value.includes('?') ? '? and the query' : '# and what follows it'}`,
    };
  }
  if (/[^!-~]/.test(value)) {
    return { message: `${show(value)} is not what clients send`, suggestion: 'write %20 for a space, and the like' };
  }
  return value.startsWith('/') || (compare_type !== 'EQUAL_TO' && compare_type !== 'STARTS_WITH')
    ? undefined
    : { message: `no path is ${show(value)}`, suggestion: `write ${show(`/${value}`)}` };
}
