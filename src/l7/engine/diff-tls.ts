/** Differences of certificates, certificate authorities and revocation lists: all three are told in the same way. */
import type { ProxyConfig } from '../proxy-config.js';
import { type Command, commitTls, deleteTls, newTls, PAYLOAD_BYTES, plain, setTls, type TlsKind } from './commands.js';
import type { Part } from './diff.js';
import { type FileKind, pathOf, sameText } from './kinds.js';

export function diffTls(kind: FileKind, tls: TlsKind, previous: ProxyConfig, next: ProxyConfig, run: string): Part {
  const [old, wanted] = [kind.of(previous), kind.of(next)] as [
    ReadonlyMap<string, string>,
    ReadonlyMap<string, string>,
  ];
  if (old === wanted) {
    return {};
  }
  const before: Command[] = [];
  const reload: string[] = [];
  for (const [name, pem] of wanted) {
    const path = pathOf(kind, name, run);
    const change = [setTls(tls, path, pem), commitTls(tls, path)];
    if (sameText(old.get(name), pem)) {
      continue;
    }
    if (Buffer.byteLength(pem) > PAYLOAD_BYTES) {
      reload.push(`${kind.folder}/${name} is longer than ${PAYLOAD_BYTES} bytes`);
    } else {
      before.push(...(old.has(name) ? change : [newTls(tls, path), ...change]));
    }
  }
  const gone = [...old.keys()].filter((name) => !wanted.has(name));
  const after = gone.map((name) => plain(deleteTls(tls, pathOf(kind, name, run))));
  return { before: before.map(plain), after, reload };
}
