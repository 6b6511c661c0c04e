import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LOADBALANCER_DEFAULTS } from '../../model/defaults.js';
import { startEach } from '../testing/each-test.js';
import { FakeGateway } from '../testing/fake-gateway.js';
import { sluice } from '../testing/run.js';

let gateway: FakeGateway;
startEach(
  () => new FakeGateway(),
  (started) => {
    gateway = started;
  },
);

const SUMMARY = {
  dry_run: false,
  created: ['new'],
  updated: ['web'],
  unchanged: ['shop'],
  deleted: [],
  changes: ['+ member 10.0.0.5:80 of web/http: weight 1'],
  warnings: [{ code: 'invalid', path: 'loadbalancers[0].name', message: 'is odd' }],
  milliseconds: 12.4,
};
const FILE = 'loadbalancers: []\n';

describe('sluice apply', () => {
  it('sends the file as it is and prints what became of it', async () => {
    const file = gateway.file('web.yaml');
    writeFileSync(file, FILE);
    const request = `POST /apply?source=${file}&dry_run=false&prune=true&adopt=true`;
    gateway.answer(request, { body: SUMMARY });
    const { code, out } = await sluice(['--socket', gateway.socket, 'apply', '-f', file, '--prune', '--adopt']);
    expect(gateway.changes).toEqual([[request, FILE]]);
    expect([code, out.split('\n')]).toEqual([
      0,
      [
        '+ loadbalancer new',
        '~ loadbalancer web',
        '  + member 10.0.0.5:80 of web/http: weight 1',
        'warning: loadbalancers[0].name: is odd',
        '1 created, 1 updated, 1 unchanged in 12 ms',
        '',
      ],
    ]);
  });

  it('takes no second file, of which it would have to forget the first', async () => {
    const { code, err } = await sluice(['--socket', gateway.socket, 'apply', '-f', 'a.yaml', '-f', 'b.yaml']);
    expect([code, err]).toEqual([2, expect.stringContaining("argument 'b.yaml' is invalid; give one file")]);
    expect(gateway.changes).toEqual([]);
  });

  it('shows before it happens what would change, object by object', async () => {
    const before = { ...LOADBALANCER_DEFAULTS, id: 'w', name: 'web', vip_address: '198.18.0.10' };
    const after = { ...before, description: 'x' };
    const request = 'POST /apply?source=standard input&dry_run=true&prune=false&adopt=false';
    const answer = { ...SUMMARY, created: [], dry_run: true, warnings: [], before: [before], after: [after] };
    gateway.answer(request, { body: answer });
    const argv = ['--socket', gateway.socket, 'apply', '-f', '-', '--dry-run'];
    expect((await sluice(argv, { input: FILE })).out.split('\n')).toEqual([
      '~ loadbalancer web',
      '    description: "" -> x',
      'data plane:',
      '  + member 10.0.0.5:80 of web/http: weight 1',
      'would be: 1 updated, 1 unchanged; nothing was changed',
      '',
    ]);
    const json = JSON.parse((await sluice([...argv, '-o', 'json'], { input: FILE })).out);
    expect(json.objects).toEqual([
      {
        action: 'update',
        kind: 'loadbalancer',
        path: 'web',
        depth: 0,
        fields: [{ name: 'description', before: '', after: 'x' }],
      },
    ]);
    expect(json).not.toHaveProperty('before');
  });

  it('names a file that is not there', async () => {
    const { code, err } = await sluice(['apply', '-f', '/nowhere.yaml']);
    expect([code, err]).toEqual([2, expect.stringContaining('/nowhere.yaml: there is no such file')]);
  });
});
