/** What each flavor grants: the same objects until flavors or profiles change. */
import { specificationOf } from '../control/index.js';
import type { State } from '../model/state.js';
import type { Specifications } from '../plan/compiler.js';

export class SpecificationCache {
  #made: Pick<State, 'flavors' | 'flavorprofiles'> | undefined;
  #specifications: Specifications = new Map();

  of(state: State): Specifications {
    const { flavors, flavorprofiles } = state;
    if (this.#made?.flavors !== flavors || this.#made.flavorprofiles !== flavorprofiles) {
      this.#made = { flavors, flavorprofiles };
      this.#specifications = new Map(
        [...flavors.keys()].flatMap((id) => {
          const specification = specificationOf(state, id);
          return specification ? [[id, specification] as const] : [];
        }),
      );
    }
    return this.#specifications;
  }
}
