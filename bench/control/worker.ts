/** Control-plane speed, in the gateway namespace of a lab: real tables in the kernel, a real store. */
import { Bench } from 'tinybench';
import { mergeTree } from '#sluice/config/merge.js';
import { parseTree } from '#sluice/config/tree.js';
import type { Tree } from '#sluice/model/resources.js';
import { type Plan, Planner } from '#sluice/plan/plan.js';
import { tell, workerOrder } from '../worker.js';
import type { ControlFigure, ControlOrder } from './result.js';
import { Subject } from './subject.js';

const EMPTY: Tree = { loadbalancers: [] };

const order = workerOrder<ControlOrder>();
const subject = new Subject(order);

interface Times {
  median: number;
  slowest: number;
}

/** Runs a step again and again. It may return what counts of it, ms. */
async function time(step: () => Promise<number | undefined>): Promise<Times> {
  const bench = new Bench({ time: 0, iterations: order.iterations, warmupIterations: 2, warmupTime: 0 });
  bench.add('step', async () => {
    const counted = await step();
    return counted === undefined ? undefined : { overriddenDuration: counted };
  });
  await bench.run();
  const result = bench.tasks[0]!.result;
  if (result.state === 'errored') throw result.error;
  if (result.state !== 'completed') throw new Error(`tinybench left the step ${result.state}`);
  return { median: result.latency.p50, slowest: result.latency.max };
}

/** Two configurations that differ in one weight, taken in turn; the first one is in force at the beginning. */
class Alternation<Value> {
  #turn = 0;

  constructor(private readonly values: readonly [Value, Value]) {}

  next(): Value {
    this.#turn = 1 - this.#turn;
    return this.values[this.#turn]!;
  }
}

async function figure(members: number): Promise<ControlFigure> {
  const { road } = subject;
  const say = (what: string) => tell({ type: 'progress', text: `control: ${members} members, ${what}` });
  const texts = [subject.text(members, 0), subject.text(members, 1)] as const;
  say('first configuration');
  const first = await time(async () => {
    await road.change(subject.stateWith(EMPTY));
    const tree = subject.stateOf(texts[0]);
    const started = performance.now();
    await road.change(tree);
    return performance.now() - started;
  });
  const trees = [road.state, subject.stateOf(texts[1])] as const;
  say('one weight changed');
  const { plan, apply } = await phases(trees);
  road.forget();
  await road.change(trees[0]);
  const alternation = new Alternation(trees);
  const change = await time(async () => {
    const before = subject.wheel();
    const tree = alternation.next();
    const started = performance.now();
    await road.change(tree);
    const elapsed = performance.now() - started;
    requireSwitch(before);
    return elapsed;
  });
  say('one weight changed, from text');
  const sources = new Alternation(road.state === trees[0] ? texts : [texts[1], texts[0]]);
  const text = await time(async () => {
    const specs = parseTree(sources.next());
    await road.change(subject.stateWith(mergeTree(road.state, specs).tree));
    return undefined;
  });
  const wheel = subject.wheel().length;
  return {
    members,
    wheel,
    first: first.median,
    plan: plan.median,
    apply: apply.median,
    change: change.median,
    slowest: change.slowest,
    text: text.median,
  };
}

/** The change's two halves by themselves. */
async function phases(trees: readonly [Tree, Tree]): Promise<{ plan: Times; apply: Times }> {
  const { datapath } = subject;
  const facts = { ...(await datapath.facts()), localAddresses: order.localAddresses, hashKey: 0 };
  const planner = new Planner();
  planner.adopt(await datapath.read(order.localAddresses));
  const planned = new Alternation(trees);
  const make = (): Plan => planner.plan({ tree: planned.next(), health: new Map(), facts });
  const plan = await time(async () => {
    const started = performance.now();
    const made = make();
    const elapsed = performance.now() - started;
    await datapath.apply(made.operations);
    planner.commit(made);
    return elapsed;
  });
  const apply = await time(async () => {
    const made = make();
    const started = performance.now();
    await datapath.apply(made.operations);
    const elapsed = performance.now() - started;
    planner.commit(made);
    return elapsed;
  });
  return { plan, apply };
}

/** Packets follow the `services` row: the change is visible when that names another wheel. @throws Error */
function requireSwitch(before: { base: number }): void {
  if (subject.wheel().base === before.base) throw new Error('the change is not visible in the data plane');
}

await subject.datapath.open();
try {
  const figures: ControlFigure[] = [];
  for (const members of order.members) figures.push(await figure(members));
  tell({ type: 'result', result: figures });
} finally {
  await subject.datapath.close();
}
