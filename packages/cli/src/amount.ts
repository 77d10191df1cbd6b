/** Such as `1 task`, `2 tasks`. */
export function amount(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
