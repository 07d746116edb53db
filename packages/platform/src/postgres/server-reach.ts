import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { ServerUser } from './server-user.ts'

// Where a program that root runs keeps its state (Filesystem Hierarchy Standard, 5.8).
const commonFolder = '/var/lib/tenantry'

/** True when this user may pass through every folder above `path`, and into it. */
export function canReach(path: string, { uid, gid }: ServerUser): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid: owner, gid: group } = statSync(folder)
      const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001
      if ((mode & bit) === 0) return false
    }
    if (folder === dirname(folder)) return true
  }
}

/**
 * A copy of a folder of programs that this user can reach: a project of root's often lies under a folder that is
 * closed to others, and PostgreSQL runs as nobody's root. Made once for each version, whole or not at all.
 */
export function copyWithinReach(folder: string, name: string): string {
  const copy = join(commonFolder, name)
  if (existsSync(copy)) return copy
  makeOpen(commonFolder)
  const unfinished = `${copy}.${process.pid}`
  cpSync(folder, unfinished, { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(unfinished, copy)
  } catch {
    // Another start was faster; its copy is as good.
    rmSync(unfinished, { recursive: true, force: true })
  }
  return copy
}

/** A folder within this user's reach that stands for `folder`, which becomes a link to it. */
export function linkWithinReach(folder: string): string {
  const own = join(commonFolder, createHash('sha256').update(folder).digest('hex').slice(0, 12))
  makeOpen(commonFolder)
  makeOpen(own)
  const target = join(own, basename(folder))
  if (!lstatSync(folder, { throwIfNoEntry: false })) {
    // What is there belongs to a state folder that was removed.
    rmSync(target, { recursive: true, force: true })
    symlinkSync(target, folder)
  }
  return target
}

function makeOpen(folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o711)
}
