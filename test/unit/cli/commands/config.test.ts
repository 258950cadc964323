import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { preparedStore } from '../prepared-store.ts';
import { runCommand } from '../run-command.ts';

describe('waymark config', () => {
  it('shows every value with its origin, and the name in the environment', async () => {
    const folder = preparedStore();
    writeFileSync(folder.configFile, '{ "idleExit": 60 }');
    const { status, out } = await runCommand(folder, ['config', '--json'], {
      environment: { WAYMARK_BATCH_SIZE: '7' },
    });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      idleExit: { value: 60, origin: 'user file', environment: 'WAYMARK_IDLE_EXIT' },
      batchSize: { value: 7, origin: 'environment' },
      checkpointInterval: { value: 60, origin: 'default' },
    });
  });

  it('names a refused value on standard error and ends with 1', async () => {
    const { status, out, err } = await runCommand(
      preparedStore(),
      ['config', 'batchSize', '--json'],
      { environment: { WAYMARK_BATCH_SIZE: 'many' } },
    );
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ batchSize: { origin: 'default' } });
    expect(err).toContain('WAYMARK_BATCH_SIZE');
  });

  it('takes the name of the environment, too', async () => {
    const { out } = await runCommand(preparedStore(), ['config', 'WAYMARK_IDLE_EXIT']);
    expect(out).toContain('idleExit = 0 s (default)');
  });

  it('sets and unsets a value', async () => {
    const folder = preparedStore();
    expect(await runCommand(folder, ['config', 'set', 'idleExit', '90'])).toMatchObject({
      status: 0,
      out: 'idleExit = 90 s (user file)\n',
    });
    expect((await runCommand(folder, ['config', 'unset', 'idleExit'])).out).toBe(
      'idleExit is back to 0 s (default)\n',
    );
  });

  it('warns when the environment wins over what was set', async () => {
    const { err } = await runCommand(preparedStore(), ['config', 'set', 'idleExit', '90'], {
      environment: { WAYMARK_IDLE_EXIT: '5' },
    });
    expect(err).toContain('environment');
  });

  it('refuses a value that does not fit, with status 1', async () => {
    expect(await runCommand(preparedStore(), ['config', 'set', 'idleExit', 'soon'])).toMatchObject({
      status: 1,
      out: '',
    });
  });
});
