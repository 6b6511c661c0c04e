/** How objects of one kind are shown: the attributes of their JSON in order, each computed only where somebody asks for it. */
import type { ControlPlane } from '../../control/control-plane.js';

/** What views need to know of the running gateway. */
export type Live = Pick<ControlPlane, 'state' | 'provisioningStatus' | 'errorOf' | 'operatingStatus'>;

export type Attribute<T> = (item: T, live: Live) => unknown;

export interface View<T> {
  /** Root key of one object, `loadbalancer`, and of a list, `loadbalancers`. */
  one: string;
  many: string;
  /** The attribute that markers name. */
  key: string;
  attributes: Readonly<Record<string, Attribute<T>>>;
  /** What can be filtered by although it is not shown: `loadbalancer_id` of a pool. */
  filters?: Readonly<Record<string, Attribute<T>>>;
  /** Attributes that lists have only when `fields` names them. */
  heavy?: ReadonlySet<string>;
}

/** The JSON of one object. @param fields only these; undefined: all */
export function render<T>(view: View<T>, item: T, live: Live, fields?: ReadonlySet<string>): Record<string, unknown> {
  return renderer(Object.entries(view.attributes), fields)(item, live);
}

/** The JSON of many objects. */
export function renderList<T>(view: View<T>, items: readonly T[], live: Live, fields?: ReadonlySet<string>) {
  const { heavy } = view;
  const attributes = Object.entries(view.attributes).filter(([name]) => fields || !heavy?.has(name));
  const renderItem = renderer(attributes, fields);
  return items.map((item) => renderItem(item, live));
}

function renderer<T>(attributes: readonly [string, Attribute<T>][], fields: ReadonlySet<string> | undefined) {
  const shown = fields ? attributes.filter(([name]) => fields.has(name)) : attributes;
  return (item: T, live: Live): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    for (const [name, attribute] of shown) {
      object[name] = attribute(item, live);
    }
    return object;
  };
}
