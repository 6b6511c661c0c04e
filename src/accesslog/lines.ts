/**
 * What a frontend of HAProxy logs. HAProxy writes fields between tabs, encoded by itself; native/log_record.cpp reads them, and turns
 * them into what people configured. That costs HAProxy half of what JSON made by its own converters does, and a name or another
 * format needs no reload.
 */
import type { AccessLogConfig } from '../config/access-log-fields.js';
import { type Listener, type LoadBalancer, vipsOf } from '../model/resources.js';

/** The descriptor that HAProxy is started with: the writing end of the pipe, see {@link openLogPipe}. */
export const LOG_DESCRIPTOR = 3;

/** Without an access log one of so many requests, by chance, is written down, for what HAProxy's own counters do not have. */
export const SAMPLE = 16;

export interface AccessLogLinesInput {
  listener: Pick<Listener, 'id' | 'protocol' | 'protocol_port' | 'access_log' | 'compression'>;
  loadbalancer: Pick<LoadBalancer, 'vip_address' | 'additional_vips' | 'public_addresses'>;
  settings: { accessLog: Pick<AccessLogConfig, 'target'> | null };
}

/** Bytes that are kept of a header; what is longer is cut. In the order in which native/log_record.cpp reads them. */
const HEADERS: [name: string, bytes: number][] = [
  ['Host', 255],
  ['User-Agent', 512],
  ['Referer', 1024],
  ['X-Forwarded-For', 255],
];

/** HAProxy cuts lines here: writes to a pipe are whole up to this size (PIPE_BUF), longer ones could mix. */
const MOST_BYTES = 4096;

/**
 * The directives of a listener's frontend. They come before every other `capture` and `http-request` of it: native code counts on
 * the order of captures, and requests that an earlier rule answers would all be taken for samples.
 * With `access_log` on: a line for each request, or for each connection of a frontend in mode tcp. Off: one request in
 * {@link SAMPLE}, in short, for metrics; nothing in mode tcp.
 */
export function accessLogLines({ listener, loadbalancer, settings }: AccessLogLinesInput): string[] {
  const logged = settings.accessLog !== null && listener.access_log;
  const http = ['HTTP', 'TERMINATED_HTTPS', 'PROMETHEUS'].includes(listener.protocol);
  const transfer = logged ? transferFields(listener, vipOf(listener, loadbalancer)) : [];
  if (!http) {
    const session = ['T', listener.id, '1', '0', '%ts', '0', '0', '%Tt'];
    return logged ? ['option dontlognull', target(), format('log-format', [...session, ...transfer])] : ['no log'];
  }
  const outcome = ['%ST', '%ts', '%TR', '%Tr', '%Ta'];
  if (!logged) {
    const lines = [
      'option dontlognull',
      target(),
      // Cheaper than the target's own `sample`, for which HAProxy writes every line and throws most of them away.
      `http-request set-log-level silent unless { rand(${SAMPLE}) eq 0 }`,
      format('log-format', ['S', listener.id, String(SAMPLE), ...outcome]),
    ];
    return withHandshakes(lines, listener);
  }
  const compressed = listener.compression ? '%[res.comp]' : '0';
  const lines = [
    'option dontlognull',
    target(),
    ...HEADERS.map(([name, bytes]) => `capture request header ${name} len ${bytes}`),
    'capture response header Content-Length len 20',
    format('log-format', ['H', listener.id, '1', ...outcome, ...transfer, compressed, '%hs', '%r', '%hr']),
  ];
  return withHandshakes(lines, listener);
}

function target(): string {
  return `log fd@${LOG_DESCRIPTOR} len ${MOST_BYTES} format raw local0`;
}

function format(directive: string, fields: string[]): string {
  return `${directive} "${fields.join('\\t')}"`;
}

/** What a connection is about; requests have the same. */
function transferFields({ protocol }: AccessLogLinesInput['listener'], vip: string[]): string[] {
  const tls = protocol === 'TERMINATED_HTTPS' ? ['%sslv', '%sslc', '%[ssl_fc_sni,url_enc]'] : ['-', '-', '-'];
  const times = ['%[date(0,ms)]', '%Tc', '%Td', '%rc'];
  return [...times, '%U', '%B', '%ci', '%cp', ...vip, '%b', '%s', '%[fc_rtt(us)]', ...tls];
}

/** The address and port that the client spoke to. With one VIP it is known, which spares HAProxy a system call and its text. */
function vipOf(listener: AccessLogLinesInput['listener'], loadbalancer: AccessLogLinesInput['loadbalancer']): string[] {
  const [vip, ...others] = vipsOf(loadbalancer);
  return others.length === 0 && vip !== undefined ? [vip, String(listener.protocol_port)] : ['%fi', '%fp'];
}

/** Failed handshakes have no request: HAProxy would tell of them in words of its own. */
function withHandshakes(lines: string[], { id, protocol }: AccessLogLinesInput['listener']): string[] {
  return protocol === 'TERMINATED_HTTPS' ? [...lines, format('error-log-format', ['E', id, '1'])] : lines;
}
