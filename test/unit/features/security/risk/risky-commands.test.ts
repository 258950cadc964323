import { describe, expect, it } from 'vitest';
import { RISK_RULES, findRisks } from '../../../../../lib/features/security/risk/find-risks.ts';
import { rates } from '../../../../support/rates.ts';
import { everydayCommands, judgedCommands } from '../../../../support/risk-corpus.ts';

const judged = judgedCommands();

describe('the corpus of risky commands', () => {
  it('is large, has both sides, every rule, and no command twice', () => {
    expect(judged.filter(({ rule }) => rule !== null).length).toBeGreaterThan(150);
    expect(judged.filter(({ rule }) => rule === null).length).toBeGreaterThan(120);
    expect(new Set(judged.map(({ command }) => command)).size).toBe(judged.length);
    expect(new Set(judged.flatMap(({ rule }) => rule ?? []))).toEqual(
      new Set(RISK_RULES.map(({ id }) => id)),
    );
  });

  it('is judged as a person would, and by the rule that a person would name', () => {
    const { precision, recall } = rates(
      judged.map(({ rule, found }) => ({ wanted: rule !== null, given: found.length > 0 })),
    );
    expect(precision).toBeGreaterThanOrEqual(0.99);
    expect(recall).toBeGreaterThanOrEqual(0.99);
    expect(
      judged
        .filter(({ rule, found }) => rule !== null && !found.includes(rule))
        .map(({ command }) => command),
    ).toEqual([]);
  });

  it('reports few commands of everyday work', () => {
    const told = everydayCommands().filter(({ found }) => found.length > 0);
    expect(told.length).toBeLessThanOrEqual(10);
  });
});

describe('RISK_RULES', () => {
  it('have ids of their own', () => {
    expect(new Set(RISK_RULES.map(({ id }) => id)).size).toBe(RISK_RULES.length);
  });
});

describe('risksOf', () => {
  it('tells the worst first, each rule once', () => {
    expect(findRisks('sudo rm -rf / && sudo rm -rf /etc').map(({ rule }) => rule)).toEqual([
      'delete-root',
      'become-root',
    ]);
  });

  it.each([
    ['behind a wrapper', '/usr/bin/env FOO=1 git reset --hard', 'discard-work'],
    ['escaped', String.raw`\git reset --hard`, 'discard-work'],
    ['in a substitution of a text', 'echo "$s $(rm -rf /home/user)"', 'delete-root'],
    [
      'in a substitution of a heredoc',
      'git commit -F - <<EOF\n$(rm -rf /home/user)\nEOF',
      'delete-root',
    ],
    ['in a heredoc for a shell', "bash <<'EOF'\nrm -rf /home/user\nEOF", 'delete-root'],
    ['put together from pieces', 'g$(printf it) reset', 'run-hidden'],
    ['behind xargs', 'ls | xargs -n 1 git push --force origin', 'force-push'],
  ])('finds a command %s', (_where, command, rule) => {
    expect(findRisks(command).map((risk) => risk.rule)).toContain(rule);
  });

  it.each([
    ['a heredoc that is data', 'cat <<EOF\nrm -rf /home/user\nEOF'],
    ['a text that is written', "tee notes.txt <<<'git reset --hard'"],
    ['a text that is printed', `echo "$(printf 'git reset --hard')"`],
    ['a comment', 'ls # rm -rf /'],
    ['what is no shell', '/** Default language for new articles */'],
    ['nothing', ''],
  ])('leaves %s alone', (_what, command) => {
    expect(findRisks(command)).toEqual([]);
  });

  it.each(['$(', '"', '${A', 'x=$(cat ', 'a() { ', 'a | ', '<(', '`', "$'", '(( ', 'echo $TOKEN_'])(
    'comes to an end on %s repeated',
    (part) => {
      expect(Array.isArray(findRisks(part.repeat(4_000)))).toBe(true);
    },
  );
});
