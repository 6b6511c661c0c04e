/** A page that shows the state at a glance and refreshes itself; nothing on it can change anything. */

import { isRefusal } from '../observe/explanations.js';
import type { ListenerStatus, MemberStatus, StatusDocument } from '../observe/status.js';

const STYLE = `body{font:14px system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin:.5em 0 1.5em}
td,th{padding:.25em .8em;text-align:left;border-bottom:1px solid #ddd}.n{text-align:right;font-variant-numeric:tabular-nums}
.ONLINE{color:#137333}.DEGRADED,.DRAINING{color:#b06000}.ERROR{color:#b3261e}.OFFLINE,.NO_MONITOR{color:#666}`;

export function statusPage(status: StatusDocument): string {
  const { gateway, loadbalancers, outcomes } = status;
  const sessions = gateway.sessions
    ? `${gateway.sessions.used} of ${gateway.sessions.capacity} sessions`
    : 'no data plane';
  const interfaces = gateway.interfaces.map(({ name, mode }) => `${name} (${mode})`).join(', ');
  const refusals = Object.entries(outcomes).filter(([name, count]) => isRefusal(name) && count > 0);
  const parts = loadbalancers.map(
    ({ name, vip_address, operating_status, listeners }) =>
      `<h2>${text(name)} ${text(vip_address)} ${state(operating_status)}</h2>${listeners.map(listenerTable).join('')}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>Sluice ${text(gateway.name)}</title><style>${STYLE}</style></head><body>
<h1>Sluice ${text(gateway.name)}</h1><p>${text([sessions, interfaces].filter(Boolean).join(' · '))}</p>
${parts.join('') || '<p>No load balancers. Add some with <code>sluice apply -f FILE</code>.</p>'}
${refusals.length > 0 ? `<h2>Refused and dropped</h2>${rows(refusals)}` : ''}</body></html>`;
}

function listenerTable(listener: ListenerStatus): string {
  const { name, protocol, protocol_port, operating_status, members } = listener;
  const title = `<h3>${text(name || 'listener')} ${protocol} ${protocol_port} ${state(operating_status)}</h3>`;
  const head =
    '<tr><th>member</th><th>state</th><th class="n">weight</th><th class="n">active</th><th class="n">sessions</th><th>cause</th></tr>';
  return `${title}<table>${head}${members.map(memberRow).join('')}</table>`;
}

function memberRow(member: MemberStatus): string {
  const { address, protocol_port, operating_status, weight, active, sessions, cause = '' } = member;
  return `<tr><td>${text(address)}:${protocol_port}</td><td>${state(operating_status)}</td><td class="n">${weight}</td>
<td class="n">${active}</td><td class="n">${sessions}</td><td>${text(cause)}</td></tr>`;
}

function rows(entries: [string, number][]): string {
  const cells = entries.map(([name, count]) => `<tr><td>${text(name)}</td><td class="n">${count}</td></tr>`);
  return `<table>${cells.join('')}</table>`;
}

function state(status: string): string {
  return `<span class="${status}">${status}</span>`;
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
