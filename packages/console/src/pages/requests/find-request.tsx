import { goTo } from '../../routing/use-route.ts'

/** A field for the id of a request, an event or a trace, which leads to why it went as it did. */
export function FindRequest({ id = '' }: { id?: string }) {
  return (
    <search>
      <form
        className="find"
        onSubmit={(event) => {
          event.preventDefault()
          const wanted = String(new FormData(event.currentTarget).get('id')).trim()
          if (wanted !== '') goTo('requests', wanted)
        }}
      >
        <input
          type="search"
          name="id"
          defaultValue={id}
          aria-label="Id of a request, an event or a trace"
          placeholder="Paste the id of a request, an event or a trace"
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
        />
        <button type="submit" className="button">
          Explain
        </button>
      </form>
    </search>
  )
}
