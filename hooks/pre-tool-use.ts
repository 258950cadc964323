#!/usr/bin/env node
import { answerBudget } from '../lib/features/budget/answer.ts';
import { captureBudget } from '../lib/features/budget/capture.ts';
import { captureRouting } from '../lib/features/routing/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('PreToolUse', { captures: [captureRouting, captureBudget], answers: [answerBudget] });
