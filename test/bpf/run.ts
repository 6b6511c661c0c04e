/**
 * Runs the packet cases without any test framework: in a network namespace of its own for the tests of this host, as the only
 * program of a virtual machine for those of older kernels. Prints TAP; exits with 1 where a case failed.
 *
 *     node build/test/test/bpf/run.js [TEXT]     only cases with TEXT in their sentence
 */
import { inspect } from 'node:util';
import type { NativeError } from '../../src/datapath/addon.js';
import { GatewayUnderTest, occupyInterfaces } from '../support/gateway-under-test.js';
import type { Case } from './case.js';
import { CASES } from './cases/index.js';
import { remember } from './coverage.js';
import { buildScene } from './scene.js';
import { formatBailOut, formatPlan, formatResult, formatSummary, type Result } from './tap.js';

/** Lines of the verifier's log that are shown where a program does not load. */
const VERIFIER_LINES = 40;

async function main(text: string): Promise<void> {
  const cases = CASES.filter(({ sentence }) => sentence.includes(text));
  console.log(formatPlan(cases.length));
  buildScene();
  await occupyInterfaces();
  const shared = await GatewayUnderTest.load();
  const results: Result[] = [];
  for (const each of cases) {
    results.push(await runCase(each, shared));
    console.log(formatResult(results.length, results.at(-1)!));
  }
  shared.close();
  console.log(formatSummary(results));
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}

async function runCase(each: Case, shared: GatewayUnderTest): Promise<Result> {
  const { sentence } = each;
  try {
    if (each.sizes) await withOwnGateway(each);
    else {
      await shared.reset();
      await each.run(shared);
      remember(shared);
    }
    return { sentence, passed: true, details: [] };
  } catch (error) {
    return { sentence, passed: false, details: inWords(error).split('\n') };
  }
}

async function withOwnGateway(each: Case): Promise<void> {
  const gateway = await GatewayUnderTest.load(each.sizes);
  try {
    await each.run(gateway);
    remember(gateway);
  } finally {
    gateway.close();
  }
}

/** Stack and, of what the kernel refused, the end of what the verifier said. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error);
  const { detail } = error as Partial<NativeError>;
  const verifier = detail === undefined ? [] : ['', ...detail.trimEnd().split('\n').slice(-VERIFIER_LINES)];
  return [error.stack ?? error.message, ...verifier].join('\n');
}

try {
  await main(process.argv[2] ?? '');
} catch (error) {
  console.log(formatBailOut(inWords(error)));
  process.exitCode = 1;
}
