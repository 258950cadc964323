#!/usr/bin/env node
import { runStatusLine } from '../lib/features/statusline/run-status-line.ts';

runStatusLine(process.env);
