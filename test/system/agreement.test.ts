/** Random requests to a real daemon, with ends of all kinds in between: what its API says, what the kernel holds and what HAProxy serves agree. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectEffect, expectReadable, expectWithinQuotas, withoutStatuses } from '../support/api-agreement.js';
import { ApiClient, type Configuration } from '../support/api-client.js';
import { expectHaproxyAgrees } from '../support/api-haproxy.js';
import { expectKernelAgrees } from '../support/api-kernel.js';
import type { Ground, Numbers } from '../support/api-step.js';
import { STEPS } from '../support/api-steps.js';
import { uploads } from '../support/api-uploads.js';
import { Random } from '../support/random.js';
import { Scene } from './support.js';

const SUBNET = 'b1f1c0c6-d2a8-4a0e-9a0c-5d2f7e0b6a11';
/** Requests from one start of the daemon to the next. */
const REQUESTS = 30;
/** How the daemon ends after each of them. */
const ENDS = ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const;

/** A certificate with its key, authorities and a revocation list, before anything else. */
const UPLOADED: readonly Numbers[] = [
  [0, 0, 0],
  [1, 0, 0],
  [3, 0, 0],
];

const subnets = [
  { name: 'front', cidr: '198.18.1.0/24', allocation_pools: ['198.18.1.101-198.18.1.103'], id: SUBNET },
  { name: 'public', cidr: '198.18.200.0/24', allocation_pools: ['198.18.200.1-198.18.200.4'], public: true },
];
const scene = new Scene('agreement', { clients: 1, backends: 1, programs: false, gateway: { subnets } });
const api = new ApiClient(scene.gateway.socket);

beforeAll(() => scene.start());
afterAll(() => scene.stop());

/** @returns what the API says */
async function expectAgreement(): Promise<Configuration> {
  const configuration = await expectKernelAgrees(scene.lab, api);
  await expectHaproxyAgrees(scene.lab, configuration);
  return configuration;
}

test('random requests leave API, kernel and HAProxy in agreement, and a new daemon with what the last one had', async () => {
  const random = new Random(7);
  const names = Object.keys(STEPS).filter((name) => !name.endsWith('Monitor'));
  const whole = await api.expect('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_address: '198.18.1.101' } });
  const ground: Ground = {
    vips: ['198.18.1.101', '198.18.1.102', '198.18.200.1', '198.18.1.120'],
    foreign: '203.0.113.1',
    servers: ['198.19.1.11', '198.19.1.12', '198.19.1.13', '198.19.1.14'],
    subnetId: SUBNET,
    projects: [whole.project_id, 'another'],
    uploads: uploads(),
    monitors: false,
  };
  let configuration = await expectAgreement();
  for (const numbers of UPLOADED) {
    expect((await api.send(STEPS.createCertificate!({ ...ground, configuration }, numbers))).status).toBe(201);
    configuration = await expectAgreement();
  }
  for (const signal of ENDS) {
    for (let count = 0; count < REQUESTS; count++) {
      // Every tenth request brings a load balancer with everything below it.
      const name = count % 10 === 0 ? 'createTree' : random.pick(names);
      const numbers: Numbers = [random.between(0, 60), random.between(0, 60), random.between(0, 60)];
      const request = STEPS[name]!({ ...ground, configuration }, numbers);
      const answer = await api.send(request);
      expectReadable(request, answer);
      const after = await expectAgreement();
      expectEffect(request, answer, configuration, after);
      expectWithinQuotas(configuration, after);
      configuration = after;
    }
    await (signal === 'SIGKILL' ? scene.gateway.kill() : scene.gateway.stop());
    await scene.gateway.start();
    const after = await expectAgreement();
    expect(withoutStatuses(after)).toEqual(withoutStatuses(configuration));
  }
});
