/** sluice status */
import type { Command } from 'commander';
import { formatEndpoint } from '../model/address.js';
import { isRefusal, OUTCOMES } from '../observe/explanations.js';
import type { ListenerStatus, LoadBalancerStatus, StatusDocument } from '../observe/status.js';
import type { Cli } from './cli.js';
import { type Column, humanBytes, humanCount, humanSeconds, tableLines } from './table.js';
import { colourOfStatus, type Format, formatOption, type Paint } from './terminal.js';

export function addStatus(program: Command, cli: Cli): void {
  program
    .command('status')
    .description('show interfaces, listeners, members with their health, and what was refused')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  sluice status
  sluice status -o json | jq '.loadbalancers[].operating_status'`,
    )
    .action(async ({ output }: { output: Format }, command: Command) => {
      const status = await (await cli.client(command)).get<StatusDocument>('/status');
      await cli.terminal.print(output, status, () => statusLines(status, cli.terminal.paint));
    });
}

interface MemberRow {
  member: string;
  status: string;
  weight: number;
  active: string;
  sessions: string;
  in: string;
  out: string;
  note: string;
}

const MEMBER_COLUMNS: Column<MemberRow>[] = [
  { title: '    MEMBER', value: ({ member }) => `    ${member}` },
  { title: 'STATUS', value: ({ status }) => status, colour: ({ status }) => colourOfStatus(status) },
  { title: 'WEIGHT', value: ({ weight }) => weight, right: true },
  { title: 'ACTIVE', value: ({ active }) => active, right: true },
  { title: 'SESSIONS', value: ({ sessions }) => sessions, right: true },
  { title: 'IN', value: (row) => row.in, right: true },
  { title: 'OUT', value: ({ out }) => out, right: true },
  { title: 'NOTE', value: ({ note }) => note },
];

/** The status for people. */
export function statusLines(status: StatusDocument, paint: Paint): string[] {
  return [
    ...gatewayLines(status, paint),
    ...status.loadbalancers.flatMap((loadbalancer) => ['', ...loadBalancerLines(loadbalancer, status.at, paint)]),
    ...refusalLines(status, paint),
    ...status.warnings.map((warning) => paint('yellow', `warning: ${warning}`)),
  ];
}

function gatewayLines({ at, gateway, loadbalancers }: StatusDocument, paint: Paint): string[] {
  const up = humanSeconds((at - Date.parse(gateway.started_at)) / 1000);
  const lines = [`${paint('bold', gateway.name)}  sluice ${gateway.version}, daemon up for ${up}`];
  if (!gateway.sessions) {
    return [...lines, 'no data plane (gateway.dataplane: none): nothing is balanced'];
  }
  const { used, capacity } = gateway.sessions;
  const percent = ((100 * used) / capacity).toFixed(used > 0 && used / capacity < 0.1 ? 1 : 0);
  const interfaces = gateway.interfaces.map(({ name, mode }) => `${name} (${mode})`);
  lines.push(`interfaces  ${interfaces.join(', ')}`);
  lines.push(`sessions    ${humanCount(used)} of ${humanCount(capacity)} (${percent}%)`);
  if (loadbalancers.length === 0) {
    lines.push('no load balancers; add some with: sluice apply -f FILE');
  }
  return lines;
}

function loadBalancerLines(
  { name, vip_address, operating_status, listeners }: LoadBalancerStatus,
  at: number,
  paint: Paint,
): string[] {
  return [
    `${paint('bold', name)}  ${vip_address}  ${paintStatus(operating_status, paint)}`,
    ...listeners.flatMap((listener) => listenerLines(listener, vip_address, at, paint)),
  ];
}

function listenerLines(listener: ListenerStatus, vip: string, at: number, paint: Paint): string[] {
  const endpoint = `${listener.protocol.toLowerCase()} ${formatEndpoint(vip, listener.protocol_port)}`;
  const turned = [
    listener.refused > 0 ? `${humanCount(listener.refused)} refused` : '',
    listener.dropped > 0 ? `${humanCount(listener.dropped)} dropped` : '',
  ].filter(Boolean);
  const traffic = `${humanCount(listener.active)} active, ${humanCount(listener.sessions)} sessions`;
  const title = [
    `  ${listener.name || endpoint}`,
    listener.name ? endpoint : '',
    paintStatus(listener.operating_status, paint),
  ];
  const head = `${title.filter(Boolean).join('  ')}  ${[traffic, ...turned].join(', ')}`;
  if (listener.members.length === 0) {
    return [head, `    ${listener.pool ? 'the pool has no members' : 'no pool'}: new sessions are refused`];
  }
  const rows = listener.members.map((member): MemberRow => {
    const age = member.since ? humanSeconds((at - Date.parse(member.since)) / 1000) : '';
    return {
      member: formatEndpoint(member.address, member.protocol_port),
      status: member.operating_status,
      weight: member.weight,
      active: humanCount(member.active),
      sessions: humanCount(member.sessions),
      in: humanBytes(member.bytes_in),
      out: humanBytes(member.bytes_out),
      note: member.cause ? `${member.cause} (for ${age})` : '',
    };
  });
  return [head, ...tableLines(MEMBER_COLUMNS, rows, paint)];
}

function refusalLines({ outcomes }: StatusDocument, paint: Paint): string[] {
  const rows = Object.entries(outcomes).filter(([name, count]) => isRefusal(name) && count > 0);
  if (rows.length === 0) {
    return [];
  }
  const columns: Column<[string, number]>[] = [
    { title: 'REFUSED OR DROPPED', value: ([name]) => name },
    { title: 'PACKETS', value: ([, count]) => humanCount(count), right: true },
    { title: 'WHAT', value: ([name]) => OUTCOMES[name]?.meaning ?? '' },
  ];
  return ['', ...tableLines(columns, rows), paint('dim', 'sluice explain NAME tells why and what to do')];
}

function paintStatus(status: string, paint: Paint): string {
  return paint(colourOfStatus(status), status);
}
