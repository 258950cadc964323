import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { queuedEvents } from '../support/run-hook.ts';
import { tempFolder } from '../support/temp-folder.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

const CONSUMER = `
import { createEvent, defineHandler, emit, isOfType, WaymarkError, type EventTypeName, type PayloadOf } from 'waymark';

const payload: PayloadOf<'task.failed'> = { call: { tool: 'Bash', outcome: 'failed' } };
const made = createEvent('task.failed', payload, { priority: 'high', tags: ['nightly'] });
const tool: string | undefined = made.payload.call?.tool;
const name: EventTypeName = 'worker.heartbeat';
const alias: 'routing.decision_made' = createEvent('routing.decision').event_type;

// @ts-expect-error a tool is a text
export const wrongTool: PayloadOf<'task.failed'> = { call: { tool: 5 } };
// @ts-expect-error an outcome is one of two words
export const wrongWord: PayloadOf<'task.failed'> = { call: { outcome: 'maybe' } };
// @ts-expect-error a session has an id
export const noSession: PayloadOf<'session.started'> = {};

export const handler = defineHandler({
  on: ['task.failed', 'task.completed'],
  async handle(event, context) {
    const id: string | undefined = event.payload.session_id;
    if (event.event_type === 'task.failed') context.log(event.payload.call?.tool ?? 'a turn');
    await context.emit({ type: 'mine.noted', payload: { id } });
  },
});

try {
  console.log(emit(made), emit('build.failed', { job: 'lint' }), tool, name, alias, isOfType(made, 'task.failed'));
} catch (error) {
  if (error instanceof WaymarkError) console.error(error.code, error.remedy);
}
`;

/** A project with the packed tarball in its node_modules, and what that depends on beside it. */
function projectWithTarball(): string {
  const project = tempFolder();
  const packed: unknown = JSON.parse(
    execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    }),
  );
  const [{ filename }] = Array.isArray(packed) ? packed : [{}];
  mkdirSync(join(project, 'node_modules/waymark'), { recursive: true });
  execFileSync('tar', [
    'xf',
    join(project, filename),
    '--strip-components=1',
    '-C',
    join(project, 'node_modules/waymark'),
  ]);
  for (const name of ['valibot', 'typescript'])
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(project, 'node_modules', name));
  return project;
}

describe('the packed package', () => {
  it('compiles in a strict project, without types of Node, and runs', () => {
    const project = projectWithTarball();
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: 'nodenext',
      moduleResolution: 'nodenext',
      target: 'es2023',
      types: [],
      lib: ['es2023', 'dom'],
      skipLibCheck: false,
      outDir: 'out',
    };
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
    );
    writeFileSync(join(project, 'consumer.ts'), CONSUMER);
    const compiled = spawnSync(
      process.execPath,
      [join(REPOSITORY, 'node_modules/typescript/bin/tsc'), '-p', '.'],
      { cwd: project, encoding: 'utf8' },
    );
    expect({ status: compiled.status, said: compiled.stdout }).toEqual({ status: 0, said: '' });

    const home = tempFolder();
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      WAYMARK_HOME: home,
      WAYMARK_AUTOSTART: 'false',
    };
    const run = spawnSync(process.execPath, [join(project, 'out/consumer.js')], {
      cwd: project,
      env,
      encoding: 'utf8',
    });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    expect(queuedEvents(home).map(({ event_type }) => event_type)).toEqual([
      'task.failed',
      'build.failed',
    ]);
    expect(readdirSync(home)).toEqual(['queue']);
  }, 120_000);

  it('is what publint takes for good', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(REPOSITORY, 'node_modules/publint/src/cli.js'), '--strict'],
      {
        cwd: REPOSITORY,
        encoding: 'utf8',
      },
    );
    expect({ status, stdout }).toMatchObject({ status: 0 });
  }, 120_000);
});
