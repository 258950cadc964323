#!/usr/bin/env node
import { answerContext } from '../lib/features/context/answer.ts';
import { captureWarning } from '../lib/features/context/capture.ts';
import { captureSession } from '../lib/features/session/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('UserPromptSubmit', {
  captures: [captureSession, captureWarning],
  answers: [answerContext],
});
