/** PROMETHEUS listeners: the metrics of a load balancer, from the daemon. */
import { section } from './text.js';

export const METRICS_BACKEND = 'metrics';

/** Lines of such a listener's section. */
export function prometheusLines(loadbalancerId: string): string[] {
  return [
    'http-request deny deny_status 404 unless { path /metrics }',
    'http-request deny deny_status 405 unless METH_GET',
    // Whose metrics: clients cannot say.
    `http-request set-header X-Sluice-Loadbalancer ${loadbalancerId}`,
  ];
}

/** The daemon as HAProxy sees it from its root directory. While it is away scrapes fail, and nothing else. */
export const METRICS_SECTION = section(`backend ${METRICS_BACKEND} from http`, [
  'timeout connect 5000ms',
  'timeout server 60000ms',
  'server daemon unix@/metrics.sock',
]);
