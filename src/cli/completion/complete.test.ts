import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { startEach } from '../testing/each-test.js';
import type { FakeGateway } from '../testing/fake-gateway.js';
import { sluice } from '../testing/run.js';
import { scene } from '../testing/scene.js';
import { COMPLETE_COMMAND, SCRIPTS, SHELLS } from './scripts.js';

let gateway: FakeGateway;
startEach(scene, (started) => {
  gateway = started;
});

/** Words offered after a command line; its last word is being written. */
async function offered(line: string, socket = gateway.socket): Promise<string[]> {
  const { out } = await sluice([COMPLETE_COMMAND, '--', ...line.split(' ')], { env: { SLUICE_SOCKET: socket } });
  return out.split('\n').flatMap((entry) => (entry === '' ? [] : [entry.split('\t')[0] ?? '']));
}

describe('completion', () => {
  const cases: [string, string, string[]][] = [
    ['commands', 'st', ['stats', 'status']],
    ['kinds of resources', 'create l', ['loadbalancer', 'listener', 'l7policy', 'l7rule']],
    ['options', 'create listener web/x --prot', ['--protocol', '--protocol-port']],
    ['options of the program', 'get lb --so', ['--sort', '--socket']],
    ['choices', 'create listener web/x --protocol t', ['TCP', 'TERMINATED_HTTPS']],
    ['choices behind an equals sign', 'create listener web/x --protocol=U', ['--protocol=UDP']],
    ['forms of output', 'get lb -o ', ['table', 'json', 'yaml']],
    ['names', 'show lb ', ['web', 'shop']],
    ['paths', 'delete listener w', ['web/http', 'web/dns']],
    ['paths below paths', 'show member shop', ['shop/app/10.0.0.5:8080']],
    [
      'members by name and by address',
      'show member web',
      ['web/app/10.0.0.5:8080', 'web/app/six', 'web/app/[fd00::6]:8080'],
    ],
    ['more names, where several may be given', 'delete lb web s', ['shop']],
    ['parents of what is made', 'create hm ', ['web/app', 'shop/app']],
    ['parents of what is listed', 'get members sh', ['shop/app']],
    ['names in options', 'set listener web/http --default-pool web', ['web/app']],
    ['names under aliases of commands', 'show az ', ['east']],
    ['a quota by its project', 'show quota ', ['web-team']],
    ['columns, several between commas', 'get lb --columns name,vip_a', ['name,vip_address']],
    ['files', 'apply -f ', [':files']],
    ['files in arguments', 'backup ', [':files']],
    ['outcomes', 'explain drop_leases', ['drop_leases_exhausted']],
    ['nothing where a number belongs', 'create listener web/x --port ', []],
    ['nothing where nobody knows', 'nonsense ', []],
  ];
  it.each(cases)('offers %s', async (_sentence, line, words) => {
    expect(await offered(line)).toEqual(words);
  });

  it('offers no names where no gateway answers, and says nothing', async () => {
    expect(await sluice([COMPLETE_COMMAND, '--', 'show', 'lb', ''], { env: { SLUICE_SOCKET: '/nowhere' } })).toEqual({
      code: 0,
      out: '',
      err: '',
    });
  });

  it('asks the gateway that the line names', async () => {
    expect(await offered(`--socket ${gateway.socket} show lb w`, '/nowhere')).toEqual(['web']);
  });

  it('tells what each word is', async () => {
    const { out } = await sluice([COMPLETE_COMMAND, '--', 'fail']);
    expect(out).toBe('failover\tbring the data plane in line with load balancers again\n');
  });

  it.each(SHELLS)('prints the script of %s', async (shell) => {
    expect(await sluice(['completion', shell])).toEqual({ code: 0, out: SCRIPTS[shell], err: '' });
  });

  it('is hidden from the help', async () => {
    expect((await sluice(['--help'])).out).not.toContain(COMPLETE_COMMAND);
  });
});

describe('the script of bash', () => {
  /** What bash would put in place of the last word, with a program that offers `answer`. */
  function replies(line: string, answer: string): { replies: string[]; asked: string } {
    const program = `sluice() { printf '%s\n' "$@" >&3; printf '%b' '${answer}'; }`;
    const last = line.split(/[\s:=]/).at(-1);
    const state = `COMP_LINE='${line}' COMP_POINT=${line.length} COMP_WORDS=('${last}') COMP_CWORD=0`;
    const script = `${SCRIPTS.bash}\n${program}\n${state}\n_sluice\nprintf '%s\n' "\${COMPREPLY[@]}"`;
    const { stdout, output } = spawnSync('bash', ['--norc', '-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    return { replies: stdout.split('\n').slice(0, -1), asked: String(output[3]).trimEnd() };
  }

  it('asks with the words so far and takes words, not what they mean', () => {
    const { replies: words, asked } = replies('sluice show lb w', 'web\\tan id\\nweb 2\\t\\n');
    expect(asked.split('\n')).toEqual(['complete-words', '--', 'show', 'lb', 'w']);
    expect(words).toEqual(['web', 'web\\ 2']);
  });

  it('asks with an empty word behind a blank', () => {
    expect(replies('sluice show lb ', '').asked).toBe('complete-words\n--\nshow\nlb');
  });

  it.each([
    ['a colon', 'sluice show member app/10.0.0.5:80', 'app/10.0.0.5:8080\\t\\n', '8080'],
    ['an equals sign', 'sluice get lb --output=j', '--output=json\\t\\n', 'json'],
  ])('does not offer again what stands before %s', (_sentence, line, answer, reply) => {
    expect(replies(line, answer).replies).toEqual([reply]);
  });

  it('offers files where those are wanted', () => {
    expect(replies('sluice apply -f /etc/host', ':files\\n').replies).toContain('/etc/hostname');
  });
});
