interface SegmentsProps<V extends string> {
  readonly label: string
  readonly value: V
  readonly choices: readonly { readonly value: V; readonly text: string }[]
  readonly onChoose: (value: V) => void
}

/** One of a few, all of them seen. */
export function Segments<V extends string>({ label, value, choices, onChoose }: SegmentsProps<V>) {
  return (
    <fieldset className="segments">
      <legend className="unseen">{label}</legend>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChoose(choice.value)}
        >
          {choice.text}
        </button>
      ))}
    </fieldset>
  )
}
