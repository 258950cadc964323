import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClientOutcome } from '../../support/claude-client/run-client.ts';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { expectRecord, expectSettled } from './record-of.ts';
import { Sandbox } from './sandbox.ts';
import { everyKindOfCall, fewMoreCalls } from './scenario.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const PLUGIN = join(REPOSITORY, 'templates/plugin');
const WITH_PLUGIN = ['--plugin-dir', PLUGIN];

describe.each(installedClients())('the plugin under the real client %s', (_version, binary) => {
  it('is valid, and so is the marketplace', () => {
    const sandbox = new Sandbox();
    for (const folder of [REPOSITORY, PLUGIN])
      expect(sandbox.claude(binary, 'plugin', 'validate', folder)).toContain('Validation passed');
  });

  it('records a session that names its folder', async () => {
    const sandbox = new Sandbox();
    expect(sandbox.installForPlugin()).toMatchObject({ changed: true, proof: { ok: true } });
    expect(sandbox.waymark('doctor', '--prove', '--json')).toContain('"ok": true');
    const scenario = everyKindOfCall(sandbox.project);
    const run = { binary, prompt: 'Write the story', script: scenario.script };
    const session = await sandbox.client({ ...run, args: WITH_PLUGIN });
    expectFinished(session);
    await expectRecord(sandbox, session.sessionId, scenario);
  });

  it('records a session when it was installed from the marketplace', async () => {
    const sandbox = new Sandbox();
    sandbox.installForPlugin();
    installFromMarketplace(sandbox, binary);
    const scenario = fewMoreCalls(sandbox.project);
    const session = await sandbox.client({ binary, prompt: 'Go on', script: scenario.script });
    expectFinished(session);
    await expectRecord(sandbox, session.sessionId, scenario);
    expect(sandbox.waymark('install', '--yes', '--no-prove', '--scope', 'project')).toContain(
      'those of the plugin exit immediately',
    );
  });

  it.each([
    ['project', ['--scope', 'project']],
    ['user', ['--scope', 'user']],
  ])('doubles nothing beside the hooks in the settings of the %s', async (_, scope) => {
    const sandbox = new Sandbox();
    sandbox.install(...scope);
    sandbox.installForPlugin();
    const scenario = everyKindOfCall(sandbox.project);
    const run = { binary, prompt: 'Write the story', script: scenario.script };
    const session = await sandbox.client({ ...run, args: WITH_PLUGIN });
    expectFinished(session);
    await expectRecord(sandbox, session.sessionId, scenario);
    expect(sandbox.events(session.sessionId, 'session.started')).toHaveLength(1);
  });

  it('disturbs no session where nothing is installed, and says once how to install', async () => {
    const sandbox = new Sandbox();
    const scenario = fewMoreCalls(sandbox.project);
    const run = { binary, prompt: 'Go on', script: scenario.script, args: WITH_PLUGIN };
    const [first, second] = [await sandbox.client(run), await sandbox.client(run)];
    for (const session of [first, second]) expectFinished(session);
    expect(JSON.stringify(first.requests.map(({ told }) => told))).not.toContain(
      'nothing is recorded',
    );
    expect(JSON.stringify(first.events)).toContain('install --no-settings');
    expect(JSON.stringify(second.events)).not.toContain('install --no-settings');
  });

  it('lets the model look up a failure by its skill and get the answer', async () => {
    const sandbox = new Sandbox();
    sandbox.installForPlugin();
    const failing = {
      turns: [
        calls(['Bash', { command: 'npm run --silent totl', description: 'Sum up' }]),
        says('That failed.'),
      ],
    };
    const before = await sandbox.client({
      binary,
      prompt: 'Sum up',
      script: failing,
      args: WITH_PLUGIN,
    });
    await eventually(() => sandbox.status(), expectSettled);
    const asking = {
      turns: [
        calls(['Skill', { skill: 'waymark:look-up' }]),
        calls([
          'Bash',
          {
            command: `waymark show ${before.sessionId.slice(0, 8)} --json`,
            description: 'Look up',
          },
        ]),
        says('It was the script totl.'),
      ],
    };
    const session = await sandbox.client({
      binary,
      prompt: 'What failed last time?',
      script: asking,
      args: [...WITH_PLUGIN, '--allowedTools', 'Skill'],
    });
    expectFinished(session);
    const told = session.requests.map((request) => request.told);
    expect(told[0]).toContain('waymark:look-up');
    expect(told[0]).not.toContain('waymark:history'); // for people: not in every context
    expect(told.find((text) => text.includes('# Look up recorded sessions'))).toBeDefined();
    expect(told.at(-1)).toContain(before.sessionId);
    expect(told.at(-1)).toContain('npm run --silent totl');
  });

  it('brings a file back by its command: the list first, then a dry run, then on a yes', {
    timeout: 240_000,
  }, async () => {
    const sandbox = new Sandbox();
    const { project } = sandbox;
    const git = (...args: readonly string[]): string =>
      execFileSync('git', args, { cwd: project, encoding: 'utf8' });
    git('init', '-q');
    writeFileSync(join(project, '.git/info/exclude'), '.claude/\n');
    sandbox.installForPlugin();
    const file = join(project, 'total.txt');
    const writes = (content: string) => [
      calls(['Write', { file_path: file, content }]),
      says('Written.'),
    ];
    const run = { binary, args: [...WITH_PLUGIN, '--allowedTools', 'Bash'] };
    await sandbox.client({ ...run, prompt: 'Write it', script: { turns: writes('right\n') } });
    const [id] = await eventually(
      () =>
        sandbox.rows('SELECT id FROM snapshots WHERE files = 1 ORDER BY at').map(({ id }) => id),
      (ids) => expect(ids.length).toBeGreaterThan(0),
    );
    writeFileSync(file, 'wrong\n');
    const restore = `waymark restore ${id} total.txt`;
    const session = await sandbox.client({
      ...run,
      prompt: [`/waymark:restore ${id} total.txt`, 'Yes'],
      script: {
        turns: [
          calls(['Bash', { command: `${restore} --dry-run`, description: 'Look' }]),
          says('It would overwrite total.txt. Shall I?'),
          calls(['Bash', { command: `${restore} --yes`, description: 'Restore' }]),
          says('Done. `waymark restore --undo --yes` takes it back.'),
        ],
      },
    });
    expectFinished(session);
    const told = session.requests.map((request) => request.told);
    expect(told[0]).toContain('These are the latest checkpoints of this folder');
    expect(told[0]).toContain(id);
    const results = session.requests.map(({ body }) => JSON.stringify(body));
    expect(results[1]).toMatch(/overwrite +total\.txt/);
    expect(results[1]).toContain('Nothing was changed (dry run)');
    expect(results[3]).toContain('Wrote 1 file.');
    expect(readFileSync(file, 'utf8')).toBe('right\n');
  });

  it.each(['where', 'failures', 'history', 'status'])(
    'gives the model what the command of %s looks up',
    async (name) => {
      const sandbox = new Sandbox();
      sandbox.installForPlugin();
      const script = { turns: [says('Noted.')] };
      const prompt = `/waymark:${name}`;
      const session = await sandbox.client({ binary, prompt, script, args: WITH_PLUGIN });
      expectFinished(session);
      const text = readFileSync(join(PLUGIN, `commands/${name}.md`), 'utf8');
      const own = text.trim().split('\n').at(-1) ?? '';
      const told = session.requests.map((request) => request.told).join('\n');
      expect(told).toContain(own.replace('$ARGUMENTS', ''));
      expect(told).not.toContain('!`waymark');
      expect(told).not.toMatch(/command not found|Cannot run waymark|waymark: not found/);
    },
  );
});

function installFromMarketplace(sandbox: Sandbox, binary: string): void {
  sandbox.claude(binary, 'plugin', 'marketplace', 'add', REPOSITORY);
  sandbox.claude(binary, 'plugin', 'install', 'waymark@waymark');
}

function expectFinished(session: ClientOutcome): void {
  expect(session).toMatchObject({ exitCode: 0, timedOut: false });
  expect(session.result).toMatchObject({ is_error: false });
}
