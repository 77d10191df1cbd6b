import { textClassification } from './suites/text-classification.ts'
import { describeLabelStudio } from './support/suite.ts'

describeLabelStudio('1.8.2', [textClassification])
