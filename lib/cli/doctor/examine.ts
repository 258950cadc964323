import type { Check, Patient } from './check.ts';
import { folderChecks } from './folder-checks.ts';
import { installChecks } from './install-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { storeChecks } from './store-checks.ts';
import { workerChecks } from './worker-checks.ts';

/** Looks at everything that can be wrong. Changes nothing. */
export async function examine(patient: Patient): Promise<readonly Check[]> {
  return [
    ...(await machineChecks(patient)),
    ...folderChecks(patient),
    ...installChecks(patient),
    ...workerChecks(patient),
    ...storeChecks(patient),
  ];
}
