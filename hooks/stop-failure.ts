#!/usr/bin/env node
import { captureCheckpoint } from '../lib/features/checkpoint/capture.ts';
import { captureFailure } from '../lib/features/failure/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('StopFailure', { captures: [captureFailure, captureCheckpoint] });
