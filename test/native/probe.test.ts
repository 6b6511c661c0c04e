/** Probes over TCP, UDP and ICMP, and what they leave on the wire. */
import { execFileSync, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { collect, MEMBER, NOBODY, OTHER_PORT, PORT, type ProbeWords, useProbeScene, v4, v6 } from './probe-scene.js';
import { inNamespace, inProcess, until } from './support.js';

const { EADDRNOTAVAIL, ECONNREFUSED, EHOSTUNREACH, EMFILE, EPERM, ETIMEDOUT } = constants.errno;
const { namespace, member, output, probe } = useProbeScene('probe');

interface Case {
  sentence: string;
  options: ProbeWords;
  end: object;
}

const cases: Case[] = [
  {
    sentence: 'a TCP port that answers',
    options: { kind: 'connect', address: MEMBER, port: PORT },
    end: { errno: 0 },
  },
  {
    sentence: 'a TCP port that answers over IPv6',
    options: { kind: 'connect', address: v6(2), port: PORT },
    end: { errno: 0 },
  },
  {
    sentence: 'a TCP port where nobody listens',
    options: { kind: 'connect', address: MEMBER, port: NOBODY },
    end: { errno: ECONNREFUSED },
  },
  {
    sentence: 'a network without a route',
    options: { kind: 'connect', address: v4(9, 1), port: PORT },
    end: { errno: EHOSTUNREACH },
  },
  {
    sentence: 'an address that nobody has',
    options: { kind: 'connect', address: v4(0, 77), port: PORT, timeoutMs: 30 },
    end: { errno: ETIMEDOUT },
  },
  {
    sentence: 'a stream that the other side closes',
    options: { kind: 'stream', address: MEMBER, port: PORT, send: 'bye', enough: 100 },
    end: { errno: 0, connected: true },
  },
  {
    sentence: 'a stream that stays silent',
    options: { kind: 'stream', address: MEMBER, port: PORT, timeoutMs: 30 },
    end: { errno: ETIMEDOUT, connected: true },
  },
  {
    sentence: 'a stream to nobody',
    options: { kind: 'stream', address: v4(0, 77), port: PORT, timeoutMs: 30 },
    end: { errno: ETIMEDOUT },
  },
  {
    sentence: 'a UDP port where nobody listens',
    options: { kind: 'datagram', address: MEMBER, port: NOBODY },
    end: { errno: ECONNREFUSED, icmp: { type: 3, code: 3, fromTarget: true } },
  },
  {
    sentence: 'a UDP port where nobody listens over IPv6',
    options: { kind: 'datagram', address: v6(2), port: NOBODY },
    end: { errno: ECONNREFUSED, icmp: { type: 1, code: 4, fromTarget: true } },
  },
  {
    sentence: 'a UDP port that says nothing',
    options: { kind: 'datagram', address: MEMBER, port: OTHER_PORT, timeoutMs: 30 },
    end: { errno: ETIMEDOUT },
  },
  {
    sentence: 'UDP beyond a router without a route',
    options: { kind: 'datagram', address: v4(8, 1), port: PORT },
    end: { errno: EHOSTUNREACH, icmp: { type: 3, code: 1, fromTarget: false } },
  },
  { sentence: 'an echo', options: { kind: 'echo', address: MEMBER }, end: { errno: 0 } },
  { sentence: 'an echo over IPv6', options: { kind: 'echo', address: v6(2) }, end: { errno: 0 } },
  { sentence: "an echo of the host's own", options: { kind: 'echo', address: [127, 0, 0, 1] }, end: { errno: 0 } },
  {
    sentence: 'an echo that nobody answers',
    options: { kind: 'echo', address: v4(0, 77), timeoutMs: 30 },
    end: { errno: ETIMEDOUT },
  },
  {
    sentence: 'an echo to an address that nobody has',
    options: { kind: 'echo', address: v4(0, 78) },
    end: { errno: EHOSTUNREACH, icmp: { type: 3, code: 1, fromTarget: false } },
  },
  {
    sentence: 'an echo to an IPv6 address that nobody has',
    options: { kind: 'echo', address: v6(78) },
    end: { errno: EHOSTUNREACH, icmp: { type: 1, code: 3, fromTarget: false } },
  },
  {
    sentence: 'an echo beyond a router without a route',
    options: { kind: 'echo', address: v4(8, 1) },
    end: { errno: EHOSTUNREACH, icmp: { type: 3, code: 1, fromTarget: false } },
  },
  {
    sentence: 'an echo that the other side refuses',
    options: { kind: 'echo', address: v4(7, 1) },
    end: { errno: EHOSTUNREACH, icmp: { type: 3, code: 13, fromTarget: true } },
  },
];

describe('a probe', () => {
  it.each(cases)('tells of $sentence', ({ options, end }) => {
    const result = probe(options);
    expect(result.end).toEqual({ ...end, microseconds: expect.any(Number) });
    const waited = (options.timeoutMs ?? 0) * 1000;
    if (waited > 0) expect(result.end!.microseconds).toBeGreaterThanOrEqual(waited);
  });

  it('reads a stream until it has enough', () => {
    const said = 'x'.repeat(20_000);
    const options = { kind: 'stream', address: MEMBER, port: PORT, send: said, enough: said.length } as const;
    expect(probe(options)).toEqual({ text: said });
  });

  it('reads no more of a stream than is asked for, and ends it', async () => {
    const options = { kind: 'stream', address: MEMBER, port: OTHER_PORT, enough: 20_000 } as const;
    expect(probe(options).text.length).toBeLessThanOrEqual(24_576);
    await until(() => output().includes('endless ended'));
  });

  it.each([['IPv4', MEMBER] as const, ['IPv6', v6(2)] as const])(
    'gets the answer to a datagram over %s',
    (_, address) => {
      expect(probe({ kind: 'datagram', address, port: PORT, send: 'ping' })).toEqual({ text: 'ping' });
    },
  );

  it('sends again while there is no answer', async () => {
    const before = output().split('silence').length;
    probe({ kind: 'datagram', address: MEMBER, port: OTHER_PORT, timeoutMs: 100, resendMs: 20 });
    await until(() => output().split('silence').length > before + 1);
  });

  it('tells nothing more once it was ended', () => {
    const answer = inNamespace(namespace, { port: PORT }, (addon, { port }) => {
      return new Promise<number[]>((resolve) => {
        const stay = setInterval(() => {}, 1000);
        const told: number[] = [];
        const prober = addon.openProber((id) => {
          told.push(id);
          clearInterval(stay);
          resolve(told);
        });
        const options = { address: Uint8Array.of(198, 18, 0, 2), port, timeoutMs: 60_000 };
        const ended = [1, 2, 3].map(() => prober.begin({ kind: 'stream', ...options }));
        for (const id of ended) prober.end(id);
        prober.end(99);
        prober.resume(99);
        // In the order of the thread, this is the last to be answered.
        prober.begin({ kind: 'connect', ...options });
      });
    });
    expect(answer).toEqual([4]);
  });

  it('keeps no process from ending', () => {
    const answer = inNamespace(namespace, { port: PORT }, (addon, { port }) => {
      return new Promise<string>((resolve) => {
        const prober = addon.openProber(() => {});
        prober.begin({ kind: 'stream', address: Uint8Array.of(198, 18, 0, 2), port, timeoutMs: 600_000 });
        process.once('beforeExit', () => resolve('ended'));
      });
    });
    expect(answer).toBe('ended');
  });

  it('is one of ten thousand at once', () => {
    const answer = inNamespace(namespace, { port: PORT, nobody: NOBODY }, (addon, { port, nobody }) => {
      const counts: Record<string, number> = {};
      return new Promise<typeof counts>((resolve) => {
        const stay = setInterval(() => {}, 1000);
        let left = 10_000;
        const prober = addon.openProber((_, news) => {
          const name = news.bytes ? 'bytes' : news.errno;
          counts[name] = (counts[name] ?? 0) + 1;
          if (--left > 0) return;
          clearInterval(stay);
          resolve(counts);
        });
        const address = Uint8Array.of(198, 18, 0, 2);
        for (let i = 0; i < 2500; i++) {
          prober.begin({ kind: 'connect', address, port, timeoutMs: 60_000 });
          prober.begin({ kind: 'connect', address, port: nobody, timeoutMs: 60_000 });
          prober.begin({ kind: 'echo', address, timeoutMs: 60_000, resendMs: 5000 });
          prober.begin({ kind: 'stream', address, port: nobody, timeoutMs: 60_000 });
        }
      });
    });
    expect(answer).toEqual({ 0: 5000, [ECONNREFUSED]: 5000 });
  });
});

describe('what is the fault of this host', () => {
  it('is told apart: no descriptor left', () => {
    const answer = inNamespace(namespace, {}, (addon) => {
      return new Promise<object>((resolve) => {
        const stay = setInterval(() => {}, 1000);
        const prober = addon.openProber((_, news) => {
          clearInterval(stay);
          resolve(news);
        });
        const { openSync } = process.getBuiltinModule('node:fs');
        try {
          for (;;) openSync('/dev/null', 'r');
        } catch {}
        prober.begin({ kind: 'connect', address: Uint8Array.of(127, 0, 0, 1), port: 1, timeoutMs: 1000 });
      });
    });
    expect(answer).toMatchObject({ errno: EMFILE, local: true });
  });

  it('is told apart: no port left', () => {
    const sysctl = (value: string) =>
      execFileSync('nsenter', [
        `--net=/run/netns/${namespace}`,
        ...['sysctl', '-qw', `net.ipv4.ip_local_port_range=${value}`],
      ]);
    sysctl('40000 40001');
    const answer = inNamespace(namespace, { port: PORT }, (addon, { port }) => {
      return new Promise<object>((resolve) => {
        const stay = setInterval(() => {}, 1000);
        const prober = addon.openProber((_, news) => {
          prober.close();
          clearInterval(stay);
          resolve(news);
        });
        const address = Uint8Array.of(198, 18, 0, 2);
        for (let i = 0; i < 3; i++) prober.begin({ kind: 'stream', address, port, timeoutMs: 60_000 });
      });
    });
    sysctl('32768 60999');
    expect(answer).toMatchObject({ errno: EADDRNOTAVAIL, local: true });
  });

  it('is told apart: echo without the right to it', () => {
    const without = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];
    const namespaces = ['nsenter', `--net=/run/netns/${namespace}`];
    const echo = inProcess(
      {},
      (addon) =>
        new Promise<object>((resolve) => {
          const stay = setInterval(() => {}, 1000);
          const prober = addon.openProber((_, news) => {
            clearInterval(stay);
            resolve(news);
          });
          prober.begin({ kind: 'echo', address: Uint8Array.of(127, 0, 0, 1), timeoutMs: 1000 });
        }),
      [...namespaces, ...without],
    );
    expect(echo).toMatchObject({ errno: EPERM, local: true });
  });
});

describe('what is on the wire', () => {
  it('is SYN, SYN-ACK and RST, and nothing else', async () => {
    const words = ['tcpdump', '-i', 'to0', '-nn', '-l', '--immediate-mode', '-c', '15', `tcp port ${PORT}`];
    const capture = spawn('nsenter', [`--net=/run/netns/${member}`, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const packets = collect(capture.stdout);
    const progress = collect(capture.stderr);
    await until(() => progress().includes('listening on'));
    for (let i = 0; i < 5; i++) probe({ kind: 'connect', address: MEMBER, port: PORT });
    await until(() => capture.exitCode !== null && packets().split('\n').length > 15);
    const flags = [...packets().matchAll(/Flags \[(.*?)\]/g)].map((match) => match[1]);
    expect(flags).toEqual(Array(5).fill(['S', 'S.', 'R.']).flat());
  });

  it('gives the application nothing to accept', async () => {
    const accepted = () => output().split('accepted').length;
    const before = accepted();
    probe({ kind: 'connect', address: MEMBER, port: PORT });
    const connect = `exec 3<>/dev/tcp/198.18.0.2/${PORT}`;
    execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'bash', '-c', connect]);
    await until(() => accepted() > before);
    expect(accepted()).toBe(before + 1);
  });

  it('leaves no TIME-WAIT behind a stream', () => {
    const states = (space: string) =>
      execFileSync('nsenter', [`--net=/run/netns/${space}`, 'ss', '-Htan', 'state', 'time-wait'], { encoding: 'utf8' });
    const before = states(namespace) + states(member);
    probe({ kind: 'stream', address: MEMBER, port: PORT, send: 'x' });
    expect(states(namespace) + states(member)).toBe(before);
  });
});
