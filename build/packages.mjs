// What of the packages comes into our files, and how.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const packageJson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Bundled packages: finding a package and its files costs a command about 10 ms. */
const BUNDLED = ['commander', 'valibot'];

/**
 * Packages that are installed beside ours. The others are bundled, because the worker would load
 * all of a package that it needs only a part of.
 */
export const EXTERNAL = Object.keys(packageJson.dependencies).filter(
  (name) => !BUNDLED.includes(name),
);

const KYSELY = dirname(fileURLToPath(import.meta.resolve('kysely')));

/**
 * What lib/ imports from kysely, and the file that exports it. Importing its index would load
 * everything, because the bundler cannot tell which parts are used.
 */
const USED_OF_KYSELY = [
  ['DefaultQueryExecutor', 'query-executor/default-query-executor'],
  ['QueryCreator', 'query-creator'],
  ['SqliteAdapter', 'dialect/sqlite/sqlite-adapter'],
  ['SqliteQueryCompiler', 'dialect/sqlite/sqlite-query-compiler'],
  ['sql', 'raw-builder/sql'],
];

/** Exports of the left-out kysely files that the remaining files import. */
const UNUSED_OF_KYSELY = [
  'DeleteQueryBuilder',
  'InsertQueryBuilder',
  'MergeQueryBuilder',
  'UpdateQueryBuilder',
  'WithSchemaPlugin',
].map((name) => `${name} = undefined`);

/**
 * Leaves out parts of packages that this program never uses: commander can run subcommands as
 * programs (`child_process` takes 5 ms to load), kysely can write and add schemas (lib/query only
 * reads).
 */
export const WITHOUT_UNUSED = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    const leaveOut = (path) => ({ path, namespace: 'unused' });
    onResolve({ filter: /^kysely$/ }, () => ({
      path: 'kysely',
      namespace: 'used',
      sideEffects: false,
    }));
    onLoad({ filter: /./, namespace: 'used' }, () => ({
      contents: USED_OF_KYSELY.map(
        ([name, file]) => `export { ${name} } from './${file}.js';`,
      ).join('\n'),
      resolveDir: KYSELY,
    }));
    onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      importer.includes('/node_modules/commander/') ? leaveOut(path) : undefined,
    );
    onResolve(
      { filter: /\/(?:with-schema-plugin|(?:delete|insert|merge|update)-query-builder)\.js$/ },
      ({ importer, path }) =>
        importer.includes('/node_modules/kysely/') ? leaveOut(path) : undefined,
    );
    onLoad({ filter: /./, namespace: 'unused' }, () => ({
      contents: `export const ${UNUSED_OF_KYSELY.join(', ')};`,
    }));
  },
};

/**
 * Shortens local names in packages, because Node reads every byte at each start. Our own code keeps
 * its names for stack traces.
 */
export const SHORT_PACKAGES = {
  name: 'short-packages',
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/(?:commander|kysely|valibot)\/.*\.m?js$/ }, async (file) => {
      const { code } = await transform(await readFile(file.path, 'utf8'), { minify: true });
      return { contents: code };
    });
  },
};
