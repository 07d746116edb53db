import type { SqlForm } from './sql-form.ts'

/** The page of the docs that lists what becomes of each form. */
export function describeForms(forms: Readonly<Record<string, readonly SqlForm[]>>): string {
  const themes = Object.entries(forms).map(([theme, themed]) => {
    const lines = themed.map((form) => `| ${form.name} | ${becomes(form)} |`)
    return `\n## ${theme}\n\n| Form | What happens |\n|---|---|\n${lines.join('\n')}\n`
  })
  return `# SQL\n\nWhat becomes of the SQL of a service. "Runs" means: as it would for one customer.\n${themes.join('')}`
}

function becomes({ refused, differs }: SqlForm): string {
  if (refused) return `refused when it is migrated: \`${refused}\``
  if (!differs) return 'runs'
  return `differs: fails with SQLSTATE ${differs.isolated} instead of ${differs.plain}; ${differs.mend}`
}
