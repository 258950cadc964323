#!/usr/bin/env node
import { captureRouting } from '../lib/features/routing/capture.ts';
import { runHook } from '../lib/hook/run-hook.ts';

runHook('SubagentStart', { captures: [captureRouting] });
