/**
 * Programs of the bench that run inside a namespace of the lab: started with one JSON argument, they write JSON lines: progress, and
 * at the end their result.
 */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Lab } from '#sluice/lab/lab.js';
import type { Progress } from './progress.js';

type Message<Result> = { type: 'progress'; text: string } | { type: 'result'; result: Result };

/** A worker that stays, and ends with `stop` or with its lab. */
export interface Resident {
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** `gateway`, `client1`… */
  host: string;
  /** Name of the compiled module, relative to the bench: `packet/worker.js`. */
  script: string;
  /** Pins it to this CPU, before everybody else's work there. */
  cpu?: number;
}

/** Runs a worker to its end. @throws Error with the end of its log when it fails */
export async function runWorker<Result>(
  lab: Lab,
  options: WorkerOptions,
  order: unknown,
  progress: Progress,
): Promise<Result> {
  const { script } = options;
  const program = await spawnWorker(lab, options, order);
  let result: Result | undefined;
  for await (const line of createInterface({ input: program.stdout })) {
    const message = JSON.parse(line) as Message<Result>;
    if (message.type === 'progress') progress.say(message.text);
    else result = message.result;
  }
  const code = await program.ended;
  if (result === undefined) throw new Error(`${script} ended with code ${code}: ${program.log().trim().slice(-2000)}`);
  return result;
}

/** Starts a worker that stays; resolves when it has told its result, which is that it is ready. @throws Error */
export async function startWorker(lab: Lab, options: WorkerOptions, order: unknown): Promise<Resident> {
  const program = await spawnWorker(lab, options, order);
  const lines = createInterface({ input: program.stdout });
  const first = await lines[Symbol.asyncIterator]().next();
  if (first.done) {
    const code = await program.ended;
    throw new Error(`${options.script} ended with code ${code}: ${program.log().trim().slice(-2000)}`);
  }
  return {
    stop: async () => {
      await program.stop();
    },
  };
}

function spawnWorker(lab: Lab, { host, script, cpu }: WorkerOptions, order: unknown) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const pinned = cpu === undefined ? [] : ['nice', '-n', '-20', 'taskset', '-c', String(cpu)];
  return lab.spawn(host, [...pinned, process.execPath, path, JSON.stringify(order)], { pipe: true });
}

/** The other side: the order this worker was started with. */
export function workerOrder<Order>(): Order {
  return JSON.parse(process.argv[2] ?? '{}') as Order;
}

export function tell<Result>(message: Message<Result>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
