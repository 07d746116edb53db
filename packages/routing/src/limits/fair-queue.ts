import { LinkedList, type LinkedNode } from './linked-list.ts'

/** How much a queue lets through, and how much waits. */
export interface FairQueueBounds {
  /** How many may be in at once. */
  readonly inFlightMax: number
  /** How many more may wait. */
  readonly waitingMax: number
  /** False for the queue of a single tenant, which then has all of it. */
  readonly shared: boolean
}

/** One request, in or waiting. */
export interface FairPlace {
  /** True once it is its turn. */
  readonly inFlight: boolean
  /** Called when the turn of one that waits has come. */
  onTurn: () => void
}

interface Lane {
  readonly tenant: string
  weight: number
  inFlight: number
  /** How many it may still send before the next tenant's turn. */
  credit: number
  readonly waiting: LinkedList<Place>
  /** Its place among the tenants that wait. */
  turn: LinkedNode<Lane> | undefined
}

interface Place extends FairPlace {
  readonly lane: Lane
  inFlight: boolean
  node: LinkedNode<Place> | undefined
  left: boolean
}

// A tenant alone gets three quarters, and of two that flood each gets three sevenths.
const timesWhatIsFree = 3

/**
 * What many tenants want of one thing that is scarce, shared by weight. Two rules:
 *
 * 1. A tenant may hold three times what is free, times its weight (dynamic thresholds; Choudhury and Hahne, 1998). So those that
 *    flood are held in proportion to their weights, for however long each request takes, and leave something free for
 *    whoever comes next. The same rule divides the places in which requests wait.
 * 2. Where nothing is free, tenants take turns, each with as many requests as its weight (deficit round robin; Shreedhar and
 *    Varghese, 1995). Within a tenant the first comes first.
 *
 * The work for a request is bounded by `inFlightMax`, whatever the number of tenants: one that waits though something is free
 * has three in flight. Who has nothing here is not remembered.
 */
export class FairQueue {
  readonly #bounds: FairQueueBounds
  readonly #lanes = new Map<string, Lane>()
  readonly #turns = new LinkedList<Lane>()
  #inFlight = 0
  #waiting = 0

  constructor(bounds: FairQueueBounds) {
    this.#bounds = bounds
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get waiting(): number {
    return this.#waiting
  }

  /** How many tenants have something in or waiting. */
  get tenants(): number {
    return this.#lanes.size
  }

  /**
   * A place for a request of the tenant, in or waiting, which is to `leave` once; `undefined` when its tenant has as many waiting as
   * it may.
   */
  enter(tenant: string, weight: number): FairPlace | undefined {
    const lane = this.#lanes.get(tenant) ?? {
      tenant,
      weight,
      inFlight: 0,
      credit: 0,
      waiting: new LinkedList(),
      turn: undefined,
    }
    lane.weight = weight
    const place: Place = { lane, inFlight: false, node: undefined, left: false, onTurn: () => undefined }
    if (lane.waiting.size === 0 && this.#mayEnter(lane)) this.#letIn(place)
    else if (this.#mayWait(lane)) this.#putToWait(place)
    else return undefined
    this.#lanes.set(tenant, lane)
    // With another weight, what waited before may have its turn.
    if (!place.inFlight) this.#letNextIn()
    return place
  }

  /** Gives back what the request holds, whether it was its turn or not. A second time it does nothing. */
  leave(place: FairPlace): void {
    const { lane, node } = place as Place
    if ((place as Place).left) return
    ;(place as Place).left = true
    if (place.inFlight) {
      lane.inFlight--
      this.#inFlight--
    } else if (node) this.#takeFromWaiting(lane, node)
    if (lane.inFlight === 0 && lane.waiting.size === 0) this.#lanes.delete(lane.tenant)
    this.#letNextIn()
  }

  #mayEnter({ inFlight, weight }: Lane): boolean {
    return this.#mayHold(inFlight, weight, this.#bounds.inFlightMax - this.#inFlight)
  }

  #mayWait({ waiting, weight }: Lane): boolean {
    return this.#mayHold(waiting.size, weight, this.#bounds.waitingMax - this.#waiting)
  }

  #mayHold(held: number, weight: number, free: number): boolean {
    return free > 0 && (!this.#bounds.shared || held < timesWhatIsFree * weight * free)
  }

  #letIn(place: Place): void {
    place.inFlight = true
    place.lane.inFlight++
    this.#inFlight++
  }

  #putToWait(place: Place): void {
    const { lane } = place
    place.node = lane.waiting.push(place)
    this.#waiting++
    if (!lane.turn) {
      lane.credit = lane.weight
      lane.turn = this.#turns.push(lane)
    }
  }

  #takeFromWaiting(lane: Lane, node: LinkedNode<Place>): void {
    lane.waiting.remove(node)
    this.#waiting--
    if (lane.waiting.size === 0 && lane.turn) {
      this.#turns.remove(lane.turn)
      lane.turn = undefined
    }
  }

  /** Lets in whoever may be, each tenant in its turn, until nobody who waits may. */
  #letNextIn(): void {
    for (let passed = 0; passed < this.#turns.size && this.#inFlight < this.#bounds.inFlightMax; ) {
      const lane = this.#turns.first?.value
      const node = lane?.waiting.first
      if (!lane || !node) return
      if (!this.#mayEnter(lane)) {
        this.#pass(lane)
        passed++
        continue
      }
      passed = 0
      this.#takeFromWaiting(lane, node)
      this.#letIn(node.value)
      lane.credit--
      if (lane.turn && lane.credit <= 0) this.#pass(lane)
      node.value.onTurn()
    }
  }

  #pass(lane: Lane): void {
    if (lane.turn) this.#turns.remove(lane.turn)
    lane.credit = lane.weight
    lane.turn = this.#turns.push(lane)
  }
}
