import type { Check, DoctorInput } from './check.ts';
import { folderChecks } from './folder-checks.ts';
import { installChecks } from './install-checks.ts';
import { ledgerChecks } from './ledger-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { storeChecks } from './store-checks.ts';
import { transcriptChecks } from './transcript-checks.ts';
import { workerChecks } from './worker-checks.ts';

/** Looks at everything that can be wrong. Changes nothing. */
export async function runChecks(input: DoctorInput): Promise<readonly Check[]> {
  return [
    ...(await machineChecks(input)),
    ...folderChecks(input),
    ...installChecks(input),
    ...workerChecks(input),
    ...storeChecks(input),
    ...(await ledgerChecks(input)),
    ...transcriptChecks(input),
  ];
}
