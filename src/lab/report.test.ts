import { expect, test } from 'vitest';
import { emptyResult } from './client-record.js';
import { type ReportInput, renderReport } from './report.js';

function input(change: (input: ReportInput) => void = () => undefined): ReportInput {
  const tcp = { ...emptyResult(), connections: 4, requests: 4, seconds: 0.5, backends: { backend1: 3, backend2: 1 } };
  const seen = { right: 3, wrong: 0, addresses: { '198.18.1.2': 1, '198.18.1.3': 1, '198.18.2.2': 1 } };
  tcp.seenBy = { backend1: seen, backend2: { right: 1, wrong: 0, addresses: { '198.18.1.2': 1 } } };
  const udp = { ...emptyResult(), connections: 2, requests: 2, backends: { backend1: 1, backend2: 1 } };
  const made: ReportInput = {
    members: [
      { name: 'backend1', address: '198.19.1.2', port: 80 },
      { name: 'backend2', address: '198.19.2.2', port: 80 },
    ],
    tcp,
    udp,
    listener: '198.18.200.1:80',
    commands: [{ command: 'sluice status', purpose: 'members and their health' }],
    colours: false,
  };
  change(made);
  return made;
}

test('each member stands with its connections and the clients it saw', () => {
  const { text, passed } = renderReport(input());
  expect(passed).toBe(true);
  expect(text.split('\n')).toEqual([
    '4 TCP connections to 198.18.200.1:80 in 0.50 s',
    '',
    '  member                  TCP  client address  UDP  clients it saw over TCP',
    '  backend1 198.19.1.2:80  3    right 3         1    198.18.1.2, 198.18.1.3, 198.18.2.2',
    '  backend2 198.19.2.2:80  1    right 1         1    198.18.1.2',
    '',
    '✓ every TCP connection was answered',
    '✓ members saw the clients themselves (TOA)',
    '✓ 2 UDP datagrams came back',
    '',
    'Try',
    '  members and their health',
    '    sluice status',
    '',
  ]);
});

test('failures are counted by kind and fail the run', () => {
  const { text, passed } = renderReport(
    input(({ tcp }) => {
      tcp.failed = 2;
      tcp.errors = { ECONNRESET: 1, timeout: 1 };
    }),
  );
  expect(passed).toBe(false);
  expect(text).toContain('✗ every TCP connection was answered: 2 of 4 failed (1 ECONNRESET, 1 timeout)');
});

test('a member that saw the gateway instead of the client fails the run', () => {
  const { text, passed } = renderReport(
    input(({ tcp }) => {
      tcp.seen.wrong = 1;
      tcp.seenBy.backend2 = { right: 0, wrong: 1, addresses: { '198.19.200.3': 1 } };
    }),
  );
  expect(passed).toBe(false);
  expect(text).toContain('right 0, wrong 1');
  expect(text).toContain('198.19.200.3');
});

test('colours appear only when asked for', () => {
  expect(renderReport(input()).text).not.toContain('\x1b');
  expect(renderReport(input((made) => (made.colours = true))).text).toContain('\x1b[32m✓');
});

test('no traffic at all is not a success', () => {
  expect(renderReport(input((made) => (made.tcp = emptyResult()))).passed).toBe(false);
});
