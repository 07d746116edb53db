import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

// `styleText` leaves colours out when the output is no terminal or `NO_COLOR` is set.
const style = (format: Style) => (text: string) => styleText(format, text)

export const bold = style('bold')
export const dim = style('dim')
export const red = style('red')
export const green = style('green')
export const yellow = style('yellow')
export const cyan = style('cyan')
