/**
 * Where things are unless said otherwise. The host file's reader has the same; it is not asked here because it brings every schema
 * along, which takes longer to load than most commands take to run.
 */
export const HOST_FILE = '/etc/sluice/sluice.yaml';
export const SOCKET = '/run/sluice/sluice.sock';
