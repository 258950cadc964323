/**
 * Arguments that are secrets, by program: `PROGRAM|PROGRAM SUBCOMMAND: RULES`. A short option among
 * the subcommands must be among the options. `-p` the next word, or what follows `-p=` · `-p*` the
 * rest of the same word · `@2` the second word that is not an option, `@-` the last · `*` every
 * word · a trailing `?` only if it looks like a password. A rule that ends in `:`, `%`, `,`, `/` or
 * `=` means the part after the first such character in that word.
 */
// biome-ignore format: a table
export const SECRET_ARGUMENTS: readonly string[] = [
  // databases
  'mysql|mysqldump|mysqladmin|mysqlimport|mysqlcheck|mysqlshow|mysqlsh|mysqlslap|mysqlbinlog|mariadb|mariadb-dump|mariadb-admin|mycli: -p* --password',
  'redis-cli|valkey-cli|keydb-cli: -a -a* --pass', 'mongo|mongosh|mongodump|mongorestore|mongoimport|mongoexport: -p -p* --password',
  'sqlcmd|bcp|isql|osql: -P -P*', 'sqlplus|sqlldr|impdp|expdp: @1/', 'cqlsh|cypher-shell|influx|beeline|snowsql|tabcmd: -p -password', 'db2 connect: using', 'clickhouse-client|trino|liquibase: --password', 'flyway: -password',
  // network
  'curl: -u: -u*: --user: -U: -U*: --proxy-user: -b= --cookie= --oauth2-bearer --pass --proxy-pass', 'wget|aria2c: --password --http-password --ftp-password --http-passwd --proxy-password',
  'http|https|xh: -a: --auth:', 'ab: -A: -P:', 'smbclient|smbmap|rpcclient|smbget: -U% -U*% --user% --password', 'lftp|ncftp: -u, -p', 'ncftpput|ncftpget|ncftpls: -p', 'mount|mount.cifs: -o password',
  'ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami|ldappasswd|ldapcompare: -w -w* -s', 'snmpwalk|snmpget|snmpset|snmpbulkwalk|snmptrap: -c -A -X', 'ipmitool: -P', 'crackmapexec|nxc|netexec|evil-winrm|hydra|medusa: -p',
  'mosquitto_pub|mosquitto_sub: -P --pw', 'mosquitto_passwd -b: @-', 'rabbitmqctl add_user: @2', 'rabbitmqctl change_password: @2', 'rabbitmqadmin: -p',
  'wpa_passphrase: @2', 'nmcli: password', 'iwctl: --passphrase', 'xfreerdp|xfreerdp3|wfreerdp|cmdkey: /p: /pass:', 'rdesktop: -p', 'plink|pscp|psftp: -pw', 'sshpass: -p -p*', 'tailscale up: --authkey --auth-key', 'cloudflared: --token', 'ngrok authtoken: @1', 'ngrok config add-authtoken: @1', 'wg set: private-key',
  // files and keys
  '7z|7za|7zr|7zz|p7zip: -p*', 'rar|unrar: -p* -hp*', 'zip|zipcloak: -P --password', 'unzip: -P', 'qpdf: --password', 'pdftk: user_pw owner_pw', 'gpg|gpg2: --passphrase', 'openssl: -k -K -psk -pass: -passin: -passout:',
  'ssh-keygen: -N -P', 'openssl passwd: @1', 'steghide|outguess: -p -k', 'keytool: -storepass -keypass -srcstorepass -deststorepass -destkeypass -new', 'jarsigner|apksigner: -storepass -keypass --ks-pass: --key-pass:', 'signtool: /p', 'security: -w -p -P', 'htpasswd -b: @-', 'ansible-vault encrypt_string: @1', 'ykman: -p --password', 'cryptsetup: --key',
  // accounts of the machine
  'net user: @2', 'net use: @-', 'samba-tool: --newpassword --adminpass', 'useradd|usermod: -p --password', 'schtasks: /rp /p', 'sudo|doas: --password', 'kinit: -w',
  // containers and clouds
  'docker|podman|nerdctl|buildah login: -p --password', 'helm registry login: -p --password', 'oras login: -p --password', 'crane auth login: -p', 'skopeo: --creds: --src-creds: --dest-creds: --password',
  'kubectl|oc create secret: --from-literal= --docker-password', 'kubectl: --token --password', 'oc login: -p --password --token', 'argocd login: --password', 'k3s|kubeadm: --token --certificate-key',
  'az login: -p --password', 'az sql: -p --admin-password', 'az: --password --admin-password --client-secret --account-key --sas-token --value', 'cf login: -p', 'cf auth: @2', 'ibmcloud login: -p --apikey', 'aws configure set: @2', 'aws ssm put-parameter: --value', 'aws: --secret-string --master-user-password --password --secret-access-key --session-token', 'gcloud: --password --root-password', 'gcloud auth activate-refresh-token: @2', 's3cmd: --secret_key --access_token', 'mc alias set: @3 @4', 'pulumi config set: @2',
  'fly|flyctl secrets: *=', 'doppler secrets set: *=', 'supabase secrets: *=', 'supabase: -p --password', 'etcdctl: --user: --password', 'bundle config: @-?', 'vercel: -t --token', 'netlify: --auth', 'netlify env:set: @2', 'surge|firebase|nordvpn: --token', 'eas secret:create: --value', 'wrangler: --token',
  // stores of secrets
  'vault|bao login: @1', 'vault|bao kv: *=', 'vault write: *=', 'vault operator unseal: @1', 'vault unseal: @1', 'consul|nomad: -token', 'consul acl set-agent-token: @2', 'op item: *=', 'op signin: @3 @4', 'bw unlock: @1', 'bw login: @2', 'chamber write: @3', 'credstash put: @2', 'rclone obscure: @1', 'infisical: --token', 'lpass: --password', 'keepassxc-cli: -p',
  // code and packages
  'gh secret set: -b -b* --body', 'gh variable set: -b -b* --body', 'gh auth: --token', 'glab auth login: -t --token', 'glab variable set: @2 -v --value', 'npm: --otp', 'npm config set: @2 *=', 'npm set: @2 *=', 'pnpm config set: @2 *=', 'yarn config set: @2', 'poetry config: @2 @3', 'pip config set: @2', 'composer config: @2 @3', 'twine: -p --password', 'poetry publish: -p --password', 'dotnet user-secrets set: @2', 'uv publish: -t -p --token --password', 'hatch publish: -a --auth', 'cargo login: @1', 'gem: --otp -k --key', 'nuget push: -k --api-key', 'nuget add: -p --password', 'nuget setapikey: @1', 'nuget: -ApiKey -Password', 'mvn: --encrypt-password', 'jf: --apikey --password --access-token', 'conan user: -p',
  'snyk auth: @1', 'sentry-cli login: --auth-token', 'sonar-scanner: -Dsonar.login -Dsonar.token', 'wandb login: @1', 'hf|huggingface-cli: --token', 'gitlab-runner register: -t -r --token --registration-token', 'config.sh: --token --pat', 'codecov|codecovcli: -t', 'cypress run: --key -k', 'fastlane: --git_basic_authorization', 'buildkite-agent: --token', 'stripe: --api-key', 'twilio login: --auth-token', 'datadog-ci: --apiKey', 'kcadm.sh: --password -p --new-password', 'xcrun|notarytool|altool: -p --password', 'wp: --user_pass --admin_password --dbpass', 'drush: --db-su-pw --account-pass', 'sf|sfdx|expo: -p --password',
];

/** Programs that read a secret from standard input: `echo SECRET | …`, `… <<< SECRET`. */
export const SECRET_READERS =
  /--password-stdin|--with-token|--passphrase-fd|-pass(?:in)? stdin|\bsudo\b[^|;\n]{0,60} -\w*S|\b(?:chpasswd|passwd|cryptsetup|kinit|smbpasswd|sshpass|keepassxc-cli)\b|\bsecrets? (?:put|set|add|create|versions add)\b|\bvault login -|\bgh (?:auth login|secret set)|\bop signin|\bbw (?:unlock|login)|\bpass insert|\bopenssl (?:passwd|enc)|\bhtpasswd -\w*i|--data-file[= ]-|\bwg (?:pubkey|set)|\benv add\b|--api-key-stdin|\bcargo login\b|\bencrypt_string\b/;
