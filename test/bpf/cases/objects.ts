/** The kernel that runs the tests accepts every BPF object. The gateway's is proved by all the other cases. */
import { bpfObjectPath, loadAddon } from '../../../src/datapath/addon.js';
import type { Case } from '../case.js';

export const OBJECT_CASES: readonly Case[] = [
  {
    sentence: 'the receiver object loads',
    run: async () => {
      const object = loadAddon().openObject(bpfObjectPath('receiver'));
      try {
        await object.load();
      } finally {
        object.close();
      }
    },
  },
];
