import type { ReactNode } from 'react'
import { Dialog } from './dialog.tsx'
import { ErrorNotice } from './error-notice.tsx'
import { useAction } from './use-action.ts'

interface ConfirmDialogProps {
  readonly title: string
  /** What follows from it, in a sentence or two. */
  readonly children: ReactNode
  readonly verb: string
  readonly isDangerous?: boolean
  readonly isReady?: boolean
  readonly act: () => Promise<unknown>
  readonly onDone: () => void
  readonly onClose: () => void
}

/** Asks once more before something is done, and tells when it was refused. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, verb, isDangerous = false, isReady = true, onDone, onClose } = props
  const { run, isRunning, error } = useAction(props.act, () => {
    onClose()
    onDone()
  })
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className="dialog-body"
        onSubmit={(event) => {
          event.preventDefault()
          if (isReady) run()
        }}
      >
        {children}
        {error && <ErrorNotice error={error} />}
        <footer className="dialog-foot">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            className={isDangerous ? 'button is-dangerous' : 'button is-primary'}
            disabled={!isReady || isRunning}
          >
            {isRunning ? 'Under way …' : verb}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
