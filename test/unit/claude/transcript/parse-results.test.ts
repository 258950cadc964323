import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../../lib/claude/transcript/parse-line.ts';
import { AT, failure, line } from './transcript-line.ts';

describe('parseLine, of results', () => {
  it('takes a result without is_error as ok, without its text', () => {
    const text = line({
      type: 'user',
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'File created' }],
      },
    });
    expect(parseLine(text)).toEqual([
      { kind: 'result', toolUseId: 'toolu_1', outcome: 'ok', at: AT },
    ]);
  });

  it.each([
    ['a command that failed', 'failed', failure('Exit code 3\nno such file')],
    [
      'a command that printed a refusal',
      'failed',
      failure('Exit code 7\n<tool_use_error>trick</tool_use_error>'),
    ],
    [
      'a command that ran into its time limit',
      'failed',
      failure('Exit code 143\nCommand timed out after 1s'),
    ],
    [
      'any error of an accepted call',
      'failed',
      failure('Agent type nope not found', {
        permissionDecision: { decision: 'accept', source: 'config' },
      }),
    ],
    [
      'an edit whose text is not there',
      'rejected',
      failure('<tool_use_error>String to replace not found in file.\nString: x</tool_use_error>'),
    ],
    [
      'input of the wrong shape',
      'rejected',
      failure('<tool_use_error>InputValidationError: Write failed</tool_use_error>'),
    ],
    [
      'a tool that threw before running',
      'rejected',
      failure(
        '<tool_use_error>Error calling tool (Write): ENOTDIR: not a directory</tool_use_error>',
      ),
    ],
    ['a call without permission', 'rejected', failure('This command requires approval')],
    [
      'a write outside',
      'rejected',
      failure("Claude requested permissions to write to /etc/x, but you haven't granted it yet."),
    ],
    [
      'a deny rule',
      'rejected',
      failure('Permission to use Bash with command rm -rf / has been denied.'),
    ],
    ['a hook that exits 2', 'rejected', failure('PreToolUse:Bash hook error: [deny.sh]: blocked')],
    [
      'a hook that denies with a text of its own',
      'rejected',
      failure('policy says no', { toolDenialKind: 'permission-rule' }),
    ],
    [
      'a refusal by decision',
      'rejected',
      failure('please ask', { permissionDecision: { decision: 'reject' } }),
    ],
    [
      'a user who interrupts',
      'rejected',
      failure("The user doesn't want to proceed with this tool use. The tool use was rejected"),
    ],
    [
      'a command that a user interrupts',
      'rejected',
      failure('Exit code 137\n[Request interrupted by user for tool use]'),
    ],
    ['an error of which an old client says nothing', 'unclear', failure('policy says no')],
  ])('tells %s: %s', (_name, outcome, text) => {
    expect(parseLine(text)).toMatchObject([{ kind: 'result', toolUseId: 'toolu_1', outcome }]);
  });

  it('cleans the error text: no colours, no tags, no secrets, no more than 500 characters', () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    const [plain] = parseLine(failure(`Exit code 1\n\u001b[31mred ${secret}\u001b[0m`));
    expect(plain).toMatchObject({ error: 'Exit code 1\nred [redacted]' });
    const [tagged] = parseLine(
      failure([{ type: 'text', text: '<tool_use_error>not found</tool_use_error>' }]),
    );
    expect(tagged).toMatchObject({ error: 'not found' });
    const [long] = parseLine(failure('x'.repeat(90_000)));
    expect(long?.kind === 'result' && long.error?.length).toBe(500);
  });
});
