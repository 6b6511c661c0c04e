/** Operations on health monitors, one a pool. */
import type { HealthMonitorCreate, HealthMonitorPatch } from '../model/inputs.js';
import type { HealthMonitor, Pool } from '../model/resources.js';
import { checkMonitor as checkFields, monitorChanges, monitorUseFault, refuseFaults } from '../schema/index.js';
import { own } from './access.js';
import { patched, replacePool } from './edit.js';
import { made } from './made.js';
import type { Operation } from './operation.js';
import { enforceQuota } from './quotas.js';
import { conflict } from './refusals.js';

/** @throws SluiceError `conflict` when the pool has one, `invalid_configuration` for a type that its protocol rules out */
export function createHealthMonitor({ pool_id, ...fields }: HealthMonitorCreate): Operation<HealthMonitor> {
  return (context) => {
    const { loadbalancer, pool } = own(context, 'pool', pool_id, 'change', 'healthmonitor');
    if (pool.healthmonitor) {
      throw conflict(`This pool already has a health monitor. It is ${pool.healthmonitor.id}; update or delete it`);
    }
    const healthmonitor: HealthMonitor = { ...fields, ...made(context, loadbalancer) };
    checkMonitor(healthmonitor, pool);
    const state = replacePool(context.state, loadbalancer, pool, { ...pool, healthmonitor });
    enforceQuota(context, state, loadbalancer.project_id);
    return { state, result: healthmonitor };
  };
}

export function updateHealthMonitor(id: string, patch: HealthMonitorPatch): Operation<HealthMonitor> {
  return (context) => {
    const { loadbalancer, pool, object } = own(context, 'healthmonitor', id);
    const result = patched<HealthMonitor>(object, monitorChanges(object, patch), context.now);
    if (result === object) {
      return { state: context.state, result };
    }
    checkMonitor(result, pool);
    return { state: replacePool(context.state, loadbalancer, pool, { ...pool, healthmonitor: result }), result };
  };
}

/** Deletes a monitor: every member of its pool counts as healthy from now on (HC-3). */
export function deleteHealthMonitor(id: string): Operation<void> {
  return (context) => {
    const { loadbalancer, pool } = own(context, 'healthmonitor', id, 'delete');
    return {
      state: replacePool(context.state, loadbalancer, pool, { ...pool, healthmonitor: null }),
      result: undefined,
    };
  };
}

/** What holds for every monitor, wherever it comes from. @throws SluiceError */
export function checkMonitor(monitor: HealthMonitor, { protocol }: Pool): void {
  refuseFaults('healthmonitor', (report) => {
    checkFields(monitor, report);
    const fault = monitorUseFault(monitor.type, protocol);
    if (fault) {
      report(['type'], fault);
    }
  });
}
