import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { describeStore } from './conformance.js';

describeStore('SQLite', (now) => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  return {
    handle: () => new SqliteStore(directory, { now }),
    remove: () => rmSync(directory, { recursive: true }),
  };
});
