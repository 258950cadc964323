import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';
import { smallForks } from './test/support/small-forks.ts';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  resolve: {
    alias: [{ find: /^fast-check$/, replacement: resolve('test/support/property-seed.ts') }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/e2e/client/**', 'test/bench/**'],
    setupFiles: ['test/support/same-process.ts'],
    globalSetup: ['test/support/memory-folder.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 3, // on two cores: one waits for a program now and then
    sequence: { sequencer: LongFirst },
    // The files of a worker share its process and its modules, which keep no state. What a test
    // changes of the process it changes back: same-process.ts fails a file that does not.
    isolate: false,
    pool: smallForks(),
    execArgv: ['--expose-gc'], // for same-process.ts
    unstubEnvs: true,
    retry: 0, // a test that fails now and then is mended or deleted
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
});
