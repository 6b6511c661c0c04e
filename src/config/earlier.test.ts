import { describe, expect, it } from 'vitest';
import { readEarlierTree } from './earlier.js';
import { mergeTree } from './merge.js';

const ID = '6f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';
const OTHER = '7f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d';

/** A load balancer as release 0.1 wrote it to state.json, with a monitor of one type. */
function saved(type: string) {
  const common = { admin_state_up: true, tags: [], name: '' };
  const healthmonitor = {
    ...common,
    id: '9f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d',
    type,
    delay: 5,
    timeout: 5,
    max_retries: 3,
    max_retries_down: 3,
    http_method: 'GET',
    url_path: '/ok',
    expected_codes: '200',
    domain_name: null,
  };
  const pool = {
    ...common,
    id: ID,
    description: '',
    protocol: 'TCP',
    lb_algorithm: 'ROUND_ROBIN',
    session_persistence: { type: 'SOURCE_IP', persistence_timeout: 1200 },
    members: [],
    healthmonitor,
  };
  const listener = {
    ...common,
    id: OTHER,
    description: '',
    protocol: 'TCP',
    protocol_port: 80,
    default_pool_id: ID,
    timeout_client_data: 900_000,
    client_address: 'toa',
  };
  return {
    ...common,
    id: '8f1d5a2e-8c5b-4f6c-9d57-0c7f0a1b2c3d',
    name: 'web',
    description: '',
    vip_address: '198.18.0.10',
    listeners: [listener],
    pools: [pool],
  };
}

describe('readEarlierTree', () => {
  it.each([
    ['TCP', null],
    ['HTTP', '/ok'],
  ])('keeps ids and values; %s monitors have url_path %j', (type, url_path) => {
    const { tree } = mergeTree({ loadbalancers: [] }, readEarlierTree([saved(type)], 'state.json'));
    const before = saved(type);
    expect(tree.loadbalancers).toMatchObject([
      {
        ...before,
        pools: [{ ...before.pools[0], healthmonitor: { id: before.pools[0]!.healthmonitor.id, type, url_path } }],
      },
    ]);
  });

  it('says what cannot be read', () => {
    expect(() => readEarlierTree([5], 'state.json')).toThrow('state.json: 1 fault');
  });
});
