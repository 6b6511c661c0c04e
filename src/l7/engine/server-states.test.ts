import { describe, expect, it } from 'vitest';
import { correction, parseServerStates } from './server-states.js';
import { backend, configOf } from './testing/configs.js';

const ANSWER = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 p_1 77 127.0.0.1:8001 127.0.0.1 2 0 1 1 29 1 0 2 0 0 0 1 - 8001 - 0 0 - - 0
3 p_1 78 127.0.0.1:8002 127.0.0.1 0 5 7 1 29 1 0 0 8 0 0 1 - 8002 - 0 0 - - 0
3 p_1 79 x ::1 2 8 1 1 29 1 0 0 8 0 0 1 - 80 - 0 0 - - 0
`;

describe('the state of servers', () => {
  it('is up where nothing keeps it from getting requests', () => {
    expect([...parseServerStates(ANSWER)]).toEqual([
      ['p_1/127.0.0.1:8001', { address: '127.0.0.1', port: 8001, weight: 1, up: true }],
      ['p_1/127.0.0.1:8002', { address: '127.0.0.1', port: 8002, weight: 7, up: false }],
      ['p_1/x', { address: '::1', port: 80, weight: 1, up: true }],
    ]);
  });

  it('is corrected where it is another than on disk', () => {
    const config = configOf({ backends: new Map([['p_1', backend('p_1', [8001, 8002, 8003])]]) });
    const { commands, missing, strangers } = correction(config, parseServerStates(ANSWER));
    expect(commands.map(({ text }) => text)).toEqual([
      'set server p_1/127.0.0.1:8002 weight 1',
      'set server p_1/127.0.0.1:8002 state ready',
    ]);
    expect(missing).toEqual(['p_1/127.0.0.1:8003']);
    expect([...strangers.keys()]).toEqual(['p_1/x']);
  });
});
