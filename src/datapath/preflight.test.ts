import { describe, expect, it } from 'vitest';
import { checkHost, type HostFacts } from './preflight.js';

const ROOT = (1n << 41n) - 1n;
const good: HostFacts = { release: '6.1.0-29-amd64', capabilities: ROOT, btf: true };
const without = (...bits: number[]): bigint => bits.reduce((all, bit) => all & ~(1n << BigInt(bit)), ROOT);

describe('checkHost', () => {
  it.each([
    ['Linux 6.1 with BTF and root', {}],
    ['a newer major', { release: '7.0.1' }],
    ['CAP_SYS_ADMIN instead of CAP_BPF and CAP_PERFMON', { capabilities: without(38, 39) }],
    ['CAP_BPF without CAP_SYS_ADMIN', { capabilities: without(21) }],
  ])('accepts %s', (_sentence, changes) => {
    expect(() => checkHost({ ...good, ...changes })).not.toThrow();
  });

  it.each([
    ['no root', { capabilities: 0n }, 'permission_denied', /run as root, or set gateway.dataplane: none/],
    ['one capability missing', { capabilities: without(12) }, 'permission_denied', /missing: CAP_NET_ADMIN\)/],
    ['neither CAP_BPF nor CAP_SYS_ADMIN', { capabilities: without(21, 39) }, 'permission_denied', /missing: CAP_BPF\)/],
    ['Linux 5.15', { release: '5.15.0' }, 'kernel_unsupported', /boot 6.1 or newer/],
    ['Linux 6.0', { release: '6.0.12' }, 'kernel_unsupported', /boot 6.1 or newer/],
    ['no BTF', { btf: false }, 'kernel_unsupported', /CONFIG_DEBUG_INFO_BTF/],
  ])('refuses %s and says what to do', (_sentence, changes, code, message) => {
    expect(() => checkHost({ ...good, ...changes })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
