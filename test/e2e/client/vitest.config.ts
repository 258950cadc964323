import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    include: ['test/e2e/client/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    retry: 0,
    fileParallelism: false,
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
});
