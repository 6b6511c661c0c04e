/** sluice create role, sluice delete role: giving a user a role in a project, and taking it away. */
import type { Command } from 'commander';
import { SluiceError } from '../model/errors.js';
import { ROLES } from '../model/identity.js';
import type { Cli } from './cli.js';
import { CompletableArgument, CompletableOption } from './completion/candidates.js';
import type { Json } from './resources/resource.js';
import { type Format, formatOption } from './terminal.js';
import { Context } from './verbs/context.js';

interface Flags {
  user: string;
  project: string;
  output: Format;
}

interface Action {
  method: 'PUT' | 'DELETE';
  about: string;
  done: (role: string, flags: Flags) => string;
}

const ACTIONS: Record<'create' | 'delete', Action> = {
  create: {
    method: 'PUT',
    about: 'give a user a role in a project',
    done: (role, { user, project }) => `${user} is ${role} of ${project}`,
  },
  delete: {
    method: 'DELETE',
    about: "take a user's role in a project away",
    done: (role, { user, project }) => `${user} is no ${role} of ${project} any more`,
  },
};

/** @param parent the verb's command */
export function addRoleCommand(parent: Command, verb: keyof typeof ACTIONS, cli: Cli): void {
  const { method, about, done } = ACTIONS[verb];
  parent
    .command('role')
    .alias('roles')
    .summary(about)
    .description(`${about[0]?.toUpperCase()}${about.slice(1)}.`)
    .addArgument(new CompletableArgument('<role>', `one of ${ROLES.join(', ')}`, { kind: 'words', words: ROLES }))
    .addOption(referring('user').makeOptionMandatory())
    .addOption(referring('project').makeOptionMandatory())
    .addOption(formatOption())
    .addHelpText('after', `\nExamples:\n  sluice ${verb} role member --user alice --project web-team`)
    .action(async (role: string, flags: Flags, command: Command) => {
      const context = new Context(await cli.client(command), cli.terminal, cli.world);
      const [user, project, id] = await Promise.all([
        context.names.keyOf('user', flags.user),
        context.names.keyOf('project', flags.project),
        roleId(context, role),
      ]);
      await context.client.send(method, `/identity/v3/projects/${project}/users/${user}/roles/${id}`);
      await cli.terminal.print(flags.output, { role: id, user, project }, () => [done(role, flags)]);
    });
}

function referring(type: 'user' | 'project'): CompletableOption {
  return new CompletableOption(`--${type} <${type}>`, `name or id of the ${type}`).completes({ kind: 'objects', type });
}

/** Roles have ids, which with another Keystone than Sluice's own are not their names. */
async function roleId({ client }: Context, name: string): Promise<string> {
  const { roles } = await client.get<{ roles: Json[] }>('/identity/v3/roles', { name });
  const [role] = roles;
  if (!role) {
    throw new SluiceError('not_found', `there is no role "${name}"; there are ${ROLES.join(', ')}`);
  }
  return String(role.id);
}
