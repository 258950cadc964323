#!/usr/bin/env node
import { runStatusLine } from '../lib/features/statusline/run-status-line.ts';

runStatusLine(process.env);
process.exit(); // Everything is done: without Node's clean-up it ends sooner.
