/** Operations whose result comes with its place in the tree, for views that name parents. */
import { type Located, locateKind } from '../../control/lookup.js';
import type { Operation } from '../../control/operation.js';
import type { TreeKind } from '../../control/tree-index.js';

/** The place is that in the state the operation made: what comes after may move or delete the object. */
export function placing<K extends TreeKind>(kind: K, operation: Operation<{ id: string }>): Operation<Located<K>> {
  return (context) => {
    const { state, result } = operation(context);
    return { state, result: locateKind(state, kind, result.id)! };
  };
}

/** Id and name for the audit; rules have no names. */
export function labelOf({ object }: { object: { id: string; name?: string } }): { id: string; name: string | null } {
  return { id: object.id, name: object.name ?? null };
}
