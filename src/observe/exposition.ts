/**
 * Prometheus' text format, version 0.0.4. The library's registry would keep, hash and copy each series of each scrape, which with
 * 10,000 members holds the daemon up for longer than health results may take; here the labels of an object become text once.
 */

/** Labels as text without the braces, empty for none; see {@link labelText}. */
export type LabelText = string;
export type Sample = readonly [labels: LabelText, value: number];

export interface MetricHead {
  name: string;
  type: 'counter' | 'gauge';
  /** One line. */
  help: string;
}

/** `name="value",...`, values escaped. */
export function labelText(labels: Readonly<Record<string, string>>): LabelText {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(value)}"`)
    .join(',');
}

/** Both, either of which may be empty. */
export function joinLabels(first: LabelText, second: LabelText): LabelText {
  return first === '' || second === '' ? first + second : `${first},${second}`;
}

/** A metric with all its series, a line each; ends with a line feed. */
export function metricText({ name, type, help }: MetricHead, samples: Iterable<Sample>): string {
  let text = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  for (const [labels, value] of samples) {
    text += labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escapeValue(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => ESCAPES[character]!);
}
