import express from 'express'
import { authenticate } from './authenticate.ts'
import { prisma } from './database.ts'
import { countOpenTasks, createProject, findProject, finishTask, listProjects } from './projects.ts'

const app = express()
app.use(express.json())

app.get('/health', (_request, response) => {
  response.json({ status: 'ok' })
})

app.use(authenticate)

app.get('/projects', async (_request, response) => {
  response.json(await listProjects(response.locals.organizationId))
})

app.post('/projects', async (request, response) => {
  const { name, tasks = [] } = request.body
  response.status(201).json(await createProject(response.locals.organizationId, name, tasks))
})

app.get('/projects/:id', async (request, response) => {
  const project = await findProject(Number(request.params.id))
  if (project) response.json(project)
  else response.status(404).json({ message: 'no such project' })
})

app.post('/tasks/:id/finish', async (request, response) => {
  const finished = await finishTask(response.locals.organizationId, Number(request.params.id))
  response.status(finished ? 200 : 404).json({ finished })
})

app.get('/open-tasks', async (_request, response) => {
  response.json({ count: await countOpenTasks(response.locals.organizationId) })
})

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log('ready'))
server.on('close', () => prisma.$disconnect())
process.on('SIGTERM', () => server.close())

console.log(`projects of all organizations: ${await prisma.project.count().catch((error) => error.code)}`)
