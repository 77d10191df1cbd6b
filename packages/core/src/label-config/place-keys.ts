/** What of a region's value says where it is; the rest is what somebody said about it. */
export const placeKeys: readonly string[] = [
  // images
  ...['x', 'y', 'width', 'height', 'rotation', 'radiusX', 'radiusY', 'points', 'vertices', 'closed'],
  ...['format', 'rle', 'imageDataURL'],
  // texts, sounds, time series
  ...['start', 'end', 'startOffset', 'endOffset', 'globalOffsets', 'channel', 'instant'],
  // videos
  ...['sequence', 'framesCount', 'duration', 'ranges'],
]
