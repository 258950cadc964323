/** A clock that moves only when the test moves it. */
export function fakeClock(start = 1_790_000_000_000): {
  readonly clock: () => number;
  advance(ms: number): void;
} {
  let now = start;
  return {
    clock: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}
