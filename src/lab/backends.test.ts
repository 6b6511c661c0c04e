import { expect, test } from 'vitest';
import { listeningPorts, nginxConfig } from './backends.js';

test('ports that listen are told from ports that are connected', () => {
  const tables = `  sl  local_address rem_address   st tx_queue
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000
   2: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000
`;
  expect([...listeningPorts(tables)]).toEqual([80, 22]);
});

test('nginx says who it is and whom it sees, as the other backend does', () => {
  const config = nginxConfig({ name: 'backend2', port: 8080, workers: 1, directory: '/d' });
  expect(config).toContain('{"backend":"backend2","client":"$remote_addr","clientPort":$remote_port}');
});
