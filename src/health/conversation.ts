/** What is said over a TCP or TLS connection during a check. One object serves one probe. */

export interface Conversation {
  /** First thing sent. */
  readonly send: Uint8Array;
  /** Takes in what the member said. True: heard enough to judge. */
  hear(bytes: Uint8Array): boolean;
  /** The member closed the connection. */
  close(): void;
  /** Whether anything was heard. */
  readonly begun: boolean;
  /** Once enough was heard, or after `close`: why the member is not well; undefined: it is. */
  cause(): string | undefined;
}

/** Bytes of a stranger as one short line of printable characters. */
export function excerpt(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0] ?? '';
  const printable = line.replace(/[^\x20-\x7e]/g, '.');
  return printable.length > 40 ? `${printable.slice(0, 40)}…` : printable;
}
