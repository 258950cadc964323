import fc from 'fast-check';

export interface AnySettings {
  readonly text: string;
  readonly value: Record<string, unknown>;
}

const handler = fc.record(
  {
    type: fc.constant('command'),
    command: fc.string({ unit: 'grapheme' }),
    timeout: fc.integer({ min: 1, max: 600 }),
    '_by ü': fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: ['type', 'command'] },
);
const group = fc.record(
  { matcher: fc.string(), hooks: fc.array(handler, { maxLength: 3 }) },
  { requiredKeys: ['hooks'] },
);
const eventName = fc.constantFrom(
  'PreToolUse',
  'PostToolUse',
  'SessionStart',
  'Stop',
  'NotYetInvented',
);
const hooks = fc.dictionary(eventName, fc.array(group, { maxLength: 3 }), {
  noNullPrototype: true,
});
const otherKey = fc
  .string({ minLength: 1 })
  .filter((key) => !['hooks', '__proto__', 'disableAllHooks'].includes(key));
const others = fc.dictionary(otherKey, fc.jsonValue({ maxDepth: 2, noUnicodeString: false }), {
  noNullPrototype: true,
  maxKeys: 4,
});

const settings = fc.tuple(others, fc.option(hooks, { nil: undefined }), others).map(
  ([before, middle, after]): Record<string, unknown> => ({
    ...before,
    ...(middle === undefined ? {} : { hooks: middle }),
    ...after,
  }),
);

const whiteSpace = fc.constantFrom(
  '',
  '',
  ' ',
  '  ',
  '\t',
  '\n',
  '\n  ',
  '\n    ',
  '\n\t\t',
  '\r\n',
  '\r\n  ',
  '\n\n',
);

/** Settings with any content, and white space of any kind wherever JSON allows it. */
export const anySettingsText: fc.Arbitrary<AnySettings> = fc
  .tuple(
    settings,
    fc.oneof(
      fc.constantFrom(undefined, 2, 4, '\t'),
      fc.array(whiteSpace, { minLength: 1, maxLength: 40 }),
    ),
    whiteSpace,
  )
  .map(([raw, spacing, end]) => {
    const text = Array.isArray(spacing)
      ? print(raw, spaces(spacing))
      : JSON.stringify(raw, null, spacing);
    return { text: text + end, value: JSON.parse(text) };
  });

function spaces(list: readonly string[]): () => string {
  let index = 0;
  return () => list[index++ % list.length] ?? '';
}

function print(value: unknown, space: () => string): string {
  if (Array.isArray(value))
    return `[${join(
      value.map((part) => print(part, space)),
      space,
    )}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(
    ([key, part]) => `${JSON.stringify(key)}${space()}:${space()}${print(part, space)}`,
  );
  return `{${join(parts, space)}}`;
}

function join(parts: readonly string[], space: () => string): string {
  if (parts.length === 0) return space();
  return parts.map((part) => `${space()}${part}${space()}`).join(',');
}
