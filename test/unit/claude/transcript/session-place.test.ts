import { describe, expect, it } from 'vitest';
import {
  parseFootprintPath,
  moveToProjectFolder,
  projectFolderName,
} from '../../../../lib/claude/transcript/session-place.ts';

describe('the folder of a project', () => {
  it.each([
    ['/work/app', '-work-app'],
    ['/home/you/my proj.ä_x', '-home-you-my-proj---x'],
  ])('of %s is named %s', (cwd, name) => {
    expect(projectFolderName(cwd)).toBe(name);
  });

  it('has a hash where its name is too long, as the clients 2.1.197 and 2.1.330 made it', () => {
    const long = `${'l'.repeat(100)}/${'m'.repeat(120)}`;
    expect(projectFolderName(`/tmp/archive-probe-5NKExu/2.1.197/${long}`)).toMatch(/m-9d2t6$/);
    expect(projectFolderName(`/tmp/archive-probe-Y0VPBd/2.1.330/${long}`)).toMatch(/m-imvxyu$/);
  });
});

describe('the place of a file of a session', () => {
  it.each([
    ['projects/-a/s-1.jsonl', { bucket: '-a', isTranscript: true }],
    ['projects/-a/s-1/subagents/agent-b.jsonl', { bucket: '-a', isTranscript: false }],
    ['file-history/s-1/x@v1', { bucket: undefined, isTranscript: false }],
    ['tasks/s-1/1.json', { bucket: undefined, isTranscript: false }],
    ['s-1.jsonl', { bucket: undefined, isTranscript: true }],
    ['s-1/subagents/agent-b.jsonl', { bucket: undefined, isTranscript: false }],
  ])('is known: %s', (path, place) => {
    expect(parseFootprintPath(path, 's-1')).toEqual(place);
  });

  it.each([
    ...['', '/', '..', 'settings.json', 'projects/-a/s-2.jsonl', 'projects/s-1.jsonl'],
    ...['projects/../s-1.jsonl', 'projects/-a/s-1/../../x', '/projects/-a/s-1.jsonl', 'tasks/s-1'],
    ...['projects//s-1.jsonl', 'tasks/s-1/a\0b', `tasks/s-1/${'x'.repeat(300)}`],
    ...['tasks/s-1/./x', `tasks/s-1${'/d'.repeat(60)}`],
  ])('is none: %s', (path) => {
    expect(parseFootprintPath(path, 's-1')).toBeUndefined();
  });

  it('moves to the folder of another project', () => {
    expect(moveToProjectFolder('projects/-a/s-1/x', '-b')).toBe('projects/-b/s-1/x');
    expect(moveToProjectFolder('tasks/s-1/1.json', '-b')).toBe('tasks/s-1/1.json');
  });
});
