/** Query parameters of lists, for the OpenAPI document. */
import type { Parameter } from '../http/route.js';
import type { View } from '../list/view.js';

export const FIELDS_PARAMETER: Parameter = {
  name: 'fields',
  description: 'Only these attributes; repeated, or separated by commas.',
};

export const CASCADE_PARAMETER: Parameter = {
  name: 'cascade',
  description: 'Delete everything below it too.',
  schema: { type: 'boolean', default: false },
};

const PAGE_PARAMETERS: readonly Parameter[] = [
  { name: 'limit', description: 'Objects of one page.', schema: { type: 'integer' } },
  { name: 'marker', description: 'Key of the last object of the page before.' },
  { name: 'page_reverse', description: 'The page before the marker.', schema: { type: 'boolean', default: false } },
  { name: 'sort', description: 'Attributes to order by: `name:asc,created_at:desc`. Then by created_at and id.' },
  { name: 'sort_key', description: 'As `sort`, without directions.' },
  { name: 'sort_dir', description: 'Directions of the attributes in `sort_key`.' },
  FIELDS_PARAMETER,
];
const TAG_PARAMETERS: readonly Parameter[] = [
  { name: 'tags', description: 'Objects that have all of these tags, separated by commas.' },
  { name: 'tags-any', description: 'Objects that have any of these tags.' },
  { name: 'not-tags', description: 'Objects that do not have all of these tags.' },
  { name: 'not-tags-any', description: 'Objects that have none of these tags.' },
];

export function listParameters<T>({ attributes, filters = {} }: View<T>): Parameter[] {
  const names = [...Object.keys(attributes), ...Object.keys(filters)].filter((name) => name !== 'tags');
  return [
    ...PAGE_PARAMETERS,
    ...('tags' in attributes ? TAG_PARAMETERS : []),
    ...names.map((name) => ({ name, description: `Objects with this ${name.replaceAll('_', ' ')}.` })),
  ];
}
