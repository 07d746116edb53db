import { Dialog } from '../parts/dialog.tsx'
import { pages } from '../routing/route.ts'

/** Which keys there are. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <table className="keys">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">What it does</th>
          </tr>
        </thead>
        <tbody>
          {pages.map(({ title, letter }, at) => (
            <tr key={letter}>
              <td>
                <kbd>g</kbd> <kbd>{letter}</kbd> or <kbd>{at + 1}</kbd>
              </td>
              <td>{title}</td>
            </tr>
          ))}
          <tr>
            <td>
              <kbd>/</kbd>
            </td>
            <td>To the search field of the page</td>
          </tr>
          <tr>
            <td>
              <kbd>↑</kbd> <kbd>↓</kbd>
            </td>
            <td>From row to row of a long list</td>
          </tr>
          <tr>
            <td>
              <kbd>d</kbd>
            </td>
            <td>Dark or light</td>
          </tr>
          <tr>
            <td>
              <kbd>Esc</kbd>
            </td>
            <td>Closes a dialog</td>
          </tr>
        </tbody>
      </table>
    </Dialog>
  )
}
