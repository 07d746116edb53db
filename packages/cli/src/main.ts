import { Command, CommanderError } from 'commander'
import { adoptCommand } from './commands/adopt.ts'
import { applyCommand } from './commands/apply.ts'
import { auditCommand } from './commands/audit.ts'
import { costCommand } from './commands/cost.ts'
import { deployCommand } from './commands/deploy.ts'
import { eventsCommand } from './commands/events.ts'
import { explainCommand } from './commands/explain.ts'
import { keyCommand } from './commands/key.ts'
import { keysCommand } from './commands/keys.ts'
import { limitCommand } from './commands/limit.ts'
import { migrateCommand } from './commands/migrate.ts'
import { planCommand } from './commands/plan.ts'
import { startCommand } from './commands/start.ts'
import { tenantCommand } from './commands/tenant.ts'
import { tokenCommand } from './commands/token.ts'
import { tokensCommand } from './commands/tokens.ts'
import { topCommand } from './commands/top.ts'
import { usageCommand } from './commands/usage.ts'
import { printError } from './print-error.ts'

const program = new Command('tenantry')
  .description('Write single-tenant services. Tenantry runs them multi-tenant.')
  .showHelpAfterError('(see `tenantry --help`)')
  .addCommand(startCommand())
  .addCommand(tokenCommand())
  .addCommand(tokensCommand())
  .addCommand(tenantCommand())
  .addCommand(limitCommand())
  .addCommand(keyCommand())
  .addCommand(keysCommand())
  .addCommand(eventsCommand())
  .addCommand(explainCommand())
  .addCommand(topCommand())
  .addCommand(usageCommand())
  .addCommand(costCommand())
  .addCommand(migrateCommand())
  .addCommand(auditCommand())
  .addCommand(adoptCommand())
  .addCommand(planCommand())
  .addCommand(applyCommand())
  .addCommand(deployCommand())

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) printError(error)
  process.exitCode ||= 1
}
