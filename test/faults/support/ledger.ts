import assert from 'node:assert/strict'

/** What an annotation may be: its choice, or undefined where it is not there. */
export type Choice = 'Positive' | 'Negative' | undefined

/** Of a project: what each annotation is, by its id. */
export type Annotations = ReadonlyMap<string, Choice>

/**
 * What a client knows of a server that may be killed: what was acknowledged is so; of what was asked and not answered it may be so, or as
 * before.
 */
export class Ledger {
  /** By project and id of the annotation: all that it may be now. */
  readonly #possible = new Map<string, Map<string, Set<Choice>>>()

  get projects(): readonly string[] {
    return [...this.#possible.keys()]
  }

  /** Ids of annotations that are certainly there. */
  certain(project: string): string[] {
    const annotations = [...(this.#possible.get(project) ?? [])]
    return annotations.flatMap(([id, choices]) => (choices.size === 1 && !choices.has(undefined) ? [id] : []))
  }

  /** Something is asked of a server: from now on it may be so. */
  asked(project: string, said: Annotations): void {
    for (const [id, choice] of said) this.#of(project, id).add(choice)
  }

  /** The server has said that it is so. */
  acknowledged(project: string, said: Annotations): void {
    for (const [id, choice] of said) this.#set(project, id, choice)
  }

  /** Compares what a server has with what it may have, and takes it for true from now on. @throws AssertionError */
  compare(project: string, found: Annotations): void {
    for (const id of found.keys()) assert.ok(this.#possible.get(project)?.has(id), `${project}/${id} came from nowhere`)
    for (const [id, choices] of this.#possible.get(project) ?? []) {
      const choice = found.get(id)
      const expected = [...choices].map(String).join(' or ')
      assert.ok(choices.has(choice), `annotation ${project}/${id} is ${choice} and must be ${expected}`)
      this.#set(project, id, choice)
    }
  }

  /** How many annotations are there. What is not certain must have been compared before. */
  count(project: string): number {
    return this.certain(project).length
  }

  #of(project: string, id: string): Set<Choice> {
    const annotations = this.#possible.get(project) ?? new Map<string, Set<Choice>>()
    this.#possible.set(project, annotations)
    const choices = annotations.get(id) ?? new Set<Choice>([undefined])
    annotations.set(id, choices)
    return choices
  }

  #set(project: string, id: string, choice: Choice): void {
    const choices = this.#of(project, id)
    choices.clear()
    choices.add(choice)
  }
}
