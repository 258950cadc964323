#!/usr/bin/env node
import { answerBudget } from '../lib/features/budget/answer.ts';
import { captureBudget } from '../lib/features/budget/capture.ts';
import { answerContext } from '../lib/features/context/answer.ts';
import { captureWarning } from '../lib/features/context/capture.ts';
import { answerFailure } from '../lib/features/failure/answer.ts';
import { captureFailureWarning } from '../lib/features/failure/capture-warning.ts';
import { captureFix } from '../lib/features/failure/capture-fix.ts';
import { answerRestored } from '../lib/features/restored/answer.ts';
import { captureRestored } from '../lib/features/restored/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('PreToolUse', {
  captures: [captureFix, captureFailureWarning, captureWarning, captureRestored, captureBudget],
  answers: [answerFailure, answerContext, answerRestored, answerBudget],
});
