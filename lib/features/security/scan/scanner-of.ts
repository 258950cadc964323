import { phraseOf } from '../../../shell/program-words.ts';
import { shellLine } from '../../../shell/shell-line.ts';

/** Scanners by how their call begins. */
const SCANNERS: ReadonlyArray<readonly [name: string, call: RegExp]> = [
  ['npm-audit', /^npm (?:-\S+ (?:[^\s-]\S* )?)*audit(?! signatures)(?: |$)/],
  ['pnpm-audit', /^pnpm (?:-\S+ (?:[^\s-]\S* )?)*audit(?: |$)/],
  ['yarn-audit', /^yarn (?:npm )?audit\b/],
  ['bun-audit', /^bun audit\b/],
  ['secretlint', /^secretlint\b/],
  ['pip-audit', /^(?:pip-audit|python[\d.]* -m pip_audit|uv (?:run|tool run) pip-audit)\b/],
  ['cargo-audit', /^(?:cargo audit|cargo-audit|cargo deny (?:.* )?check)\b/],
  ['trivy', /^trivy (?:.* )?(?:image|fs|filesystem|rootfs|repo|repository|config|sbom|k8s|vm)\b/],
  ['gitleaks', /^gitleaks (?:.* )?(?:detect|protect|git|dir|directory|file|stdin)\b/],
  ['semgrep', /^(?:semgrep|opengrep)(?! (?:login|logout|--version|install))\b/],
  ['osv-scanner', /^osv-scanner\b/],
  ['grype', /^grype\b/],
  ['govulncheck', /^govulncheck\b/],
  ['bandit', /^bandit\b/],
];

/** A line that may run a scanner: parsing the others would be work for nothing. */
const WORTH_PARSING =
  /audit|secretlint|trivy|gitleaks|semgrep|opengrep|osv-scanner|grype|govulncheck|bandit|cargo deny/;

/** The scanner that a command runs, or `undefined`. */
export function scannerOf(command: string): string | undefined {
  if (!WORTH_PARSING.test(command)) return undefined;
  const phrases = shellLine(command).programs.map(phraseOf);
  if (phrases.some((phrase) => / (?:--help|-h|--version)(?: |$)/.test(phrase))) return undefined;
  return SCANNERS.find(([, call]) => phrases.some((phrase) => call.test(phrase)))?.[0];
}
