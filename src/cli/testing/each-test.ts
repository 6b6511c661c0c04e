/** A gateway of its own for each test of a file. */
import { afterEach, beforeEach } from 'vitest';
import type { FakeGateway } from './fake-gateway.js';
import { type Ran, sluice } from './run.js';

/**
 * Starts a gateway before each test, hands it over, and stops it after the test.
 * @returns what runs a command line against it
 */
export function startEach(
  make: () => FakeGateway,
  give: (gateway: FakeGateway) => void | Promise<void>,
): (...argv: string[]) => Promise<Ran> {
  let gateway: FakeGateway;
  beforeEach(async () => {
    gateway = make();
    await gateway.start();
    await give(gateway);
  });
  afterEach(async () => await gateway.stop());
  return async (...argv) => await sluice(['--socket', gateway.socket, ...argv]);
}
