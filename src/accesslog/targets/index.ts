/** The target that the host file asks for. */
import type { AccessLogConfig } from '../../config/access-log-fields.js';
import { FileTarget } from './file.js';
import { journaldTarget } from './journald.js';
import { stdoutTarget } from './stdout.js';
import { SyslogTarget } from './syslog.js';
import type { Target } from './target.js';

const MEGABYTE = 1_000_000;

/** Nothing is opened before the first line. @throws SluiceError `unsupported`: see {@link stdoutTarget} */
export function openTarget(config: AccessLogConfig): Target {
  switch (config.target) {
    case 'file':
      return new FileTarget({
        path: config.path,
        rotateBytes: config.rotate_megabytes * MEGABYTE,
        keep: config.keep,
      });
    case 'journald':
      return journaldTarget();
    case 'syslog':
      return new SyslogTarget(config.syslog);
    case 'stdout':
      return stdoutTarget();
  }
}
