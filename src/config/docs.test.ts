import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../schema/fields.js';
import { monitorInTree } from '../schema/healthmonitors.js';
import { policyInTree, ruleInTree } from '../schema/l7.js';
import { listenerInTree } from '../schema/listeners.js';
import { loadBalancerInFile } from '../schema/loadbalancers.js';
import { memberInTree } from '../schema/members.js';
import { poolInTree } from '../schema/pools.js';
import { hostSection } from './host-schema.js';

const DOCS = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** A table of the fields of a schema in Markdown. */
function table(schema: JsonSchema): string {
  const required = schema.required ?? [];
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const value = required.includes(name) ? 'required' : field.default === undefined ? '' : show(field.default);
    return `| \`${name}\` | ${value} | ${describeField(field)} |`;
  });
  return ['| Field | Default | |', '|---|---|---|', ...rows].join('\n');
}

function show(value: unknown): string {
  return value === null ? '' : `\`${typeof value === 'string' ? value || '""' : JSON.stringify(value)}\``;
}

function describeField({ description = '', enum: values }: JsonSchema): string {
  const sentence = description.endsWith('.') ? description : `${description}.`;
  const choices = (values ?? []).filter((value) => value !== null).map((value) => `\`${value}\``);
  return choices.length > 1 ? `${sentence} One of ${choices.join(', ')}` : sentence;
}

const host = hostSection.properties!;
const pool = poolInTree.properties!;

describe('docs/configuration.md', () => {
  it.each<[what: string, schema: JsonSchema]>([
    ['the gateway section', host.gateway!],
    ['the api section', host.api!],
    ['the keystone section', host.api!.properties!.keystone!],
    ['the proxy section', host.proxy!],
    ['the access_log section', host.access_log!],
    ['the syslog section', host.access_log!.properties!.syslog!],
    ['the vault section', host.vault!],
    ['subnets', host.subnets!.items!],
    ['load balancers', loadBalancerInFile],
    ['further VIPs', loadBalancerInFile.properties!.additional_vips!.items!],
    ['listeners', listenerInTree],
    ['pools', poolInTree],
    ['session persistence', pool.session_persistence!],
    ['members', memberInTree],
    ['health monitors', monitorInTree],
    ['policies', policyInTree],
    ['rules', ruleInTree],
  ])('has the fields of %s as they are read', (_, schema) => {
    expect(DOCS).toContain(table(schema));
  });
});
