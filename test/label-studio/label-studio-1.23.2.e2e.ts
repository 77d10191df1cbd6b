import { basicAuth } from './suites/basic-auth.ts'
import { choices } from './suites/choices.ts'
import { errorWords } from './suites/error-words.ts'
import { images } from './suites/images.ts'
import { manyTasks } from './suites/many-tasks.ts'
import { namedEntities } from './suites/named-entities.ts'
import { sounds } from './suites/sounds.ts'
import { textClassification } from './suites/text-classification.ts'
import { describeLabelStudio } from './support/suite.ts'

describeLabelStudio('1.23.2', [
  textClassification,
  choices,
  namedEntities,
  images,
  sounds,
  basicAuth,
  manyTasks,
  errorWords,
])
