/** Folders whose loss destroys a machine or a user's data. */
const ROOT =
  /^(?:~|\$HOME|\$\{HOME\}|\/(?:home|root|etc|usr|var|bin|sbin|lib(?:32|64)?|opt|boot|dev|sys|proc|srv|mnt|media|Users|System|Library|Applications)|\/usr\/(?:local|bin|sbin|lib|share)|\/(?:home|Users)\/[^/]+)?$/;

/** Whether a path is the root, a home folder or a system folder, or everything in one. */
export function isRootLike(path: string): boolean {
  return /^[/~$]/.test(path) && ROOT.test(path.replace(/(?:\/+(?:\*{1,2}|\.)?)+$/, ''));
}

/** Whether a path belongs to the system, not to a user or a project. */
export function isSystemPath(path: string): boolean {
  return /^\/(?:etc|bin|sbin|lib(?:32|64)?|boot|System|usr\/(?:bin|sbin|lib|share))\//.test(path);
}

/** Whether a path is a disk, or a partition. */
export function isDiskPath(path: string): boolean {
  return /^\/dev\/(?:r?disk\d|[shv]d[a-z]|xvd[a-z]|nvme\d|mmcblk\d|mapper\/|md\d)/.test(path);
}

const OWN = String.raw`(?:^~|^\$\{?HOME\}?|^\/root|^\/(?:home|Users)\/[^/]+|^\.)`;

const SECRET_FILES = new RegExp(
  [
    String.raw`(?:^|\/)(?:[\w-]+)?\.env(?:\.(?!(?:example|sample|template|tmpl|dist|defaults?|test|ci|schema|md|d|ts|js|mjs|py|rb|go)\b)[\w-]+)*$`,
    String.raw`(?:^|\/)\.(?:ssh|gnupg)(?:$|\/(?!config|known_hosts|authorized_keys)(?!.*\.pub$))`,
    String.raw`(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)$`,
    String.raw`${OWN}\/\.(?:npmrc|yarnrc\.yml|pypirc|my\.cnf|boto)$`,
    String.raw`(?:^|\/)(?:[._]netrc|\.pgpass|\.git-credentials|\.vault-token)$`,
    String.raw`\.(?:aws\/credentials|kube\/config|docker\/config\.json|config\/gh\/hosts\.yml|claude\/\.credentials\.json|azure\/\w*[tT]oken\w*\.json)$`,
    String.raw`^\/etc\/(?:g?shadow|sudoers)|application_default_credentials\.json$`,
    String.raw`(?:^|\/)(?:credentials|secrets?|service[-_]?account[\w-]*)\.(?:json|ya?ml|toml|ini)$`,
    String.raw`\.(?:key|p12|pfx|jks|keystore|kdbx)$|(?:^|\/)(?:key|privkey|private[\w-]*)\.pem$`,
  ].join('|'),
);

/** Whether a path usually contains secrets. */
export function isSecretFile(path: string): boolean {
  return path.length > 3 && SECRET_FILES.test(path.replace(/\/+\*?$/, ''));
}

const SECRET_VARIABLE =
  /\$(?:\{)?[A-Za-z0-9_]*(?:SECRET|TOKEN|PASSW(?:OR)?D|PASSPHRASE|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)(?:_(?:KEY|VALUE|ID))?(?![A-Za-z0-9_])(?:\}|(?!\}))/i;

/**
 * Whether a text uses the value of a variable whose name indicates a secret; `${TOKEN:+set}` does
 * not.
 */
export function readsSecretVariable(text: string): boolean {
  return SECRET_VARIABLE.test(text.replace(/\$\{\w+:?[+#:][^}]*\}/g, ''));
}

/** Whether a variable name, or a pattern of names, indicates a secret. */
export function isSecretName(name: string): boolean {
  return /secret|token|passw|passphrase|api_?key|private_key|access_key|credential/i.test(name);
}
