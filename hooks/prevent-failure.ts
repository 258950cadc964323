#!/usr/bin/env node
import { answerContext } from '../lib/features/context/answer.ts';
import { captureWarning } from '../lib/features/context/capture.ts';
import { answerFailure } from '../lib/features/failure/answer.ts';
import { captureFailureWarning } from '../lib/features/failure/capture-warning.ts';
import { captureFix } from '../lib/features/failure/capture-fix.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('PreToolUse', {
  captures: [captureFix, captureFailureWarning, captureWarning],
  answers: [answerFailure, answerContext],
});
