import { live } from '../live/live-store.ts'
import { useStore } from '../store.ts'

const words = { live: 'Live', connecting: 'Connecting …', absent: 'No live figures' }

/** Whether what is seen is of this second. */
export function LiveState() {
  const { state } = useStore(live)
  return (
    <span className={`live-state is-${state}`}>
      <i className="dot" />
      {words[state]}
    </span>
  )
}
