import { accountEffects } from '../features/account/effect.ts';
import { budgetEffects } from '../features/budget/effect.ts';
import { scheduleEffects } from '../features/schedule/effect.ts';
import { checkpointEffects } from '../features/checkpoint/effect.ts';
import { contextEffects } from '../features/context/effect.ts';
import { failureEffects } from '../features/failure/effect.ts';
import { operationEffects } from '../features/operation/effect.ts';
import { processEffects } from '../features/process/effect.ts';
import { resumeEffects } from '../features/resume/effect.ts';
import { restoredEffects } from '../features/restored/effect.ts';
import { routingEffects } from '../features/routing/effect.ts';
import { securityEffects } from '../features/security/effect.ts';
import { sessionEffects } from '../features/session/effect.ts';
import { hookMessageEffects } from '../features/hook-messages/effect.ts';
import { snapshotEffects } from '../snapshots/effect.ts';
import { autoCommitEffects } from '../auto-commit/effect.ts';
import type { EffectTable } from '../store/effect.ts';

/** All effects. Add the table of a new feature here. */
export const EFFECTS: readonly EffectTable[] = [
  sessionEffects,
  checkpointEffects,
  operationEffects,
  failureEffects,
  routingEffects,
  resumeEffects,
  contextEffects,
  securityEffects,
  processEffects,
  scheduleEffects,
  hookMessageEffects,
  snapshotEffects,
  restoredEffects,
  accountEffects,
  autoCommitEffects,
  budgetEffects,
];
