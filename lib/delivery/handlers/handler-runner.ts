#!/usr/bin/env node
import { serveModule } from './serve-module.ts';

// The process of one user module. The worker starts it with the paths of the module and of our API,
// and communicates with it over IPC.

await serveModule(process.argv[2] ?? '', process.argv[3] ?? '');
