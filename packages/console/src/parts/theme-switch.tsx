import { useStore } from '../store.ts'
import { chooseTheme, type Theme, theme } from '../theme.ts'
import { Segments } from './segments.tsx'

const choices: readonly { value: Theme; text: string }[] = [
  { value: 'system', text: 'Auto' },
  { value: 'light', text: 'Light' },
  { value: 'dark', text: 'Dark' },
]

/** Light, dark, or as the system is. */
export function ThemeSwitch() {
  return <Segments label="Theme" value={useStore(theme)} choices={choices} onChoose={chooseTheme} />
}
