import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../model/errors.js';
import { routeGroups } from './index.js';
import { versionList } from './routes/versions.js';

const TEXT = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const GROUPS = routeGroups({}, { document: () => ({}), page: undefined });

describe('docs/api.md', () => {
  it.each([...new Set(Object.values(ERROR_CATALOGUE).map(({ status }) => status))])(
    'says when %i is answered',
    (status) => {
      expect(TEXT).toMatch(new RegExp(`^\\| (\\d+, )*${status}(, \\d+)* \\| `, 'm'));
    },
  );

  const collections = GROUPS.flatMap(({ prefix, routes }) =>
    routes.map(({ path }) => `${prefix} ${path.split('/')[1] ?? ''}`),
  );
  it.each([...new Set(collections)])('mentions %s', (collection) => {
    expect(TEXT).toContain(collection.split(' ')[1]);
  });

  it('names the last version that is listed', () => {
    const last = versionList('').at(-1) as { id: string };
    expect(TEXT).toContain(`up to ${last.id.slice(1)},`);
  });
});
