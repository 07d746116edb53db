import { Command } from 'commander'
import { connectControlPlane } from '../connect-control-plane.ts'
import { explainScreen } from '../explain-screen.ts'

/** `tenantry explain`: why one request was resolved, placed, limited or refused as it was, and what it brought about. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('show why a request went as it did, and each hop of it')
    .argument('<request-id>', 'the `x-request-id` of its answer, or the id of its trace or of an event')
    .option('--json', 'as JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const explanation = await connectControlPlane().explain(id)
      console.log(json ? JSON.stringify(explanation, undefined, 2) : explainScreen(explanation))
    })
}
