import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findConfigFolder,
  findTranscripts,
} from '../../../../lib/claude/transcript/find-transcripts.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

/** A config folder with a session, agents of both layouts, and files that are no transcripts. */
function clientFolder(): string {
  const client = join(tempFolder(), '.claude');
  const bucket = join(client, 'projects', '-work');
  mkdirSync(join(bucket, 's1', 'subagents', 'agent-a1'), { recursive: true });
  for (const name of ['s1.jsonl', 'agent-b2.jsonl', 'not a session.jsonl', 'notes.md'])
    writeFileSync(join(bucket, name), '');
  writeFileSync(join(bucket, 's1', 'subagents', 'agent-a1.jsonl'), '');
  writeFileSync(join(bucket, 's1', 'subagents', 'agent-a1', 'agent-c3.jsonl'), '');
  writeFileSync(join(client, 'history.jsonl'), '');
  return client;
}

const names = (from: string) =>
  findTranscripts(from).map(({ sessionId, agentId }) => `${sessionId ?? '?'} ${agentId ?? '-'}`);

describe('findTranscripts', () => {
  it('lists sessions and their agents below a config folder, the home around it, its projects, and one of these', () => {
    const client = clientFolder();
    const all = ['? b2', 's1 c3', 's1 a1', 's1 -'];
    for (const from of [client, join(client, '..'), join(client, 'projects')])
      expect(names(from).toSorted()).toEqual(all.toSorted());
    expect(names(join(client, 'projects', '-work')).toSorted()).toEqual(all.toSorted());
    expect(names(join(client, 'projects', '-work', 's1.jsonl'))).toEqual(['s1 -']);
  });

  it('lists a file once, whatever links lead to it, and ends in a circle of links', () => {
    const client = clientFolder();
    symlinkSync(join(client, 'projects', '-work'), join(client, 'projects', '-other'));
    symlinkSync('circle', join(client, 'projects', 'circle'));
    symlinkSync('..', join(client, 'projects', '-work', 's1', 'subagents', 'up'));
    expect(names(client)).toHaveLength(4);
  });

  it('finds nothing where nothing is', () => {
    expect(findTranscripts('/no/such/folder')).toEqual([]);
    expect(findTranscripts('/no/such/file.jsonl')).toEqual([]);
  });
});

describe('configFolderAt', () => {
  it('knows the config folder from each place in it', () => {
    const client = clientFolder();
    for (const part of ['', '..', 'projects', 'projects/-work'])
      expect(findConfigFolder(join(client, part))).toBe(client);
    expect(findConfigFolder(tempFolder())).toBe(undefined);
  });
});
