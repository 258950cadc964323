#!/usr/bin/env node
import { captureFailure } from '../lib/features/failure/capture.ts';
import { captureRouting } from '../lib/features/routing/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('PostToolUseFailure', { captures: [captureFailure, captureRouting] });
