import { defineConfig } from 'vitest/config';

// Time-outs are a protection against tests that hang, not an expectation: they are far above what anything takes.
const protection = { testTimeout: 600_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/{support,kernels}/**/*.test.ts'], ...protection } },
      {
        test: {
          name: 'boundary',
          include: ['test/{native,bpf,system,store,l7,e2e}/**/*.test.ts'],
          // They load programs and make namespaces on the same two cores: one file at a time.
          fileParallelism: false,
          ...protection,
        },
      },
    ],
  },
});
