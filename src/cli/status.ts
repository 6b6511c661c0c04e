/** sluice status */
import type { Command } from 'commander';
import { formatEndpoint } from '../model/address.js';
import { isRefusal, OUTCOMES } from '../observe/explanations.js';
import type { ListenerStatus, LoadBalancerStatus, StatusDocument } from '../observe/status.js';
import { clientOf } from './context.js';
import { colour, colourOfStatus, type Format, formatOption, print } from './output.js';
import { type Column, humanBytes, humanCount, humanSeconds, tableLines } from './table.js';

export function addStatus(program: Command): void {
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
      const status = await (await clientOf(command)).get<StatusDocument>('/status');
      await print(output, status, () => statusLines(status));
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
  { title: 'STATUS', value: ({ status }) => status },
  { title: 'WEIGHT', value: ({ weight }) => weight, right: true },
  { title: 'ACTIVE', value: ({ active }) => active, right: true },
  { title: 'SESSIONS', value: ({ sessions }) => sessions, right: true },
  { title: 'IN', value: (row) => row.in, right: true },
  { title: 'OUT', value: ({ out }) => out, right: true },
  { title: 'NOTE', value: ({ note }) => note },
];

/** The status for people. */
export function statusLines(status: StatusDocument): string[] {
  return [
    ...gatewayLines(status),
    ...status.loadbalancers.flatMap((loadbalancer) => ['', ...loadBalancerLines(loadbalancer, status.at)]),
    ...refusalLines(status),
    ...status.warnings.map((warning) => colour('yellow', `warning: ${warning}`)),
  ];
}

function gatewayLines({ at, gateway, loadbalancers }: StatusDocument): string[] {
  const up = humanSeconds((at - Date.parse(gateway.started_at)) / 1000);
  const lines = [`${colour('bold', gateway.name)}  sluice ${gateway.version}, daemon up for ${up}`];
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
): string[] {
  return [
    `${colour('bold', name)}  ${vip_address}  ${paint(operating_status)}`,
    ...listeners.flatMap((listener) => listenerLines(listener, vip_address, at)),
  ];
}

function listenerLines(listener: ListenerStatus, vip: string, at: number): string[] {
  const endpoint = `${listener.protocol.toLowerCase()} ${formatEndpoint(vip, listener.protocol_port)}`;
  const turned = [
    listener.refused > 0 ? `${humanCount(listener.refused)} refused` : '',
    listener.dropped > 0 ? `${humanCount(listener.dropped)} dropped` : '',
  ].filter(Boolean);
  const traffic = `${humanCount(listener.active)} active, ${humanCount(listener.sessions)} sessions`;
  const title = [`  ${listener.name || endpoint}`, listener.name ? endpoint : '', paint(listener.operating_status)];
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
  const lines = tableLines(MEMBER_COLUMNS, rows);
  return [head, ...lines.map((line, index) => paintStatus(line, rows[index - 1]?.status))];
}

function refusalLines({ outcomes }: StatusDocument): string[] {
  const rows = Object.entries(outcomes).filter(([name, count]) => isRefusal(name) && count > 0);
  if (rows.length === 0) {
    return [];
  }
  const columns: Column<[string, number]>[] = [
    { title: 'REFUSED OR DROPPED', value: ([name]) => name },
    { title: 'PACKETS', value: ([, count]) => humanCount(count), right: true },
    { title: 'WHAT', value: ([name]) => OUTCOMES[name]?.meaning ?? '' },
  ];
  return ['', ...tableLines(columns, rows), colour('dim', 'sluice explain NAME tells why and what to do')];
}

function paint(status: string): string {
  return colour(colourOfStatus(status), status);
}

/** Colours come after alignment: their codes would count as characters. */
function paintStatus(line: string, status: string | undefined): string {
  return status ? line.replace(` ${status}`, ` ${paint(status)}`) : line;
}
