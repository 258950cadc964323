#!/usr/bin/env node
// Talks to an MCP server with the client of the SDK and prints what it got as JSON. Its first
// argument is JSON: { "command": [...], "calls": [{ "name": ..., "arguments": {...} }] }. The SDK,
// pinned, is put into the cache folder of the client tests.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SDK = '@modelcontextprotocol/sdk';
const VERSION = '1.32.2';

const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
const folder = join(cache, 'waymark', 'mcp-sdk', VERSION);
if (!existsSync(folder)) install();
const load = (file) =>
  import(pathToFileURL(join(folder, 'node_modules', SDK, 'dist/esm/client', file)).href);
const { Client } = await load('index.js');
const { StdioClientTransport } = await load('stdio.js');

const { command, calls, env } = JSON.parse(process.argv[2]);
const client = new Client({ name: 'test', version: '1' });
const [program, ...args] = command;
await client.connect(new StdioClientTransport({ command: program, args, env }));
await client.ping();
const { tools } = await client.listTools();
const answers = [];
for (const call of calls)
  answers.push(await client.callTool(call).catch(({ code, message }) => ({ code, message })));
const [server, instructions] = [client.getServerVersion(), client.getInstructions()];
await client.close();
process.stdout.write(JSON.stringify({ server, instructions, tools, answers }));

function install() {
  mkdirSync(dirname(folder), { recursive: true });
  const making = mkdtempSync(`${folder}-`);
  try {
    const quiet = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', making, ...quiet, `${SDK}@${VERSION}`], {
      cwd: making,
      stdio: ['ignore', 2, 2],
      timeout: 300_000,
    });
    if (!existsSync(folder)) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
