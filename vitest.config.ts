import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/e2e/client/**', 'test/bench/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    retry: process.env['CI'] === undefined ? 0 : 1, // hundreds of real processes on two cores: a test that fails twice is broken, one that fails once was starved
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
});
