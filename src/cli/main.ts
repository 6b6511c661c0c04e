#!/usr/bin/env node
/** The command `sluice` as a process. */
import { EXIT } from './failure.js';
import { run } from './program.js';
import { processWorld } from './world.js';

// A reader such as head has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    process.exit(EXIT.ok);
  }
  throw error;
});

process.exitCode = await run(process.argv.slice(2), processWorld());
