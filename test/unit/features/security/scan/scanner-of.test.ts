import { describe, expect, it } from 'vitest';
import { scannerOf } from '../../../../../lib/features/security/scan/scanner-of.ts';

describe('scannerOf', () => {
  it.each([
    ['npm audit', 'npm-audit'],
    ['cd web && npm audit --json | jq .metadata', 'npm-audit'],
    ['npm --prefix web audit fix', 'npm-audit'],
    ['pnpm audit --prod', 'pnpm-audit'],
    ['yarn npm audit', 'yarn-audit'],
    ['npx secretlint "**/*"', 'secretlint'],
    ['npx --yes secretlint src', 'secretlint'],
    ['python3 -m pip_audit', 'pip-audit'],
    ['cargo audit', 'cargo-audit'],
    ['trivy image app:latest', 'trivy'],
    ['gitleaks detect --no-banner', 'gitleaks'],
    ['semgrep --config auto src', 'semgrep'],
  ])('names the scanner of %s', (command, scanner) => {
    expect(scannerOf(command)).toBe(scanner);
  });

  it.each([
    'npm test',
    'npm install audit-log',
    'npm audit signatures',
    'grep -rn "npm audit" docs',
    'echo npm audit',
    'trivy --version',
    'npm audit --help',
    'git log --grep=semgrep',
  ])('finds none in %s', (command) => {
    expect(scannerOf(command)).toBeUndefined();
  });
});
