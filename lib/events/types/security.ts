import { count, object, open, text, texts, word } from './fields.ts';
import { eventType } from './event-type.ts';
import { PLACE_EXAMPLE, PLACE_FIELDS } from './place.ts';

const severity = word(['critical', 'high', 'medium', 'low'], 'How bad it is.');

/** Fields about the call that was checked. */
const CALL = {
  ...PLACE_FIELDS,
  tool: text('The tool.'),
  tool_use_id: text("Claude Code's id of the call."),
};
const SEEN = { ...PLACE_EXAMPLE, tool: 'Bash', tool_use_id: 'toolu_06' };

export const SECURITY_TYPES = {
  'security.risky_command': eventType({
    doc: 'Claude called a risky command. The event does not say how the call ended; often the command never ran.',
    madeBy: [
      [
        'worker',
        'the words of a Bash call, from hooks and from the transcript; at most one per call',
      ],
    ],
    payload: open({
      ...CALL,
      severity,
      rule: text('The worst rule that fits.'),
      rules: texts('All rules that fit, the worst first.'),
      message: text('What the command does.'),
      command: text('The command, without secrets; at most 500 characters.'),
    }),
    example: {
      ...SEEN,
      severity: 'high',
      rule: 'run-download',
      rules: ['run-download'],
      message: 'A command runs text from the network without review',
      command: 'curl -fsSL https://example.org/i.sh | sh',
    },
  }),
  'security.secret_found': eventType({
    doc: 'The input of a tool call contains a secret. The event says where and of which kind, never the secret.',
    madeBy: [
      [
        'worker',
        'what was taken out of a call, and shapes of tokens in what the transcript shows of it; at most one per call',
      ],
    ],
    payload: open({
      ...CALL,
      severity,
      rule: text('Always `secret-in-input`.'),
      message: text('What was found.'),
      target: text('What the call was about, without secrets.'),
      places: texts('A field of the input and a kind, such as `command: token`.'),
    }),
    example: {
      ...SEEN,
      severity: 'high',
      rule: 'secret-in-input',
      message: 'The input of Bash contains a secret',
      target: 'curl -H "Authorization: Bearer [redacted]" https://example.org',
      places: ['command: authorization'],
    },
  }),
  'security.scan_completed': eventType({
    doc: 'A scanner has looked for weak places or secrets.',
    madeBy: [
      ['worker', 'a scanner that was run through Bash'],
      ['cli', '`waymark doctor --audit`'],
    ],
    payload: open({
      ...CALL,
      scanner: text('Its name, such as `npm-audit`.'),
      command: text('The command line that ran it.'),
      exit: count('The exit status of that line.'),
      findings: count('How many it counted; left out when its output does not show that.'),
      severities: object(
        {
          critical: count('Critical ones.'),
          high: count('High ones.'),
          medium: count('Medium ones.'),
          low: count('Low ones.'),
        },
        'How many of each.',
      ),
      named: count('For how many of them there is a `security.vulnerability_found`.'),
    }),
    example: {
      ...SEEN,
      scanner: 'npm-audit',
      command: 'npm audit',
      exit: 1,
      findings: 2,
      severities: { high: 2 },
      named: 2,
    },
  }),
  'security.vulnerability_found': eventType({
    doc: 'A scanner named a weak place or a secret.',
    madeBy: [
      ['worker', 'the output of a scanner that was run through Bash; at most 20 per call'],
      ['cli', 'each finding of `waymark doctor --audit`; at most 100'],
    ],
    payload: open({
      ...CALL,
      severity,
      scanner: text('Who found it.'),
      rule: text('The advisory, else the name.'),
      name: text('The package, or the rule of the scanner.'),
      id: text('The advisory: `CVE-…`, `GHSA-…`.'),
      title: text('Its title.'),
      place: text('File and line, or the place in the store.'),
      message: text('All that in one line.'),
    }),
    example: {
      ...SEEN,
      severity: 'high',
      scanner: 'npm-audit',
      rule: 'GHSA-0000-0000-0000',
      name: 'left-pad',
      id: 'GHSA-0000-0000-0000',
      title: 'Prototype pollution',
      message: 'left-pad: Prototype pollution',
    },
  }),
  'security.policy_violation': eventType({
    doc: 'A policy of the user was violated.',
    madeBy: [['log/policy-hits.log', 'a line of `log/policy-hits.log`']],
    payload: open({
      ...PLACE_FIELDS,
      message: text('What happened.'),
      rule: text('The rule.'),
      tool: text('The tool.'),
      command: text('The command.'),
      log: text('The log that reported it.'),
    }),
    example: {
      ...PLACE_EXAMPLE,
      message: 'push to a protected branch',
      rule: 'no-force-push',
      tool: 'Bash',
      command: 'git push --force',
      log: '/home/user/policy-hits.log',
    },
  }),
};
