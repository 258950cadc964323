import { describe, expect, it } from 'vitest';
import {
  hasFoundNothing,
  isAnswerStatus,
  isDifference,
  isNetworkStatus,
} from '../../../../lib/features/failure/answer-statuses.ts';

describe('isAnswerStatus', () => {
  it.each([
    ['systemctl is-active nginx', 3],
    ['systemctl --user is-enabled nginx', 1],
    ['gh pr checks 12', 8],
    ['git -C web diff --quiet', 1],
    ['git show-ref --verify refs/heads/x', 128],
    ['git rev-parse --verify -q x', 128],
    ['git config --get user.name', 1],
    ['rpm -qi libpq', 1],
    ['crontab -l', 1],
    ['tmux has-session -t shop', 1],
    ['tmux -L own has-session -t shop', 1],
    ['jq -e .done state.json', 4],
    ['terraform plan -detailed-exitcode', 2],
    ['curl -sf http://localhost:3000/x', 22],
    [' test -f a', 1],
  ])('knows the answer of %s in status %d', (command, status) => {
    expect(isAnswerStatus(command, status)).toBe(true);
  });

  it.each([
    ['systemctl is-active nginx', 2],
    ['git diff --quiet', 128],
    ['grep x a', 2],
    ['crontab -e', 1],
    ['tmux new-session -s shop', 1],
    ['terraform plan', 2],
    ['curl -sf https://example.org/x', 22],
    ['testcafe a', 1],
    ['identify a.png', 1],
    ['', 1],
  ])('takes %s with status %d for no answer', (command, status) => {
    expect(isAnswerStatus(command, status)).toBe(false);
  });
});

describe('isNetworkStatus', () => {
  it.each([
    ['curl -s https://example.org', 7, true],
    ['curl', 28, true],
    ['curl -s https://example.org', 22, false],
    ['curly x', 7, false],
    ['wget https://example.org', 7, false],
  ])('of %s with status %d: %s', (command, status, expected) => {
    expect(isNetworkStatus(command, status)).toBe(expected);
  });
});

describe('foundNothing', () => {
  it.each([
    ['ls dist', 'ls: cannot access <text>: No such file or directory'],
    ['kubectl get deploy web', 'Error from server (NotFound): deployments.apps <text> not found'],
    ['aws s3api head-object --bucket a --key b', 'An error occurred (404) ...: Not Found'],
    ['npm view @acme/x version', 'npm error code E404'],
    ['docker logs web', 'Error response from daemon: No such container: web'],
    ['foo --list x', 'x does not exist'],
  ])('is true of %s: %s', (command, error) => {
    expect(hasFoundNothing(command, error)).toBe(true);
  });

  it.each([
    ['cat dist', 'cat: dist: No such file or directory'],
    ['npm run show', 'npm error Missing script: <text>, not found'],
    ['make list', 'no rule to make target <text>, not found'],
    ['gh pr lsit', 'unknown command <text> for <text>'],
    ['kubectl get po --nmespace x', 'error: unknown flag: --nmespace'],
    ['jq show x', 'jq: command not found'],
    ['tree show', 'tree: not found'],
    ['aws sts get-caller-identity', 'Unable to locate credentials: no credentials found'],
  ])('is false of %s: %s', (command, error) => {
    expect(hasFoundNothing(command, error)).toBe(false);
  });
});

describe('isDifference', () => {
  it.each([
    ['diff --git a/x b/x\nindex 1..2', true],
    ['diff -u a b\n--- a', true],
    ['diff cart.go.orig cart.go\n--- cart.go.orig\n+++ cart.go', true],
    ['--- a\n+++ b\n@@ -1 +1 @@', true],
    ['1,3c1\n< a', true],
    ['diff: missing operand', false],
    ['error: a\n--- b', false],
    ['', false],
  ])('of %j: %s', (body, expected) => {
    expect(isDifference(body)).toBe(expected);
  });
});
