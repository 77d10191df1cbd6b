import { textClassification } from './suites/text-classification.ts'
import { describeLabelStudio } from './support/suite.ts'

describeLabelStudio('1.13.1', [textClassification])
