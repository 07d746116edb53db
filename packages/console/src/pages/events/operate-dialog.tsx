import { discardEvents, type EventLine, replayEvents } from '../../api/events.ts'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { groupEvents } from './group-events.ts'
import { OperatorField, type OperatorName, useOperatorName } from './operator-field.tsx'

/** What is to be done with which events. */
export type Operation =
  | { readonly kind: 'replay' | 'discard'; readonly events: readonly EventLine[] }
  | { readonly kind: 'replay-all'; readonly tenant: string; readonly service: string }

interface OperateDialogProps {
  readonly operation: Operation
  readonly onDone: () => void
  readonly onClose: () => void
}

/** Asks once more, says what follows and by whose name it is put on record, and does it. */
export function OperateDialog({ operation, onDone, onClose }: OperateDialogProps) {
  const operator = useOperatorName()
  const isDiscard = operation.kind === 'discard'
  return (
    <ConfirmDialog
      title={`${isDiscard ? 'Discard' : 'Replay'} ${whatOf(operation)}?`}
      verb={isDiscard ? 'Discard' : 'Replay'}
      isDangerous={isDiscard}
      isReady={operator.name !== ''}
      act={() => operate(operation, operator)}
      onDone={onDone}
      onClose={onClose}
    >
      <p>
        {isDiscard
          ? 'They are put away for good, and what waits behind them is delivered. This is not undone.'
          : 'They are delivered again, each under its id and before what came after it. What was handled already is not handled twice.'}
      </p>
      {operator.isKnown ? (
        <p className="quiet">On record as done by {operator.name}.</p>
      ) : (
        <OperatorField operator={operator} />
      )}
    </ConfirmDialog>
  )
}

async function operate(operation: Operation, { name: operator }: OperatorName): Promise<void> {
  if (operation.kind === 'replay-all') {
    await replayEvents({ operator, tenant: operation.tenant, service: operation.service })
    return
  }
  const act = operation.kind === 'replay' ? replayEvents : discardEvents
  // One after the other: the first that is refused is told, and those before it are done.
  for (const group of groupEvents(operation.events)) await act({ operator, ...group })
}

function whatOf(operation: Operation): string {
  if (operation.kind === 'replay-all')
    return `all dead events of ${operation.tenant} for ${operation.service}`
  const { length } = operation.events
  return `${length} ${length === 1 ? 'event' : 'events'}`
}
