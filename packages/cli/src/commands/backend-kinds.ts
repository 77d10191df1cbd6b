/** A kind of model that `htx-init` makes a backend for; its files lie in templates/<name>. */
export interface BackendKind {
  readonly name: string
  /** For a person who chooses. */
  readonly title: string
  /** Control tags over object tags. */
  readonly tags: string
  /** False when its model has no train function. */
  readonly trains: boolean
}

export const backendKinds: readonly BackendKind[] = [
  { name: 'text-classification', title: 'text classification', tags: 'Choices over Text', trains: true },
  { name: 'named-entities', title: 'named entities', tags: 'Labels over Text', trains: true },
  { name: 'image-classification', title: 'image classification', tags: 'Choices over Image', trains: true },
  { name: 'object-detection', title: 'object detection', tags: 'RectangleLabels over Image', trains: false },
  {
    name: 'interactive-segmentation',
    title: 'interactive segmentation',
    tags: 'a click becomes BrushLabels over Image',
    trains: false,
  },
]
