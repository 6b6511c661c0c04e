/** What a tree compiles to, load balancers put together, for tests. */
import type { Tree } from '../../model/resources.js';
import { type CompileInput, Compiler } from '../compiler.js';
import type { DesiredTarget, GatewayFacts, HealthView } from '../desired.js';
import { facts as someFacts } from './samples.js';

export function compiled(
  tree: Tree,
  health: HealthView = new Map(),
  facts: GatewayFacts = someFacts(),
  input: Pick<CompileInput, 'accessLists' | 'specifications'> = {},
) {
  const { balancers, gateway } = new Compiler().compile({ tree, health, facts, ...input });
  return {
    gateway,
    balancers,
    services: new Map(balancers.flatMap(({ services }) => [...services])),
    members: balancers.flatMap(({ members }) => members),
    targets: balancers.flatMap(({ targets }): DesiredTarget[] => targets),
    budgets: new Map(balancers.flatMap(({ budgets }) => [...budgets])),
    accessLists: new Map(balancers.flatMap(({ accessLists }) => [...accessLists])),
    vips: balancers.flatMap(({ vips }) => vips),
  };
}

export type Compiled = ReturnType<typeof compiled>;
