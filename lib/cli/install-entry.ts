#!/usr/bin/env node
import { leaveDeletedFolder, refuseOldNode } from '../core/node-version.ts';

/** What the build writes beside this file. */
const PROGRAM = './install-hooks.js';

leaveDeletedFolder();

// built as one CommonJS file that any Node can parse, so that an old one can say what it lacks
if (!refuseOldNode('install-hooks')) void import(PROGRAM);
