/** Whether this host can run the data plane; what is missing is said before anything is touched. */
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { SluiceError } from '../model/errors.js';

/** What the checks look at. */
export interface HostFacts {
  /** `uname -r`. */
  release: string;
  /** Effective capabilities of this process, one bit each. */
  capabilities: bigint;
  /** Whether the kernel has BTF. */
  btf: boolean;
}

/** Capabilities by bit, see linux/capability.h. */
const NEEDED = { CAP_NET_ADMIN: 12, CAP_NET_RAW: 13, CAP_PERFMON: 38, CAP_BPF: 39 };
const CAP_SYS_ADMIN = 21;
const OLDEST = [6, 1] as const;

/** Facts of this host. */
export function hostFacts(): HostFacts {
  const status = readFileSync('/proc/self/status', 'utf8');
  const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return { release: release(), capabilities: BigInt(`0x${capabilities}`), btf: existsSync('/sys/kernel/btf/vmlinux') };
}

/** @throws SluiceError `permission_denied` or `kernel_unsupported`, naming what is missing and what to do */
export function checkHost(facts: HostFacts): void {
  const missing = missingCapabilities(facts.capabilities);
  if (missing.length > 0) {
    throw new SluiceError(
      'permission_denied',
      `the data plane needs root (missing: ${missing.join(', ')}); run as root, or set gateway.dataplane: none to serve the API only`,
    );
  }
  const [major = 0, minor = 0] = facts.release.split('.').map((part) => Number.parseInt(part, 10));
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new SluiceError(
      'kernel_unsupported',
      `Linux ${facts.release} is too old for the data plane; boot ${OLDEST.join('.')} or newer (Debian 12 has 6.1)`,
    );
  }
  if (!facts.btf) {
    throw new SluiceError(
      'kernel_unsupported',
      'the kernel has no type information (/sys/kernel/btf/vmlinux); boot one built with CONFIG_DEBUG_INFO_BTF=y, as distributions ship it',
    );
  }
}

function missingCapabilities(effective: bigint): string[] {
  const has = (bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n;
  return Object.entries(NEEDED)
    .filter(([name, bit]) => !has(bit) && !(has(CAP_SYS_ADMIN) && (name === 'CAP_BPF' || name === 'CAP_PERFMON')))
    .map(([name]) => name);
}
