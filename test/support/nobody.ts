/**
 * In front of a command: runs it as the user nobody, who may read every file (the checkout may lie in a folder that only its owner may
 * enter) and nothing else.
 */
export const AS_NOBODY = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=+dac_read_search',
  '--ambient-caps=+dac_read_search',
  '--',
] as const;
