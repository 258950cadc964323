#!/usr/bin/env node
import { answerBudget } from '../lib/features/budget/answer.ts';
import { captureBudget } from '../lib/features/budget/capture.ts';
import { answerContext } from '../lib/features/context/answer.ts';
import { captureWarning } from '../lib/features/context/capture.ts';
import { captureSession } from '../lib/features/session/capture.ts';
import { answerRestored } from '../lib/features/restored/answer.ts';
import { captureRestored } from '../lib/features/restored/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('UserPromptSubmit', {
  captures: [captureSession, captureWarning, captureRestored, captureBudget],
  answers: [answerContext, answerRestored, answerBudget],
});
