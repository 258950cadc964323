#!/usr/bin/env node
import { captureCheckpoint } from '../lib/features/checkpoint/capture.ts';
import { captureFailure } from '../lib/features/failure/capture.ts';
import { captureRouting } from '../lib/features/routing/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('StopFailure', { captures: [captureFailure, captureRouting, captureCheckpoint] });
