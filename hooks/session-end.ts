#!/usr/bin/env node
import { captureCheckpoint } from '../lib/features/checkpoint/capture.ts';
import { markEnd } from '../lib/features/resume/capture.ts';
import { captureSession } from '../lib/features/session/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('SessionEnd', { captures: [captureCheckpoint, captureSession, markEnd] });
