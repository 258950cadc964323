import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Which room may import which. A room is a folder of `lib/`, a feature (`features/NAME`), `hooks`
 * or `installer`; `index` is the files of `lib/` itself. Anything that is not in this table fails.
 * `features` means every feature; a feature never imports another.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  'code-cache': ['core'],
  shell: ['core'],
  events: ['core'],
  git: ['core'],
  config: ['core', 'events'],
  snapshots: ['core', 'git', 'events', 'config', 'store', 'secrets'],
  // secrets: nothing with one is committed; snapshots: what a work tree is, and what is under way
  'auto-commit': ['core', 'git', 'events', 'secrets', 'store', 'snapshots'],
  secrets: ['core', 'shell', 'events'],
  // secrets: a line of a transcript is redacted where it is read, so that no caller can forget it
  claude: ['core', 'shell', 'secrets'],
  queue: ['core', 'events', 'config'],
  hook: ['core', 'events', 'config', 'secrets', 'claude', 'queue'],
  store: ['core', 'events'],
  // claude: the index reads transcripts, whose texts are redacted where they are read
  // journal: so it does those that the client has deleted, from the archive
  search: ['core', 'claude', 'store', 'journal'],
  ledger: ['core', 'events', 'config', 'store', 'queue'],
  journal: ['core', 'events', 'config', 'store', 'queue'],
  // secrets: what leaves the machine, or is printed by a program of the user's, is redacted
  delivery: ['core', 'events', 'config', 'secrets', 'store', 'queue', 'journal'],
  features: ['core', 'shell', 'events', 'config', 'secrets', 'claude', 'git', 'hook', 'store'],
  // the status line counts the entries that wait and rings as a hook does; it runs in a process
  // like a hook's
  'features/statusline': ['queue'],
  // features: the definitions of the tables that are shared
  fleet: ['core', 'store', 'features'],
  retention: [
    ...[
      'core',
      'code-cache',
      'config',
      'store',
      'queue',
      'search',
      'ledger',
      'journal',
      'delivery',
    ],
    ...['features', 'snapshots'],
  ],
  query: [
    ...['core', 'shell', 'events', 'config', 'secrets', 'claude', 'git', 'queue', 'hook', 'store'],
    ...['search', 'ledger', 'journal', 'delivery', 'features', 'retention', 'snapshots'],
    ...['auto-commit', 'fleet'],
  ],
  actions: [
    ...['core', 'shell', 'events', 'config', 'secrets', 'claude', 'git', 'queue', 'hook', 'store'],
    ...['search', 'ledger', 'journal', 'delivery', 'features', 'retention', 'snapshots', 'query'],
    ...['auto-commit', 'fleet'],
  ],
  worker: [
    ...['core', 'shell', 'events', 'config', 'secrets', 'claude', 'git', 'queue', 'hook', 'store'],
    ...['search', 'ledger', 'journal', 'delivery', 'features', 'retention', 'snapshots'],
    ...['query', 'actions', 'auto-commit', 'metrics', 'fleet'],
  ],
  // figures of `query` in the format of Prometheus
  metrics: ['core', 'query'],
  report: ['core', 'query'],
  // config: prices and context windows that the user set
  dashboard: ['core', 'config', 'events', 'query', 'actions', 'report', 'metrics'],
  // runs in the browser: from other rooms it takes types, and of core what needs no Node
  'dashboard/page': ['core', 'dashboard', 'query'],
  // config, hook: `emit` resolves the settings of a hook, and wakes or starts a worker as one does
  api: ['core', 'events', 'config', 'queue', 'hook', 'delivery'],
  index: ['core', 'events', 'delivery', 'api'],
  // a face for programs: it asks what the command line asks
  mcp: ['core', 'query'],
  cli: [
    ...['core', 'config', 'events', 'query', 'actions', 'report', 'dashboard', 'worker', 'mcp'],
    ...['installer', 'code-cache'],
  ],
  installer: ['core', 'config', 'claude', 'hook', 'actions'],
  hooks: ['hook', 'features'],
};

/** Where SQL may be written, besides the `table.ts` of each room. */
const SQL_BELONGS_TO: readonly string[] = ['store', 'query'];

const SQL =
  /\b(?:INSERT (?:OR \w+ )?INTO [a-z_]|DELETE FROM [a-z_]|UPDATE [a-z_]+ SET\b|SELECT [a-z*(0-9]|CREATE (?:TABLE|INDEX) |PRAGMA )/;

/** The only importers of a package. A package that is not in this table fails. */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = {
  '@clack/prompts': ['installer'],
  '@hono/node-server': ['dashboard'],
  '@redis/client': ['fleet'],
  '@secretlint/core': ['secrets'],
  '@secretlint/secretlint-rule-preset-recommend': ['secrets'],
  commander: ['cli', 'installer'],
  croner: ['config'],
  diff: ['claude'],
  'fast-string-truncated-width': ['cli'],
  hono: ['dashboard'],
  'jsonc-parser': ['claude', 'actions', 'installer'],
  kysely: ['query', 'store'],
  pg: ['store'],
  preact: ['dashboard/page'],
  'prom-client': ['metrics'],
  'proper-lockfile': ['core'],
  unbash: ['shell'],
  uplot: ['dashboard/page'],
  valibot: ['core', 'events', 'config', 'delivery'],
  'write-file-atomic': ['core'],
};

const MAX_LINES = 400;

/** The formatter holds the code to it, as far as a text can be broken. */
const MAX_COLUMNS = 100;

/** A file with fewer lines and one importer belongs into its importer. */
const MIN_LINES = 40;

/**
 * Small files with one importer that have their name and place from a shape that others have, too.
 */
const SHAPES =
  /\/(?:retention|table|effect|view|answer|capture(?:-\w+)?)\.ts$|^lib\/(?:actions|query\/[^/]+\.ts|cli\/commands|cli\/json|events\/types|store\/schema|dashboard\/server\/routes|dashboard\/page\/pages|dashboard\/page\/parts)\b/;

/** Other small files with one importer, and why they are files of their own. */
const SMALL: Readonly<Record<string, string>> = {
  'installer/render-launcher.ts': 'the text of a launcher, without files',
  'lib/claude/settings/settings-diff.ts': 'the package `diff` is for this room alone',
  'lib/claude/transcript/claude-transcripts.ts':
    'the transcripts of one client behind an interface',
  'lib/cli/load-command.ts': 'the bundle of one command has another list of modules',
  'lib/cli/run-process.ts': 'the bundle of one command begins here',
  'lib/cli/usage-error.ts': 'loaded when a command fails, with commander',
  'lib/dashboard/page/batch.ts': 'tested with a clock of its own; its importer needs a browser',
  'lib/hook/outdated-worker.ts': 'a hook is two imports and one call',
  'lib/query/doctor/ledger-checks.ts': 'one file for each group of checks',
  'lib/query/doctor/run-checks.ts': 'the list of those groups',
  'lib/retention/forget.ts': 'the command line calls it through an action',
  'lib/secrets/argument-table.ts': 'a table',
  'lib/secrets/compiled-starts.ts': 'written by `secrets:compile`',
  'lib/secrets/compiled-tokens.ts': 'written by `secrets:compile`',
  'lib/store/erase.ts': 'statements, which an action may not have',
  'lib/store/postgres/reading-thread.ts': 'the text of a thread',
  'lib/store/postgres/schema-functions.ts': 'statements, without TypeScript',
  'lib/worker/effects.ts': 'the list of effects',
  'lib/worker/run-in-background.ts': 'the command line must not load the worker',
  'lib/worker/watch/classify-changes.ts': 'its importer is long, and it is the part without files',
};

/** `import`, `export … from`, `import()` and imports of types alike. */
const IMPORT =
  /^(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Files of the project, relative to its root. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

const files = ['lib', 'hooks', 'installer'].flatMap(sourceFiles);

describe('rooms', () => {
  it('import only the rooms that the table allows', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(files.flatMap(forbiddenImports)).toEqual([]);
  });

  it('write SQL only in store, query and the tables of a room', () => {
    const wrong = files.filter(
      ({ path, text }) =>
        SQL.test(text) &&
        !/\/table(?:-[a-z]+)?\.ts$/.test(path) &&
        !SQL_BELONGS_TO.includes(roomOf(path)),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('load a package only where the table allows it', () => {
    const wrong = files.flatMap(({ path, packages }) =>
      packages
        .filter((name) => !(MAY_LOAD[name] ?? []).some((room) => isOf(roomOf(path), room)))
        .map((name) => `${path} loads ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('have no circle between files', () => {
    expect(circles(files)).toEqual([]);
  });

  it(`have no file over ${MAX_LINES} lines`, () => {
    const long = files.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it(`have no test over ${MAX_LINES} lines`, () => {
    const tests = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.tsx?$/.test(name) && !/node_modules|^fixtures/.test(name),
    );
    expect(tests.length).toBeGreaterThan(500);
    const long = tests.filter(
      (name) => readFileSync(`test/${name}`, 'utf8').split('\n').length - 1 > MAX_LINES,
    );
    expect(long).toEqual([]);
  });

  it(`have no comment wider than ${MAX_COLUMNS} columns, besides quoted code`, () => {
    const wide = files.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => line.length > MAX_COLUMNS && /^ *(?:\*|\/\/|\/\*)/.test(line))
        .filter((line) => !line.includes('`'))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(wide).toEqual([]);
  });

  it(`have no file under ${MIN_LINES} lines with one importer, besides those of a shape and of the list`, () => {
    expect(fragments(files).filter((path) => !(path in SMALL))).toEqual([]);
    const paths = files.map(({ path }) => path);
    expect(Object.keys(SMALL).filter((path) => !paths.includes(path))).toEqual([]);
  });
});

function fragments(all: readonly SourceFile[]): readonly string[] {
  const importers = new Map<string, number>();
  for (const to of all.flatMap(({ imports }) => [...new Set(imports)]))
    importers.set(to, (importers.get(to) ?? 0) + 1);
  return all
    .filter(
      ({ path, text }) =>
        importers.get(path) === 1 && text.split('\n').length - 1 < MIN_LINES && !SHAPES.test(path),
    )
    .map(({ path }) => path);
}

function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readSource(join(folder, name)));
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const code = text.replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)$/gm, '');
  const names = [...code.matchAll(IMPORT)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  return {
    path,
    text,
    imports: names.filter((name) => name.startsWith('.')).map((name) => join(dirname(path), name)),
    packages: names
      .filter((name) => !/^(?:\.|node:|waymark$)/.test(name))
      .map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  };
}

function roomOf(path: string): string {
  const [top = '', room = '', feature = '', ...rest] = path.split('/');
  if (top !== 'lib') return top;
  if (feature === '') return 'index';
  const isRoomOfItsOwn = room === 'features' || path.startsWith('lib/dashboard/page/');
  return isRoomOfItsOwn && rest.length > 0 ? `${room}/${feature}` : room;
}

/** A feature is one of `features`. */
function isOf(room: string, name: string): boolean {
  return room === name || room.startsWith(`${name}/`);
}

function forbiddenImports({ path, imports }: SourceFile): readonly string[] {
  const from = roomOf(path);
  const allowed = [from, from.split('/')[0] ?? from].flatMap((room) => MAY_IMPORT[room] ?? []);
  return imports
    .filter((to) => {
      const room = roomOf(to);
      return room !== from && !allowed.some((name) => isOf(room, name));
    })
    .map((to) => `${path} imports ${to}`);
}

/** Each circle of imports once, as a path that ends where it begins. */
function circles(all: readonly SourceFile[]): readonly string[] {
  const next = new Map(all.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const way: string[] = [];
  const found: string[] = [];
  const visit = (path: string): void => {
    const start = way.indexOf(path);
    if (start !== -1) found.push([...way.slice(start), path].join(' > '));
    if (start !== -1 || done.has(path)) return;
    way.push(path);
    for (const to of next.get(path) ?? []) visit(to);
    way.pop();
    done.add(path);
  };
  for (const path of next.keys()) visit(path);
  return found;
}
