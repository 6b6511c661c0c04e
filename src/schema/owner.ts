/** The project of a create body. */
import { absent, type FieldsOf, text } from './fields.js';

export interface Owned {
  project_id?: string;
  tenant_id?: string;
}

/** Ids of an external Keystone have no dashes, so any short text will do. */
export const OWNER: FieldsOf<Owned> = {
  project_id: absent(
    text('Project that owns it. Default: that of the token; children belong to the project of their load balancer.', {
      maxLength: 64,
    }),
  ),
  tenant_id: absent(text('The same as project_id, by its old name.', { format: 'line', maxLength: 64 })),
};

/** The project of a body by either name; an empty object: none is given. */
export function projectOf({ project_id, tenant_id }: Owned): { project_id?: string } {
  const project = project_id ?? tenant_id;
  return project === undefined ? {} : { project_id: project };
}

/** A read body without the project. */
export function disown<T extends Owned>(written: T): Omit<T, keyof Owned> {
  const { project_id: _, tenant_id: __, ...rest } = written;
  return rest;
}
