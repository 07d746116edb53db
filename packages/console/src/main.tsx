import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { returnToPlace } from './routing/keep-place.ts'
import { applyTheme } from './theme.ts'

applyTheme()
returnToPlace()
const root = document.getElementById('console')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
