/** What HAProxy has done and does. */
export type {
  BackendStats,
  FrontendStats,
  ProcessStats,
  ProxyStats,
  Responses,
  ServerStats,
  ServingStats,
} from './types.js';
