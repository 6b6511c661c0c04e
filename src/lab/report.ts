/** What `npm start` prints once traffic has flowed. Pure: text from results. */
import type { Seen, TrafficResult } from './protocol.js';

export interface ReportInput {
  members: Array<{ name: string; address: string; port: number }>;
  tcp: TrafficResult;
  udp: TrafficResult;
  /** Where the TCP listener is, `address:port`. */
  listener: string;
  /** What the reader can try, with a word about it. */
  commands: Array<{ command: string; purpose: string }>;
  colours: boolean;
}

export interface Report {
  text: string;
  /** Nothing failed, and every member saw the clients' own addresses. */
  passed: boolean;
}

const GREEN = '32';
const RED = '31';
const BOLD = '1';
const ADDRESSES_SHOWN = 3;

export function renderReport(input: ReportInput): Report {
  const { tcp, udp, colours } = input;
  const paint = (code: string, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  const passed = tcp.failed === 0 && udp.failed === 0 && tcp.seen.wrong === 0 && tcp.connections > 0;
  const lines = [
    paint(BOLD, `${tcp.connections} TCP connections to ${input.listener} in ${tcp.seconds.toFixed(2)} s`),
    '',
    ...table([['member', 'TCP', 'client address', 'UDP', 'clients it saw over TCP'], ...input.members.map(row(input))]),
    '',
    verdict('every TCP connection was answered', tcp.failed === 0, failures(tcp)),
    verdict('members saw the clients themselves (TOA)', tcp.seen.wrong === 0, `${tcp.seen.wrong} saw somebody else`),
    verdict(`${udp.requests} UDP datagrams came back`, udp.failed === 0, failures(udp)),
    '',
    ...trial(input.commands),
  ];
  return { text: `${lines.join('\n')}\n`, passed };

  function verdict(what: string, right: boolean, otherwise: string): string {
    return right ? `${paint(GREEN, '✓')} ${what}` : `${paint(RED, '✗')} ${what}: ${otherwise}`;
  }
}

function row({ tcp, udp }: ReportInput) {
  return ({ name, address, port }: ReportInput['members'][number]): string[] => {
    const seen = tcp.seenBy[name];
    return [
      `${name} ${address}:${port}`,
      String(tcp.backends[name] ?? 0),
      judgement(seen),
      String(udp.backends[name] ?? 0),
      addresses(seen),
    ];
  };
}

function judgement(seen: Seen | undefined): string {
  if (!seen) return '–';
  return seen.wrong === 0 ? `right ${seen.right}` : `right ${seen.right}, wrong ${seen.wrong}`;
}

function addresses(seen: Seen | undefined): string {
  const all = Object.keys(seen?.addresses ?? {}).sort();
  const more = all.length - ADDRESSES_SHOWN;
  return [...all.slice(0, ADDRESSES_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join(', ') || '–';
}

function failures(result: TrafficResult): string {
  const kinds = Object.entries(result.errors).map(([kind, count]) => `${count} ${kind}`);
  return `${result.failed} of ${result.connections} failed (${kinds.join(', ')})`;
}

function trial(commands: ReportInput['commands']): string[] {
  return ['Try', ...commands.flatMap(({ command, purpose }) => [`  ${purpose}`, `    ${command}`])];
}

function table(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}
