import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { install } from '../../../installer/install.ts';
import { planInstall } from '../../../installer/plan.ts';
import { collectInstallWarnings } from '../../../installer/warnings.ts';
import type { InstallerContext } from '../../../installer/installer-context.ts';
import type { Scope } from '../../../lib/claude/settings/settings-path.ts';
import { fakeMachine } from './fake-surroundings.ts';

const warningsFor = (scope: Scope, around: InstallerContext) =>
  collectInstallWarnings(planInstall(scope, undefined, around), around).join('\n');

describe('installWarnings', () => {
  it('is empty for this user on a plain machine', () => {
    expect(warningsFor('user', fakeMachine().around)).toBe('');
  });

  it('tells that a project file is shared, and where Claude Code must be started', () => {
    const { around } = fakeMachine();
    expect(warningsFor('project', around)).toContain('--scope local');
    expect(warningsFor('project', around)).toContain(around.cwd);
    expect(warningsFor('local', around)).not.toContain('--scope local');
  });

  it('warns that the same hooks are in another scope', async () => {
    const { around, settings } = fakeMachine();
    await install({ scope: 'user' }, around);
    expect(warningsFor('local', around)).toContain(settings);
    expect(warningsFor('user', around)).toBe('');
  });

  it('does not speak of projects that this session does not read', async () => {
    const { around } = fakeMachine();
    await install({ scope: 'local' }, { ...around, cwd: join(around.cwd, 'other') });
    expect(warningsFor('user', around)).toBe('');
  });

  it('tells that all hooks are switched off', () => {
    const { around, settings } = fakeMachine();
    writeFileSync(settings, '{"disableAllHooks": true}');
    expect(warningsFor('user', around)).toContain('disableAllHooks');
  });

  it('tells that a waymark with another state folder records as well', async () => {
    const { around, settings, home } = fakeMachine();
    const bin = join(home, 'other/bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'package'), '/x\n');
    writeFileSync(
      settings,
      JSON.stringify({
        hooks: { Stop: [{ hooks: [{ type: 'command', command: `${bin}/stop`, args: [] }] }] },
      }),
    );
    expect(warningsFor('user', around)).toContain(`WAYMARK_HOME=${join(home, 'other')}`);
  });

  it('explains extra certificates on Node 20 and not on Node 22', () => {
    const { around } = fakeMachine();
    const environment = { ...around.environment, NODE_EXTRA_CA_CERTS: '/ca.pem' };
    expect(warningsFor('user', { ...around, environment })).toContain('NODE_EXTRA_CA_CERTS');
    expect(warningsFor('user', { ...around, environment, nodeVersion: '22.13.0' })).toBe('');
  });
});
