import type { HookEntry } from '../../../../lib/claude/settings/merge-hooks.ts';
import { createOwnEntryTest } from '../../../../lib/claude/settings/own-entry.ts';

/** A bin folder with everything in its path that a path can hold. */
export const BIN = '/home/jörg o\'neil/$HOME "state"/bin';

export const isOurs = createOwnEntryTest([BIN], ['stop', 'post-tool-use', 'session-start']);

export function entry(event: string, name: string, matcher?: string): HookEntry {
  const handler = { type: 'command', command: `${BIN}/${name}`, args: [], timeout: 5 };
  return { event, ...(matcher === undefined ? {} : { matcher }), handler };
}

export const ENTRIES: readonly HookEntry[] = [
  entry('SessionStart', 'session-start'),
  entry('PostToolUse', 'post-tool-use', 'Write|Edit'),
  entry('Stop', 'stop'),
];

/**
 * Hooks of three other toolkits, each in its own way of writing, among settings that nobody here
 * knows.
 */
export const OTHERS = `{
    "$schema": "https://json.schemastore.org/claude-code-settings.json",
    "model":   "opus",
    "hooks": {
        "PreToolUse": [ { "matcher": "Write|Edit|MultiEdit", "hooks": [ { "type": "command", "command": "guard --waymark" } ] } ],
        "PostToolUse": [
            {
                "matcher": "*",
                "hooks": [
                    {"type": "command", "command": "\\"$CLAUDE_PROJECT_DIR\\"/.claude/hooks/format.sh", "timeout": 30},
                    { "type": "http", "url": "http://127.0.0.1:4820/hook" }
                ]
            }
        ],
        "SessionStart": [{"hooks":[{"type":"command","command":"npx other-waymark start","async":true}]}],
        "PostCompact": []
    },
    "somethingNew": { "a": [1,2,  3], "b": null },
    "permissions": { "deny": ["Read(./.env)"] }
}
`;
