import { describe, expect, it } from 'vitest';
import { type AccessLogLinesInput, accessLogLines } from './lines.js';

const ID = '0e9c1e76-5f0c-4a53-9b8e-6f0d7f6c1a11';

function lines(
  listener: Partial<AccessLogLinesInput['listener']> = {},
  others: Partial<AccessLogLinesInput> = {},
): string[] {
  return accessLogLines({
    listener: { id: ID, protocol: 'HTTP', protocol_port: 80, access_log: true, compression: false, ...listener },
    loadbalancer: { vip_address: '198.51.100.1', additional_vips: [], public_addresses: [] },
    settings: { accessLog: { target: 'file' } },
    ...others,
  });
}

/** The log-format's fields. */
function fields(of: string[]): string[] {
  const format = of.find((line) => line.startsWith('log-format '))!;
  return format.slice('log-format "'.length, -1).split('\\t');
}

describe('directives of a frontend', () => {
  it('go to the descriptor that HAProxy is started with, in whole writes', () => {
    expect(lines()).toContain('log fd@3 len 4096 format raw local0');
  });

  it('know the VIP where there is one, and ask HAProxy where there are more', () => {
    const loadbalancer = { vip_address: 'fd00::1', additional_vips: [], public_addresses: ['192.0.2.1'] };
    expect(fields(lines()).slice(16, 18)).toEqual(['198.51.100.1', '80']);
    expect(fields(lines({}, { loadbalancer })).slice(16, 18)).toEqual(['%fi', '%fp']);
  });

  it('ask about TLS and compression only where there is any', () => {
    expect(fields(lines()).slice(21, 25)).toEqual(['-', '-', '-', '0']);
    const all = fields(lines({ protocol: 'TERMINATED_HTTPS', compression: true }));
    expect(all.slice(21, 25)).toEqual(['%sslv', '%sslc', '%[ssl_fc_sni,url_enc]', '%[res.comp]']);
  });

  it('without an access log are short and sampled', () => {
    for (const short of [lines({ access_log: false }), lines({}, { settings: { accessLog: null } })]) {
      expect(short).toContain('http-request set-log-level silent unless { rand(16) eq 0 }');
      expect(fields(short)).toEqual(['S', ID, '16', '%ST', '%ts', '%TR', '%Tr', '%Ta']);
      expect(short.join()).not.toContain('capture');
    }
  });

  it('of TCP frontends log connections, or nothing', () => {
    expect(fields(lines({ protocol: 'TCP' })).slice(0, 2)).toEqual(['T', ID]);
    expect(lines({ protocol: 'TCP', access_log: false })).toEqual(['no log']);
  });

  it('of other names are the same: no name is in them', () => {
    expect(lines({ name: 'a' } as object)).toEqual(lines({ name: 'b' } as object));
  });
});
