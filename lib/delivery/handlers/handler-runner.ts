#!/usr/bin/env node
import { serveModule } from './serve-module.ts';

// The process of one module of the user's: the worker starts it with the module's path and that of our API, and talks to it over IPC.

await serveModule(process.argv[2] ?? '', process.argv[3] ?? '');
