/** Schemas of answers that are no resources. */
import type { Schema } from '../http/route.js';

const count = (description: string): Schema => ({ type: 'integer', minimum: 0, description });

export const STATS_SCHEMA: Schema = {
  type: 'object',
  required: ['bytes_in', 'bytes_out', 'active_connections', 'total_connections', 'request_errors'],
  properties: {
    bytes_in: count('Bytes from clients.'),
    bytes_out: count('Bytes to clients.'),
    active_connections: count('Connections that are not closed yet.'),
    total_connections: count('Connections since the tables were made.'),
    request_errors: count('Connections that were refused or dropped.'),
  },
};

const STATUSES = {
  id: { type: 'string', format: 'uuid' },
  name: { type: 'string' },
  provisioning_status: { type: 'string', enum: ['ACTIVE', 'ERROR'] },
  operating_status: {
    type: 'string',
    enum: ['ONLINE', 'DEGRADED', 'ERROR', 'OFFLINE', 'DRAINING', 'NO_MONITOR'],
  },
};

function withStatuses(properties: Record<string, Schema>): Schema {
  return { type: 'object', properties: { ...STATUSES, ...properties } };
}

function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

const POOL_STATUS = withStatuses({
  health_monitor: withStatuses({ type: { type: 'string' } }),
  members: listOf(withStatuses({ address: { type: 'string' }, protocol_port: { type: 'integer' } })),
});

export const STATUS_TREE_SCHEMA: Schema = {
  type: 'object',
  required: ['loadbalancer'],
  properties: {
    loadbalancer: withStatuses({
      listeners: listOf(
        withStatuses({
          pools: listOf(POOL_STATUS),
          l7policies: listOf(
            withStatuses({
              action: { type: 'string' },
              rules: listOf(withStatuses({ type: { type: 'string' } })),
            }),
          ),
        }),
      ),
      pools: listOf(POOL_STATUS),
    }),
  },
};

/** Of providers, and of what flavors and availability zones may hold. */
export const NAME_AND_DESCRIPTION_SCHEMA: Schema = {
  type: 'object',
  required: ['name', 'description'],
  properties: { name: { type: 'string' }, description: { type: 'string' } },
};
