import { lazy } from '../../core/lazy.ts';

/**
 * Words by which an error shows its kind, in the languages that shells and tools use. Each list is
 * tried line by line, ignoring case.
 */

/** The call may work at the next attempt: nothing about it is wrong. */
export const TRANSIENT = words(
  String.raw`\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE|ERR_SOCKET_TIMEOUT|ESOCKETTIMEDOUT|EBUSY|EAGAIN|ENOSPC|EMFILE)\b`,
  "connection (?:was )?(?:refused|reset|timed out|aborted|closed)|connect: connection|could(?:n't| not) (?:connect|resolve) |failed to connect|unable to connect|network is unreachable|no route to host",
  "name resolution|name or service not known|nodename nor servname|no such host|getaddrinfo|unable to access 'https?:[^'\n]*': (?!The requested URL returned error: 40[13])",
  String.raw`timed? ?out\b|timeout (?:exceeded|expired|awaiting)|deadline exceeded|i\/o timeout|Zeitüberschreitung|délai .{0,20}(?:dépassé|expiré)|连接超时|连接被拒绝|Verbindungsaufbau abgelehnt|Connexion refusée|无法解析`,
  String.raw`\b(?:HTTP(?:\/[\d.]+)?|status(?: code)?|error:?|returned|response)[: ]{1,2}(?:429|50[234])\b|\b429 too many|\b50[234] (?:service|bad|gateway|temporarily)|too many requests|rate.?limit|service (?:temporarily )?unavailable|bad gateway|overloaded|try again later`,
  'TLS handshake|SSL_ERROR_SYSCALL|unexpected EOF(?! while)|unexpected disconnect|remote end hung up|early EOF|RPC failed',
  String.raw`could not get lock|is another process using it|database is locked|index\.lock|waiting for file lock|resource temporarily unavailable|text file busy|device or resource busy|blocking waiting`,
  'no space left|kein Speicherplatz|plus de place|aucun espace|设备上没有空间|disk quota exceeded|cannot allocate memory|out of memory|heap out of memory',
  'could not serialize|deadlock detected|state lock|flaky|temporar(?:y|ily)',
);

/** Files that make a folder a project. If one is missing, the call was made in the wrong folder. */
const MANIFESTS = String.raw`package\.json|Cargo\.toml|go\.mod|pom\.xml|POM|pyproject\.toml|setup\.py|Pipfile|Gemfile|Rakefile|composer\.json|pubspec\.yaml|mix\.exs|Package\.swift|build\.gradle(?:\.kts)?|settings\.gradle|build\.sbt|CMakeLists\.txt|meson\.build|makefile|justfile|Taskfile(?:\.ya?ml)?|Chart\.yaml|kustomization\.yaml|(?:docker-)?compose\.ya?ml|Dockerfile|Vagrantfile|angular\.json|nx\.json|turbo\.json|lerna\.json|deno\.jsonc?|serverless\.yml|wrangler\.toml|firebase\.json|fly\.toml|Podfile|stack\.yaml|dune-project|flake\.nix|Anchor\.toml|foundry\.toml|manage\.py|artisan`;

/** The caller is unknown, or not allowed to do this. */
const ACCESS = String.raw`permission[ _-]?denied|\b(?:not|n't) have (?:\w+ ){0,2}(?:permission|access|privilege|right)s?\b|insufficient (?:permission|privilege|scope|right)s?|must be (?:superuser|root|run as)|\bnot allowed by (?:the )?(?:\w+ ){0,2}policy|requires (?:root|superuser|admin\w*)|\bno (?:valid )?credential|unable to locate credentials|credentials? (?:not found|provided|are missing)|(?:please|must|need to|first|have you|no active|no existing|no access|no token|not)\b.{0,60}\b(?:log(?:ged)? ?in|login|auth(?:enticated?)?)\b|\blog ?in (?:with|using|via|first)\b|requires? authentication|authentication (?:is )?required`;

/** The folder lacks the tool's own state. */
const OWN_STATE = String.raw`\b(?:could not|cannot|can't|failed to|unable to) (?:load|open|read|find) (?:the |a |an )?(?:\w+ )?(?:cache|lock ?file|manifest|workspace|build (?:folder|directory|tree))\b|\bwith(?:out)? an existing \S+|\brequires? an existing\b|\b(?:config(?:uration)?|template|schema|settings|project|manifest|workspace) file\b.{0,80}(?:not found|does(?:n't| not) exist|could not be found|is missing)|\b(?:could not|cannot|can't|unable to|failed to) (?:find|locate|read) (?:the |an? |any )?(?:\w+ )?(?:schema|config(?:uration)?|template|settings)\b`;

/**
 * Something around the call is missing or forbidden. The same call may work in another place, or
 * once that is fixed.
 */
export const ENVIRONMENT = words(
  OWN_STATE,
  String.raw`permission denied|\b(?:EACCES|EPERM|EROFS)\b|operation not permitted|access (?:.{0,40} )?(?:is )?denied|not permitted|is not a TTY|must be (?:run as )?root|are you root|read-only file system|Keine Berechtigung|Permission non accordée|Permission refusée|Permiso denegado|权限不够|拒绝访问|許可がありません`,
  "not a git repository|kein Git-Repository|n'est un dépôt git|不是 ?git ?仓库|no es un repositorio",
  String.raw`no module named|cannot find (?:module|package)|module not found|could not find (?:a )?(?:package\.json|Cargo\.toml|go\.mod|pom\.xml|requirements)|could not find .{0,60}Cargo\.toml|go\.mod file not found|cannot find main module|could not read package\.json|no package\.json|couldn't find a package\.json|No pyproject|no configuration file provided|No makefile found|can't find a suitable configuration`,
  'EADDRINUSE|address already in use|port .{0,20}(?:already (?:in use|allocated)|is in use|is already)|Adresse wird bereits verwendet|Adresse déjà utilisée|地址已在使用',
  String.raw`cannot connect to the docker daemon|docker daemon running|is the server running|current-context is not set|Unauthorized|authentication (?:failed|required)|not logged in|gh auth login|\bforbidden\b|not authorized|password is required|terminal is required|login required|ENEEDAUTH|could not read (?:Username|Password)|password authentication failed|role .{0,60} does not exist|database .{0,60} does not exist|40[13] (?:Forbidden|Unauthorized)|(?:error|HTTP|status(?: code)?):? 40[13]\b|permission to \S+ denied|credentials|certificate (?:verify failed|has expired|signed by unknown|problem)|self[- ]signed certificate|unable to get local issuer|host key verification`,
  ACCESS,
  String.raw`externally-managed-environment|unsupported engine|EBADENGINE|requires (?:node|python|go|rust)|version .{0,40} required|shared librar|GLIBC_|missing required (?:env|environment)|environment variable|virtual ?env(?:ironment)?|is not set\b|not (?:yet )?installed|is not available|\b(?:need to|please|can be|must|try)\b.{0,40}\binstall(?:ed|ing)?\b`,
);

/** The call itself is wrong. */
export const INVOCATION = words(
  'command not found|not found$|: not found|: unknown command|未找到命令|找不到命令|commande introuvable|(?:Befehl|Kommando) (?:nicht gefunden|wurde nicht gefunden)|orden no encontrada|コマンドが見つかりません|not recognized as',
  String.raw`no such file or directory|\b(?:ENOENT|ENOTDIR|EISDIR)\b|does(?:n't| not) exist|Datei oder Verzeichnis nicht gefunden|Aucun fichier ou dossier|没有那个文件或目录|No existe el (?:fichero|archivo)|file or directory not found|cannot access|can't open|cannot open|not a directory|is a directory|no matches found`,
  String.raw`missing script|no such command|unknown (?:sub)?command|is not an? \S+ command|unrecognized (?:command|option|argument|subcommand|CLI)|unknown (?:shorthand )?(?:option|flag|switch|argument|predicate|primary|revision|compiler option)|illegal option|invalid (?:option|argument|choice|flag|reference|object name|syntax|number|value|date)|unexpected (?:argument|operand|token|option)|flag provided but not defined|bad (?:option|flag|revision|substitution|object)|ambiguous (?:option|argument)`,
  'illegal (?:line|byte|character) count|not a zip ?file|signature not found|not in (?:gzip|bzip2|xz) format|missing (?:operand|argument|destination|required (?:option|argument|flag|positional))|requires (?:at least|an argument|exactly|a value)|option .{0,60} (?:requires|needs|is unknown)|too (?:many|few) arguments|expected .{0,30} arguments?|accepts .{0,20} arg|^usage:|^uso:|required arguments?',
  'ungültige Option|unbekannte Option|option (?:invalide|non reconnue)|无效选项|无法识别的选项|opción (?:inválida|no reconocida)',
  "pathspec .{0,200} did not match|has no upstream|src refspec|no such (?:remote|ref|branch|container|image|service|target|test|option)|not a valid object|already exists|couldn't find remote ref|does not appear to be a git|not something we can merge|stimmt mit keinen|ne correspond à aucun|未匹配任何",
  'no rule to make target|Keine Regel|Aucune règle pour|没有规则可制作目标|no matching (?:version|distribution|manifest)|ETARGET|E404|404 Not Found|unable to locate package|no such package|manifest (?:unknown|for)|pull access denied|invalid reference format|could not find a version|is not in the npm registry|no required module provides|package .{0,80} is not in|could not find .{0,60} in registry|no (?:bin|example|test|lib) target',
  String.raw`unexpected EOF while|doesn't have a resource type|error: (?:the server|unknown|no|unable to parse|flag)|resource not found|\(NotFound\)|error parsing|unterminated|syntax error|unmatched|unbalanced|missing command|unknown option to|extra characters|char \d+:|invalid preceding|parentheses not balanced|column .{0,60} does not exist|relation .{0,60} does not exist|no such table|no such column|could not resolve entry|malformed|port number ended|URL using bad|not supported or disabled`,
  String.raw`no (?:sub)?command named|couldn't find an? (?:script|project|command)|not found in (?:root )?project|did you mean|perhaps you meant|failed to spawn|not fully merged|not specified|did not match any|must (?:precede|follow|be one of)|not in \w+ format|ERESOLVE|unexpected (?:newline|end)|mutually exclusive|conflicts with|cannot be used with|deprecated and`,
  "est un dossier|ist ein Verzeichnis|es un directorio|是一个目录|invalid upstream|Ungültige Referenz|référence invalide|无效的引用|referencia inválida|introuvable|existiert nicht|n'existe pas|no existe|不存在|nicht gefunden",
);

/**
 * Messages that only a shell prints, or a program before it starts work. Even in the output of a
 * test runner they are about the call.
 */
export const STRONG_INVOCATION = words(
  String.raw`^(?:/\S*/)?(?:ba|z|da|k|fi)?sh: .*(?:not found|introuvable|nicht gefunden|未找到|找不到|no such file|Aucun fichier|没有那个文件)`,
  String.raw`^(?:npm (?:error|ERR!)|error:?|ERR_PNPM\S*) .*(?:missing script|no such command|unknown command|unknown option)|^npm error could not determine executable|command "?\S+"? not found`,
  String.raw`^(?:error(?: TS\d+)?: )?.{0,40}(?:unknown (?:option|compiler option|flag|argument)|(?:unrecognized|invalid) (?:sub)?(?:command|option|argument|CLI)|unexpected argument|flag provided but not defined|no such option|option .{0,60} is unknown|unrecognized arguments)`,
  String.raw`^error TS(?:5\d{3}|6053|18003)|^ERROR: (?:file or directory not found|not found)|no rule to make target|^error: no such (?:command|subcommand)|^error: no (?:bin|example|test) target|couldn't find a script named|script not found|unknown file extension|failed to spawn|did not match any packages|Task '[^'\n]{1,80}' not found|couldn't find a project to run|No files matching the pattern|no test files found|^usage:`,
  String.raw`no such (?:target|package|task|project|module|service)\b|file not found: tests?/|^stat \S+: directory not found|(?:was|been) (?:replaced by|removed|renamed)|no longer (?:available|supported|exists)|unknown (?:lifecycle phase|command|task|target|project|goal|argument|recipe|rule|job)|no plugin found for prefix|MSB100[0-9]|(?:task|command|target|recipe|goal) ["'\x60]?[\w:.-]+["'\x60]? (?:could not be found|is not defined|not found|does not exist)`,
  String.raw`\bno (?:\w+ )?(?:projects?|packages?|workspaces?|hooks?|suites?|jobs?|stages?|components?) (?:with|named|called|matched|matching|found)\b|\b(?:projects?(?:\(s\))?|packages?|workspaces?|modules?|components?|test suites?) ["'\x60]?[\w:./@-]+["'\x60]? (?:not found|does(?:n't| not) exist|is not (?:currently )?configured for)`,
  String.raw`don't know how to build task|^task not found|workspace root|ADDING_TO_ROOT|is not a directory$|directory not found$|project is configured to use|"packageManager"|unrecognized file type|requires a version when|unsupported URL type|^\S*: \d+: Syntax error: "\("|^\S*python[\d.]*: can't open file|no bin target|justfile does not contain`,
);

/** The same for the environment of the call. */
export const STRONG_ENVIRONMENT = words(
  OWN_STATE,
  String.raw`^(?:/\S*/)?(?:ba|z|da|k|fi)?sh: .*(?:permission denied|Keine Berechtigung|Permission non accordée|权限不够)`,
  String.raw`\bport \d+ is (?:already )?in use|executable file not found in \$PATH|\b(?:compiler|interpreter|linker) ["'\x60]?[\w./+-]+["'\x60]? (?:was )?not found`,
  String.raw`could not find .{0,60}Cargo\.toml|go\.mod file not found|cannot find main module|could not read package\.json|no package\.json|^npm (?:error|ERR!) enoent|not a git repository|no makefile found|EADDRINUSE|cannot connect to the docker daemon|couldn't find an? (?:eslint|package\.json)|there is no POM|no ESLint configuration found|executable doesn't exist|playwright install|protected branch|hook declined|no module named (?:pytest|'?mypy)|cannot find package '(?:vitest|jest|typescript)`,
  String.raw`could not (?:locate|find) (?:a )?(?:Gemfile|Package\.swift|Rakefile|\S*composer\.json|Mix\.Project|pubspec|stack\.yaml|\S+\.csproj)|MSB1003|does not contain (?:a (?:project|solution)|main module|an Xcode project|a Cargo)|no (?:pubspec\.yaml|Rakefile|Gemfile|Podfile|mix\.exs|\.cabal|buildable Go|Go files|configuration files|project (?:file )?(?:was )?found)|requires a project to execute|Chart\.yaml file is missing`,
  ACCESS,
  String.raw`collected 0 items$|\bno tests (?:found|were found|executed|matched)\b|\bthere are no \S+ files\b|\bno (?:\w+ )?files (?:were )?(?:found|matching|matched|to \w+)\b|ensurepip is not|\b(?:need to|please|can be|must) install\b`,
  String.raw`\b(?:no|not|n't|cannot|missing|unable|without|ENOENT)\b.{0,80}\b(?:${MANIFESTS})\b|\b(?:${MANIFESTS})\b.{0,80}(?:not found|missing|does(?:n't| not) exist|no such file|cannot be found)`,
  String.raw`doesn't seem to be part of the project|does not appear to contain CMakeLists|loading 'build\.ninja'|only supported from within a workspace|outside (?:of )?(?:a|an|the) \S* ?(?:workspace|project)|not (?:in|inside|within) (?:a|an) \S* ?(?:workspace|project)|should be run from the root|not (?:contain|include) a build|no settings file|does not contain a Gradle build|prefix .{0,80} does not contain`,
);

/**
 * A file was started in the wrong way, or by the wrong version: the message is about the code, but
 * the call is wrong.
 */
export const WRONG_START = words(
  'no required module provides package .*go\\.mod file not found|has not been booted with|commitlint|\\bcommit-msg\\b|cannot open display|^stat .{1,200}: directory not found$',
  'is not a TTY|attempted relative import with no known parent|Cannot use import statement outside a module|ERR_REQUIRE_ESM|require is not defined in ES module|ERR_UNKNOWN_FILE_EXTENSION',
  String.raw`\b(?:is|in|a) non-?interactive (?:mode|environment|shell|terminal)|environment is non-?interactive|not running interactively|have already activated \S+ [\d.]+, but your Gemfile`,
  String.raw`ERR_OSSL_EVP_UNSUPPORTED|digital envelope routines::unsupported|UnsupportedClassVersionError|GLIBC_\d|externally-managed-environment`,
);

/** Whether a runner or compiler reached the user's code: all later words are about that code. */
export function hasReachedCode(body: string): boolean {
  return VERDICTS().test(body) || PLACES().test(body);
}

/** Words in capitals and signs that runners print beside the name of a test or a step. */
const VERDICTS = lazy(
  () =>
    /^\s*(?:FAIL|FAILED|FAILURES?|✗|✘|✖|×|❌|●(?! Validation))(?: |$)|(?:(?<!BUILD) |\.|\])FAIL(?:ED)?(?: in |$| \(|:)|AssertionError|^E {2,}|^F+$|COMPILATION ERROR|error TS[12347]\d{3}:/m,
);

const PLACES = words(
  String.raw`\b\d+ (?:\w+ ){0,2}(?:failed|failing|failures?|errored)\b|^Failures:|Failure/Error|tests? failures|Tests run:|failing tests|test result: FAILED|assertion .{0,20}failed`,
  String.raw`: error (?:CS|FS|BC)\d+|^error\[E\d+\]|could not compile|undefined reference|compilation (?:error|failed)|failed to compile|error during build|Execution failed for task|Failed to execute goal`,
  String.raw`^(?:\w+: |\[\w+\] )?(?:psql:|file:/+)?(?!\S*(?:node_modules|site-packages|dist-packages|/gems/|^node:))[\w./@+-]+\.[a-z]\w{0,7}[:(]\[?\d+(?:[:,]\d+|:|\)|$)|^\s*--> \S+:\d+|^In \S+ line \d+|\bon line \d+|\bat \S+ line \d+\.`,
  String.raw`did not complete successfully: exit code|returned a non-zero code|would (?:be )?reformat|would be changed|code style issues|^Diff in |\b\d+ (?:problems?|errors?|warnings?|offenses?|issues?|vulnerabilit\w+)\b`,
);

function words(...alternatives: readonly string[]): () => RegExp {
  return lazy(() => new RegExp(alternatives.join('|'), 'im'));
}
