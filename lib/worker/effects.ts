import { scheduleEffects } from '../features/schedule/effect.ts';
import { checkpointEffects } from '../features/checkpoint/effect.ts';
import { contextEffects } from '../features/context/effect.ts';
import { failureEffects } from '../features/failure/effect.ts';
import { operationEffects } from '../features/operation/effect.ts';
import { processEffects } from '../features/process/effect.ts';
import { resumeEffects } from '../features/resume/effect.ts';
import { routingEffects } from '../features/routing/effect.ts';
import { securityEffects } from '../features/security/effect.ts';
import { sessionEffects } from '../features/session/effect.ts';
import { toldEffects } from '../features/told/effect.ts';
import type { EffectTable } from '../store/effect.ts';

/** What events do to the store. A new feature adds its table here. */
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
  toldEffects,
];
