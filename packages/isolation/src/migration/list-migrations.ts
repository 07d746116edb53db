const migrationPath = /^[^/]+\.sql$|^[^/]+\/migration\.sql$/

/**
 * The migrations among the paths of a folder's files, in the order in which they are applied: SQL files, by their names, and
 * folders that hold a `migration.sql`, as `prisma migrate` writes them. The paths are relative to the folder.
 */
export function listMigrations(paths: readonly string[]): string[] {
  return paths
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => migrationPath.test(path))
    .sort()
}
