import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../../lib/config/resolve.ts';
import { stateFolderAt } from '../../../../lib/core/state-folder.ts';
import type { DoctorInput } from '../../../../lib/query/doctor/check.ts';
import { ledgerChecks } from '../../../../lib/query/doctor/ledger-checks.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

function inputAt(root: string): DoctorInput {
  return {
    folder: stateFolderAt(root),
    environment: {},
    cwd: root,
    config: resolveConfig({ environment: {} }).values,
    configProblems: [],
    clock: () => Date.now(),
    nodeVersion: '20.19.0',
    platform: 'linux',
  };
}

describe('ledgerChecks', () => {
  it('are content with a folder in which nothing was captured', async () => {
    expect(await ledgerChecks(inputAt(tempFolder()))).toMatchObject([
      { id: 'ledger', ok: true, message: 'Nothing was captured yet', remedy: null },
    ]);
  });

  it('name events that are nowhere, and how to restore them', async () => {
    const root = tempFolder();
    mkdirSync(`${root}/throttle/s1`, { recursive: true });
    writeFileSync(`${root}/throttle/s1/captured`, 'evt_20261122_100000_0000000000000001\n');
    expect(await ledgerChecks(inputAt(root))).toMatchObject([
      {
        id: 'ledger',
        ok: false,
        message: '1 captured event of 1 missing: not stored, queued or refused',
        remedy: expect.stringContaining('--missing'),
      },
    ]);
  });
});
