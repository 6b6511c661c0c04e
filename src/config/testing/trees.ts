/** Load balancers as text, one field of which is under test. */
import type { SluiceError } from '../../model/errors.js';
import { refusalOf } from '../../model/testing/refusal.js';
import { parseTree, type TreeOptions } from '../tree.js';

/** A load balancer in YAML flow style around the fields under test. */
export const lb = (fields: string) => `loadbalancer: {name: web, vip_address: 198.18.0.10, ${fields}}`;
export const listener = (fields: string) => lb(`listeners: [{protocol: TCP, protocol_port: 80, ${fields}}]`);
export const pool = (fields: string) => lb(`pools: [{protocol: TCP, lb_algorithm: ROUND_ROBIN, ${fields}}]`);
export const member = (fields: string) => pool(`members: [{address: 198.18.2.1, protocol_port: 80, ${fields}}]`);
export const monitor = (fields: string) => pool(`healthmonitor: {${fields}}`);

/** What `parseTree` refuses a text with. @throws Error when it takes the text */
export function errorOf(text: string, options?: TreeOptions): SluiceError {
  return refusalOf(() => parseTree(text, options));
}
