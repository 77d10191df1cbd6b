import { findBindings } from '../label-config/find-bindings.ts'
import type { Binding, LabelConfig } from '../label-config/label-config.ts'
import { labelConfigFromLegacySchema } from '../label-config/legacy-schema.ts'
import { parseLabelConfig } from '../label-config/parse-label-config.ts'
import type { LegacySchema } from '../wire/requests.ts'
import type { ModelClass } from './base-model.ts'

export interface ReadConfig {
  readonly labelConfig: LabelConfig
  readonly bindings: readonly [Binding, ...Binding[]]
}

/** Parses a label config and finds what of it fits. @throws HtxError `HTX_LABEL_CONFIG_INVALID`, `HTX_LABEL_CONFIG_UNFIT` */
export type LabelConfigReader = (config: string | LabelConfig | LegacySchema) => ReadConfig

/** Label configs come with every request as text: the last ones stay parsed. */
const configCacheSize = 256
/** Characters of all of them: what is parsed takes many times as much. */
const configCacheLength = 4 * 1024 * 1024

export function labelConfigReader({
  inputTypes,
  outputTypes,
}: Pick<ModelClass, 'inputTypes' | 'outputTypes'>): LabelConfigReader {
  const parsed = new Map<string, ReadConfig>()
  let length = 0
  return config => {
    if (typeof config !== 'string')
      return bind('controls' in config ? config : labelConfigFromLegacySchema(config, outputTypes))
    let known = parsed.get(config)
    if (known === undefined) {
      known = bind(parseLabelConfig(config))
      parsed.set(config, known)
      length += config.length
      forgetOldest()
    }
    return known
  }

  function forgetOldest(): void {
    for (const oldest of parsed.keys()) {
      if (parsed.size <= configCacheSize && length <= configCacheLength) return
      parsed.delete(oldest)
      length -= oldest.length
    }
  }

  function bind(labelConfig: LabelConfig): ReadConfig {
    return { labelConfig, bindings: findBindings(labelConfig, inputTypes, outputTypes) }
  }
}
