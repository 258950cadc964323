#!/usr/bin/env node
import { answerResume } from '../lib/features/resume/answer.ts';
import { captureReminder, markEnd } from '../lib/features/resume/capture.ts';
import { captureSession } from '../lib/features/session/capture.ts';
import { isWorkerOutdated } from '../lib/hook/outdated-worker.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('SessionStart', {
  captures: [captureSession, markEnd, captureReminder],
  answers: [answerResume],
  isWorkerOutdated,
});
