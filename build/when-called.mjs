// Code that a program loads when it is called, and not at its start.
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Loads the package for character widths at its first call: its patterns take a millisecond to
 * parse, and most texts need only one column per letter.
 */
export const WIDTHS_WHEN_CALLED = {
  name: 'widths-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^fast-string-truncated-width$/ }, ({ kind, path }) =>
      kind === 'require-call' ? undefined : { path, namespace: 'widths' },
    );
    onLoad({ filter: /./, namespace: 'widths' }, ({ path }) => ({
      contents: `export default (...given) => require('${path}').default(...given);`,
      resolveDir: join(import.meta.dirname, '..'),
    }));
  },
};

/** A CommonJS file already has `require`. */
export const OWN_REQUIRE = {
  name: 'own-require',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/core\/package-loader\.ts$/ }, () => ({
      contents: 'export const packageLoader = () => require;',
    }));
  },
};

/**
 * Loads the parser of shell commands from its own file at the first call: it is a third of the code
 * of commands that rarely need it.
 */
export const PARSER_WHEN_CALLED = {
  name: 'parser-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^unbash$/ }, () => ({ path: 'unbash', namespace: 'when-called' }));
    onLoad({ filter: /./, namespace: 'when-called' }, () => ({
      contents: ['parse', 'forEachChild']
        .map(
          (name) =>
            `export const ${name} = (...given) => require('${PARSER_BESIDE_COMMANDS}').${name}(...given);`,
        )
        .join('\n'),
    }));
  },
};

/**
 * Loads these modules at the first call of one of their functions: `crypto` with `zlib` takes 4 ms
 * of CPU, `jsonc-parser` 5, and most commands only have code in them that could need it.
 */
export const MODULES_WHEN_CALLED = {
  name: 'modules-when-called',
  setup({ onResolve, onLoad }) {
    const filter =
      /^(?:node:(?:child_process|crypto|fs\/promises|os|timers\/promises|zlib)|jsonc-parser)$/;
    onResolve({ filter }, ({ kind, path }) =>
      kind === 'import-statement' ? { path, namespace: 'module-when-called' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'module-when-called' }, ({ path }) => ({
      contents: Object.entries(createRequire(import.meta.url)(path))
        .filter(([name, value]) => name !== 'default' && typeof value === 'function')
        .map(
          ([name]) => `export const ${name} = (...given) => require('${path}').${name}(...given);`,
        )
        .join('\n'),
    }));
  },
};

/** Loads the reader of crontab lines from beside the command: finding a package takes 2 ms. */
export const CRON_BESIDE = {
  name: 'cron-beside',
  setup({ onLoad }) {
    onLoad({ filter: /\/lib\/core\/package-loader\.ts$/ }, () => ({
      contents: `
        const load = (id) => id === 'croner' ? require('${CRON_BESIDE_COMMANDS}') : require(id);
        export const packageLoader = () => load;`,
      loader: 'ts',
    }));
  },
};

/** Its path as seen from a command. */
export const CRON_BESIDE_COMMANDS = '../croner.cjs';

/** Loads the Redis client from its own file: only those who join a team by Redis need it. */
export const REDIS_WHEN_CALLED = {
  name: 'redis-when-called',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@redis\/client$/ }, ({ path }) => ({ path, namespace: 'redis' }));
    onLoad({ filter: /./, namespace: 'redis' }, () => ({
      contents: `const redis = require('${REDIS_BESIDE_COMMANDS}');
export const { createClient, RESP_TYPES } = redis;`,
    }));
  },
};

/** Its path as seen from a command or a chunk. */
export const REDIS_BESIDE_COMMANDS = '../redis-client.cjs';

/** Its path as seen from a command in `dist/commands/`, and how it is built. */
export const PARSER_BESIDE_COMMANDS = '../unbash.cjs';
