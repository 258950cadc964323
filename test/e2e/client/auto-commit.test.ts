import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calls, says } from '../../support/claude-client/script.ts';
import { eventually } from './eventually.ts';
import { installedClients } from './installed-clients.ts';
import { Sandbox } from './sandbox.ts';

describe.each(installedClients())('auto-commit under the real client %s', (_version, binary) => {
  it('makes a commit of each turn that changed files on a branch of the session, and moves nothing else', {
    timeout: 240_000,
  }, async () => {
    const sandbox = new Sandbox();
    const { project } = sandbox;
    const git = (...args: readonly string[]): string =>
      execFileSync('git', args, { cwd: project, encoding: 'utf8', stdio: 'pipe' }).trim();
    git('init', '-q', '-b', 'main', '--template=');
    git('config', 'user.name', 'Ada');
    git('config', 'user.email', 'ada@example.org');
    writeFileSync(join(project, '.gitignore'), '.claude/\n');
    writeFileSync(join(project, 'total'), 'one\n');
    git('add', '.');
    git('commit', '-qm', 'first');
    appendFileSync(join(project, 'total'), 'of the user\n');
    git('add', 'total');
    sandbox.install();
    expect(sandbox.waymark('auto-commit', 'on')).toContain('On in');
    const kept = () => [
      git('rev-parse', 'HEAD', 'main'),
      git('symbolic-ref', 'HEAD'),
      git('ls-files', '-s'),
      readFileSync(join(project, 'total'), 'utf8'),
    ];
    const before = kept();
    const file = join(project, 'share.txt');
    const turn = (content: string) => [
      calls(['Write', { file_path: file, content }]),
      says('The half cent goes to the larger share.'),
    ];
    const first = await sandbox.client({
      ...{ binary, prompt: 'Round the share', script: { turns: turn('half\n') } },
    });
    expect(first).toMatchObject({ exitCode: 0 });
    const branch = `waymark/${first.sessionId}`;
    await eventually(
      () => sandbox.events(first.sessionId, 'session.auto_committed'),
      (made) => expect(made).toHaveLength(1),
    );
    expect(git('log', '-1', '--format=%s', branch)).toBe('Round the share');
    expect(git('log', '-1', '--format=%b', branch)).toContain(
      'The half cent goes to the larger share.',
    );
    expect(git('show', `${branch}:share.txt`)).toBe('half');
    expect(git('show', `${branch}:total`)).toBe('one\nof the user');

    const resumed = { binary, args: ['--resume', first.sessionId] };
    await sandbox.client({ ...resumed, prompt: 'Well?', script: { turns: [says('Well.')] } });
    await sandbox.client({
      ...{ ...resumed, prompt: 'Once more', script: { turns: turn('larger\n') } },
    });
    await eventually(
      () => sandbox.events(first.sessionId, 'session.auto_committed'),
      (made) => expect(made).toHaveLength(2),
    );
    expect(git('log', '--format=%s', `main..${branch}`)).toBe('Once more\nRound the share');
    expect(git('show', `${branch}:share.txt`)).toBe('larger');
    expect(kept()).toEqual(before);
    expect(git('branch', '--format=%(refname:short)')).toBe(`main\n${branch}`);
    expect(sandbox.waymark('auto-commit')).toContain(branch);
  });
});
