/** Projects. Administrators see all, everybody else those she has a role in. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DOMAIN } from '../../identity/login.js';
import { createProject, deleteProject, updateProject } from '../../identity/operations/projects.js';
import { notFound } from '../../identity/operations/refusals.js';
import { may } from '../../identity/policy.js';
import { projectsOf } from '../../identity/roles.js';
import type { Caller, Project } from '../../model/identity.js';
import { BODY_SCHEMAS, readProjectCreate, readProjectPatch } from './bodies.js';
import type { Desk } from './desk.js';
import { filtered, listBody } from './lists.js';
import { document } from './openapi.js';
import { projectView } from './views.js';

interface ById {
  Params: { project_id: string };
}

export const PROJECT_FILTERS = {
  id: ({ id }: Project) => id,
  name: ({ name }: Project) => name,
  enabled: ({ enabled }: Project) => enabled,
  domain_id: () => DOMAIN.id,
  parent_id: () => DOMAIN.id,
  is_domain: () => false,
};

export function projectRoutes(server: FastifyInstance, desk: Desk): void {
  const one = '/projects/:project_id';
  const presenter = (request: FastifyRequest) => (project: Project) => ({
    project: projectView(project, desk.link(request)),
  });

  server.get('/projects', document('List projects'), async (request) => {
    const caller = await desk.caller(request);
    return projectList(request, desk, visibleProjects(desk, caller), '/projects');
  });

  server.get<ById>(one, document('Show a project'), async (request) => {
    const caller = await desk.caller(request);
    const { project_id: id } = request.params;
    const project = visibleProjects(desk, caller).find((visible) => visible.id === id);
    if (!project) {
      throw notFound('project', id);
    }
    return presenter(request)(project);
  });

  server.post(
    '/projects',
    document('Create a project', {
      audited: { action: 'create', kind: 'project' },
      root: 'project',
      body: BODY_SCHEMAS.projectCreate,
    }),
    desk.administer((request) => {
      const operation = createProject(readProjectCreate(request.body));
      return { status: 201, operation, present: presenter(request) };
    }),
  );

  server.patch<ById>(
    one,
    document('Change a project', {
      audited: { action: 'update', kind: 'project' },
      root: 'project',
      body: BODY_SCHEMAS.projectPatch,
    }),
    desk.administer((request: FastifyRequest<ById>) => {
      const operation = updateProject(request.params.project_id, readProjectPatch(request.body));
      return { status: 200, operation, present: presenter(request) };
    }),
  );

  server.delete<ById>(
    one,
    document('Delete a project', { audited: { action: 'delete', kind: 'project' } }),
    desk.administer(({ params }: FastifyRequest<ById>) => ({
      status: 204,
      operation: deleteProject(params.project_id),
    })),
  );
}

/** A list narrowed down by the request's parameters. */
export function projectList(request: FastifyRequest, desk: Desk, projects: readonly Project[], path: string): object {
  const link = desk.link(request);
  const items = filtered(request, projects, PROJECT_FILTERS).map((project) => projectView(project, link));
  return listBody('projects', items, link(path));
}

function visibleProjects(desk: Desk, caller: Caller): Project[] {
  const all = [...desk.state.projects.values()];
  if (may(caller, 'identity')) {
    return all;
  }
  const own = projectsOf(desk.state, caller.user.id);
  return all.filter(({ id }) => own.has(id) || id === caller.project?.id);
}
