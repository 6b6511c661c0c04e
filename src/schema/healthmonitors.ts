/** Health monitors of pools. */
import { MONITOR_DEFAULTS as DEFAULTS, HTTP_MONITOR_DEFAULTS as HTTP } from '../model/defaults.js';
import type { HealthMonitorCreate, HealthMonitorPatch } from '../model/inputs.js';
import { HEALTH_MONITOR_TYPES, type HealthMonitorSpec, HTTP_METHODS } from '../model/resources.js';
import {
  ADMIN_STATE_UP,
  absent,
  choice,
  type FieldsOf,
  integer,
  MAX_TEXT,
  NAME,
  omit,
  optional,
  patch,
  record,
  TAGS,
  text,
  uuid,
} from './fields.js';
import { OWNER, type Owned } from './owner.js';

/** Seconds. Octavia has no upper limit; a day stands for "no limit a person needs". */
const MAX_SECONDS = 86_400;

type MonitorFields = Omit<HealthMonitorCreate, 'pool_id'>;

const MONITOR_FIELDS: FieldsOf<MonitorFields> = {
  name: NAME,
  admin_state_up: { ...ADMIN_STATE_UP, description: 'Whether members are checked. If not, all count as healthy.' },
  tags: TAGS,
  type: choice('How members are checked', HEALTH_MONITOR_TYPES),
  delay: integer('Seconds between checks of one member, 1 to 86,400', 1, MAX_SECONDS),
  timeout: integer(
    'Seconds until a check without an answer has failed. More than the delay counts as the delay.',
    1,
    MAX_SECONDS,
  ),
  max_retries: integer('Successes in a row that make an unhealthy member healthy, 1 to 10', 1, 10),
  max_retries_down: optional(
    integer('Failures in a row that make a healthy member unhealthy, 1 to 10', 1, 10),
    DEFAULTS.max_retries_down,
  ),
  http_method: optional(
    choice(`Method of HTTP and HTTPS checks; ${HTTP.http_method} where none is given.`, HTTP_METHODS),
    null,
  ),
  url_path: optional(
    text(`Path of HTTP and HTTPS checks; ${HTTP.url_path} where none is given.`, { format: 'url-path' }),
    null,
  ),
  expected_codes: optional(
    text(
      `Status codes of a healthy member as a list, a range or a class: 200,202 or 200-299 or 2xx; ${HTTP.expected_codes} where none are given.`,
      { format: 'http-codes', maxLength: 64 },
    ),
    null,
  ),
  http_version: optional(choice('Version of HTTP in checks; 1.1 where none is given.', [1.0, 1.1]), null),
  domain_name: optional(
    text('Host header of HTTP checks and server name of TLS; the address of the member where none is given.', {
      format: 'host-name',
    }),
    null,
  ),
  udp_request: optional(
    text('What UDP-CONNECT checks send; nothing, in an empty datagram, where none is given. Bytes as in \\x00.', {
      format: 'datagram',
      maxLength: 4 * MAX_TEXT,
    }),
    null,
  ),
  udp_response: optional(
    text('What must come back from a UDP-CONNECT check; silence is well where none is given. Bytes as in \\x00.', {
      format: 'datagram',
      maxLength: 4 * MAX_TEXT,
    }),
    null,
  ),
};

/** A monitor in a tree: Octavia's API asks for delay, timeout and max_retries, files may leave them out. */
export type MonitorInTree = Omit<HealthMonitorSpec, 'timeout'> & { timeout: number | null };

export const monitorInTree = record<MonitorInTree>('A health monitor', {
  ...MONITOR_FIELDS,
  id: absent(uuid('Its id. Made where none is given.')),
  delay: optional(MONITOR_FIELDS.delay, DEFAULTS.delay),
  timeout: optional(MONITOR_FIELDS.timeout, null),
  max_retries: optional(MONITOR_FIELDS.max_retries, DEFAULTS.max_retries),
});
export const monitorCreate = record<HealthMonitorCreate & Owned>('A health monitor', {
  ...MONITOR_FIELDS,
  ...OWNER,
  pool_id: uuid('The pool whose members it checks'),
});
export const monitorPatch = patch<Required<HealthMonitorPatch>>('A health monitor', omit(MONITOR_FIELDS, ['type']), [
  'type',
  'pool_id',
]);
