/** Words of HAProxy's configuration, made safe: what people wrote must never end a word, a line or a condition. */

/** Timers of HAProxy are 32 bits of milliseconds. */
const LONGEST = 2_147_483_647;
const PLAIN_WORD = /^[\w.:/@=-]+$/;
const PLAIN_ARGUMENT = /^[\w-]+$/;

/** One word, whatever it holds. In strong quotes nothing but the quote itself has a meaning. */
export function word(text: string): string {
  return PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** One word that HAProxy reads as a format: everything stands for itself. */
export function formatWord(text: string): string {
  return word(text.replaceAll('%', '%%'));
}

/**
 * A sample with a name in its brackets, such as `req.cook(sid)`.
 * @param name a token of RFC 9110, or another text without `"` and `\`
 */
export function sample(fetch: string, name: string): string {
  return `${fetch}(${PLAIN_ARGUMENT.test(name) ? name : `"${name}"`})`;
}

/** A comment that stays one line. */
export function comment(text: string): string {
  return `# ${text.replaceAll(/[\r\n]+/g, ' ')}`;
}

/** An object for a comment: `load balancer "web" (6f1d…)`. */
export function label(kind: string, { name, id }: { name: string; id: string }): string {
  return name === '' ? `${kind} ${id}` : `${kind} ${JSON.stringify(name)} (${id})`;
}

/** Milliseconds of a timeout. Octavia's 0 is HAProxy's: it never strikes. */
export function timeout(milliseconds: number): string {
  return `${milliseconds === 0 ? LONGEST : Math.min(milliseconds, LONGEST)}ms`;
}

/** A section: its header, then lines that are indented. */
export function section(header: string, lines: readonly string[]): string {
  return `${[header, ...lines.map((line) => `  ${line}`)].join('\n')}\n`;
}
