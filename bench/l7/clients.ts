/** Runs the load generators of the contests in a lab's client and reads what they report. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '#sluice/lab/lab.js';
import { parseWrk, THREADS } from '../system/programs.js';
import { source } from './files.js';

export interface Load {
  /** Per second: requests, or connections where each request has one of its own. */
  rate: number;
  /** ms, from the request, or from connect(), to the end of the answer. */
  p99: number;
  /** Answers that were not 200, connections that failed. */
  errors: number;
  total: number;
}

export interface WrkOptions {
  close?: boolean;
  /** Requests for so many policies instead of `/`. */
  policies?: number;
}

/** Kept busy at a time. */
const CONNECTIONS = 64;
const H2_CONNECTIONS = 16;
const H2_STREAMS = 8;
const HANDSHAKES = 32;

/** HTTP/1.1, also over TLS. wrk resumes its TLS sessions: it cannot measure full handshakes. */
export async function runWrk(lab: Lab, url: string, seconds: number, options: WrkOptions = {}): Promise<Load> {
  const header = options.close ? ['-H', 'Connection: close'] : [];
  const script = options.policies ? ['-s', source('contestants/requests.lua')] : [];
  const parameters = options.policies ? ['--', String(options.policies)] : [];
  const text = await lab.runOrThrow('client1', [
    ...['wrk', `-t${THREADS}`, `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', ...header, ...script, url],
    ...parameters,
  ]);
  const { requests, p99, errors, total } = parseWrk(text);
  return { rate: requests, p99, errors, total };
}

/** HTTP/2 over TLS. */
export async function runH2load(lab: Lab, url: string, seconds: number): Promise<Load> {
  const log = join(lab.runDirectory, 'h2load.log');
  rmSync(log, { force: true });
  const clients = [`-t${THREADS}`, `-c${H2_CONNECTIONS}`, `-m${H2_STREAMS}`];
  const text = await lab.runOrThrow('client1', ['h2load', ...clients, '-D', `${seconds}s`, `--log-file=${log}`, url]);
  if (!text.includes('Application protocol: h2')) throw new Error(`h2load did not get HTTP/2: ${text}`);
  return parseH2load(text, readFileSync(log, 'utf8'));
}

/** What h2load prints, and its log: start in µs, status, µs to the end of the answer. @throws Error when it is something else */
export function parseH2load(text: string, log: string): Load {
  const rate = /([\d.]+) req\/s/.exec(text);
  const statuses = /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(text);
  const failed = /(\d+) failed, (\d+) errored, (\d+) timeout/.exec(text);
  if (!rate || !statuses || !failed) throw new Error(`h2load said: ${text}`);
  const took = log
    .split('\n')
    .filter(Boolean)
    .map((line) => Number(line.split('\t')[2]) / 1000);
  const wrong = [...statuses.slice(2), failed[1]].reduce((sum, count) => sum + Number(count), 0);
  return { rate: Number(rate[1]), p99: percentile(took, 0.99), errors: wrong, total: Number(statuses[1]) };
}

interface Handshakes {
  seconds: number;
  took: number[];
  failures: number;
}

/** Full TLS 1.3 handshakes, one request each. */
export async function runHandshakes(lab: Lab, address: string, port: number, seconds: number): Promise<Load> {
  const argv = ['/usr/bin/python3', source('handshakes.py'), address, port, seconds, HANDSHAKES].map(String);
  const { seconds: elapsed, took, failures } = JSON.parse(await lab.runOrThrow('client1', argv)) as Handshakes;
  if (took.length === 0) throw new Error(`no handshake of ${failures} succeeded at ${address}:${port}`);
  return { rate: took.length / elapsed, p99: percentile(took, 0.99), errors: failures, total: took.length };
}

/** @param share 0 to 1 */
function percentile(values: number[], share: number): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
