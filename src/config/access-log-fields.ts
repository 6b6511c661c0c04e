/** The access_log section of the host file: where requests of HTTP listeners are written down (OB-2). */

import type { FaultReport } from '../schema/faults.js';
import { choice, type Field, integer, optional, record, text } from '../schema/fields.js';

export const ACCESS_LOG_TARGETS = ['file', 'journald', 'syslog', 'stdout'] as const;
export type AccessLogTarget = (typeof ACCESS_LOG_TARGETS)[number];

export const ACCESS_LOG_FORMATS = ['json', 'line'] as const;
/** An object a line, or the line that nginx and Apache are known for. */
export type AccessLogFormat = (typeof ACCESS_LOG_FORMATS)[number];

export const SYSLOG_FACILITIES = [
  'daemon',
  'user',
  'local0',
  'local1',
  'local2',
  'local3',
  'local4',
  'local5',
  'local6',
  'local7',
] as const;
export type SyslogFacility = (typeof SYSLOG_FACILITIES)[number];
const DEFAULT_FACILITY: SyslogFacility = 'local0';

export interface AccessLogConfig {
  target: AccessLogTarget;
  /** Target file: its absolute path. */
  path: string;
  format: AccessLogFormat;
  /** Target file: size in MB, 1..100,000, at which a new file is begun, and how many old ones are kept, 0..1,000. */
  rotate_megabytes: number;
  keep: number;
  syslog: {
    /** Where datagrams go (RFC 5424, RFC 5426); null: /dev/log of this host. */
    address: { host: string; port: number } | null;
    facility: SyslogFacility;
  };
}

export interface AccessLogSection extends Omit<AccessLogConfig, 'syslog'> {
  syslog: SyslogSection | null;
}

interface SyslogSection {
  address: string | null;
  facility: SyslogFacility;
}

const syslog = record<SyslogSection>('The syslog section', {
  address: optional(
    text('Host and port that datagrams go to; /dev/log of this host where none is given.', { format: 'host-and-port' }),
    null,
  ),
  facility: optional(choice('Facility of the messages.', SYSLOG_FACILITIES), DEFAULT_FACILITY),
});

export const accessLogSection: Field<AccessLogSection> = record<AccessLogSection>('The access_log section', {
  target: optional(choice('Where requests are written.', ACCESS_LOG_TARGETS), 'file'),
  path: optional(
    text('The file of target: file.', { format: 'absolute-path', maxLength: 4096 }),
    '/var/log/sluice/access.log',
  ),
  format: optional(
    choice('An object a line, or the line that nginx and Apache are known for.', ACCESS_LOG_FORMATS),
    'json',
  ),
  rotate_megabytes: optional(integer('Size in MB at which a new file is begun, 1 to 100,000.', 1, 100_000), 100),
  keep: optional(integer('Old files that are kept, 0 to 1,000.', 0, 1000), 10),
  syslog: optional(syslog, null),
});

/** The access log of a host file; null: none is written. Reports what does not go together. */
export function readAccessLog(section: AccessLogSection | null, report: FaultReport): AccessLogConfig | null {
  if (section === null) {
    return null;
  }
  const { target } = section;
  const { address, facility } = section.syslog ?? { address: null, facility: DEFAULT_FACILITY };
  if (section.syslog !== null && target !== 'syslog') {
    report(['syslog'], {
      message: `target: ${target} does not write to syslog`,
      suggestion: 'write target: syslog, or leave syslog out',
      part: 'key',
    });
  }
  return { ...section, syslog: { address: address === null ? null : parseHostAndPort(address), facility } };
}

/** Port 0 stands for a text that had a fault of its own. */
function parseHostAndPort(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? '', port: Number(port ?? 0) };
}
