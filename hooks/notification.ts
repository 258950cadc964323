#!/usr/bin/env node
import { captureSession } from '../lib/features/session/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('Notification', { captures: [captureSession] });
