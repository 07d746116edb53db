import type { Project, Task } from '../generated/client.ts'
import { prisma } from './database.ts'

export function listProjects(organizationId: string): Promise<Project[]> {
  return prisma.project.findMany({ where: { organizationId }, orderBy: { id: 'asc' } })
}

export function createProject(organizationId: string, name: string, tasks: string[]): Promise<Project> {
  return prisma.$transaction(async (tx) => {
    const project = await tx.project.create({ data: { organizationId, name } })
    const data = tasks.map((title) => ({ organizationId, projectId: project.id, title }))
    await tx.task.createMany({ data })
    return project
  })
}

// Whoever wrote this forgot whose project it is.
export function findProject(id: number): Promise<(Project & { tasks: Task[] }) | null> {
  return prisma.project.findUnique({ where: { id }, include: { tasks: true } })
}

export async function finishTask(organizationId: string, id: number): Promise<boolean> {
  const { count } = await prisma.task.updateMany({ where: { id, organizationId }, data: { done: true } })
  return count === 1
}

export async function countOpenTasks(organizationId: string): Promise<number> {
  const rows = await prisma.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from tasks where organization_id = ${organizationId}::uuid and not done`
  return rows[0]?.count ?? 0
}
