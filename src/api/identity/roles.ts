/** Roles, which are fixed, and who has them in which project. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requireProject } from '../../identity/operations/projects.js';
import { notFound } from '../../identity/operations/refusals.js';
import { assignRole, removeRole } from '../../identity/operations/role-assignments.js';
import { requireUser } from '../../identity/operations/users.js';
import { may } from '../../identity/policy.js';
import { assignmentId, roleNamed, rolesOn } from '../../identity/roles.js';
import { SluiceError } from '../../model/errors.js';
import { ROLES, type Role, type RoleAssignment } from '../../model/identity.js';
import { isObject } from '../../schema/faults.js';
import type { Desk } from './desk.js';
import { filtered, isAsked, listBody, parameter } from './lists.js';
import { document } from './openapi.js';
import { assignmentView, roleView } from './views.js';

interface ByProjectUser {
  Params: { project_id: string; user_id: string };
}
interface ByGrant {
  Params: ByProjectUser['Params'] & { role_id: string };
}

export function roleRoutes(server: FastifyInstance, desk: Desk): void {
  fixedRoleRoutes(server, desk);
  grantRoutes(server, desk);
  assignmentRoute(server, desk);
}

function fixedRoleRoutes(server: FastifyInstance, desk: Desk): void {
  server.get('/roles', document('List roles'), async (request) => {
    await desk.caller(request);
    const link = desk.link(request);
    const roles = filtered(request, ROLES, { name: (role: Role) => role, domain_id: () => null });
    return listBody(
      'roles',
      roles.map((role) => roleView(role, link)),
      link('/roles'),
    );
  });

  server.get<{ Params: { role_id: string } }>('/roles/:role_id', document('Show a role'), async (request) => {
    await desk.caller(request);
    return { role: roleView(requireRole(request.params.role_id), desk.link(request)) };
  });

  // Scripts that set OpenStack clouds up create the roles they need: those that exist are told so, as Keystone does.
  server.post('/roles', document('Refused: roles are fixed'), async (request) => {
    await desk.caller(request, 'identity');
    const role = isObject(request.body) && isObject(request.body.role) ? String(request.body.role.name) : '';
    throw roleNamed(role)
      ? new SluiceError('conflict', `role ${role} exists already`)
      : new SluiceError('permission_denied', `roles are fixed; use one of ${ROLES.join(', ')}`);
  });
}

function grantRoutes(server: FastifyInstance, desk: Desk): void {
  const grants = '/projects/:project_id/users/:user_id/roles';
  const one = `${grants}/:role_id`;

  server.get<ByProjectUser>(grants, document("List a user's roles in a project"), async (request) => {
    await desk.caller(request, 'identity');
    const { user_id, project_id } = request.params;
    requireUser(desk.state, user_id);
    requireProject(desk.state, project_id);
    const link = desk.link(request);
    const roles = rolesOn(desk.state, user_id, project_id).map((role) => roleView(role, link));
    return listBody('roles', roles, link(`/projects/${project_id}/users/${user_id}/roles`));
  });

  server.get<ByGrant>(one, document('Whether a user has a role in a project'), async (request, reply) => {
    await desk.caller(request, 'identity');
    const { user_id, project_id, role_id } = request.params;
    if (!desk.state.roleassignments.has(assignmentId(user_id, project_id, requireRole(role_id)))) {
      throw new SluiceError('not_found', `user ${user_id} does not have role ${role_id} in project ${project_id}`);
    }
    return reply.code(204).send();
  });

  server.put<ByGrant>(
    one,
    document('Give a user a role in a project', { audited: { action: 'create', kind: 'roleassignment' } }),
    desk.administer(({ params }: FastifyRequest<ByGrant>) => ({
      status: 204,
      operation: assignRole(params.user_id, params.project_id, requireRole(params.role_id)),
    })),
  );

  server.delete<ByGrant>(
    one,
    document("Take a user's role in a project away", { audited: { action: 'delete', kind: 'roleassignment' } }),
    desk.administer(({ params }: FastifyRequest<ByGrant>) => ({
      status: 204,
      operation: removeRole(params.user_id, params.project_id, requireRole(params.role_id)),
    })),
  );
}

function assignmentRoute(server: FastifyInstance, desk: Desk): void {
  const filters = {
    'user.id': ({ user_id }: RoleAssignment) => user_id,
    'role.id': ({ role }: RoleAssignment) => role,
    'scope.project.id': ({ project_id }: RoleAssignment) => project_id,
  };
  server.get('/role_assignments', document('List role assignments'), async (request) => {
    const caller = await desk.caller(request);
    const all = [...desk.state.roleassignments.values()];
    const visible = may(caller, 'identity') ? all : all.filter(({ user_id }) => user_id === caller.user.id);
    // There are none of groups, in domains or in the system.
    const elsewhere = ['group.id', 'scope.domain.id', 'scope.system'].some((name) => parameter(request, name));
    const link = desk.link(request);
    const named = isAsked(request, 'include_names') ? desk.state : undefined;
    const assignments = elsewhere ? [] : filtered(request, visible, filters);
    return listBody(
      'role_assignments',
      assignments.map((assignment) => assignmentView(assignment, link, named)),
      link('/role_assignments'),
    );
  });
}

/** @throws SluiceError `not_found` */
function requireRole(id: string): Role {
  const role = roleNamed(id);
  if (!role) {
    throw notFound('role', id);
  }
  return role;
}
