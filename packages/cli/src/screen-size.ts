/** How much room there is; `Infinity` for what is printed once. */
export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}
