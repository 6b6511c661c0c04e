/** What Sluice gives to a new object. */
import type { Made, Resource } from '../model/resources.js';
import type { Context } from './operation.js';

/** @param owner its load balancer, or whatever has the project that the object will belong to */
export function made({ newId, now }: Context, owner: Pick<Resource, 'project_id'>): Pick<Resource, Made> {
  return { id: newId(), project_id: owner.project_id, created_at: now, updated_at: null };
}
