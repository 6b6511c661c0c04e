/** Regular expressions of rules as PCRE runs them. */

/**
 * Steps that PCRE takes for one expression and one text at most; then the text counts as one that does not match. Without this an
 * expression such as `(a+)+$` keeps a thread of the proxy busy for 30 ms and more with each request that was made for it; with it, half a ms.
 */
const MATCH_LIMIT = 100_000;

/** The expression with its bound, which PCRE reads from its beginning. */
export function boundedPattern(expression: string): string {
  return `(*LIMIT_MATCH=${MATCH_LIMIT})${expression}`;
}
