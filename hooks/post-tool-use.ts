#!/usr/bin/env node
import { captureCheckpoint } from '../lib/features/checkpoint/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('PostToolUse', { captures: [captureCheckpoint], countsFirst: true });
