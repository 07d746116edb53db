/** How npm is run with `args`: the npm that runs us, if one does, in its own Node. */
export function npmCommand(args) {
  // Under `npm start` the Node in front of the path may be the very one that `npm ci` replaces: take npm's own.
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined
  return npm ? [process.env.npm_node_execpath ?? process.execPath, npm, ...args] : ['npm', ...args]
}
