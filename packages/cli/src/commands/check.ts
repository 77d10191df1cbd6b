import { HtxError, parseLabelConfig, readExport } from '@htx/core'
import { openLabelStudio } from '@htx/server'
import { Command } from 'commander'
import { amount } from '../amount.ts'
import { checkBackend } from '../check/check-backend.ts'
import { checkFile, type FileFacts } from '../check/check-file.ts'
import { checkProject } from '../check/check-project.ts'
import type { PlacedTask } from '../check/prediction-findings.ts'
import { type CheckReport, openCheckReport } from '../check/report.ts'
import { count, flag, version } from './flags.ts'
import { openInput, readLabelConfig } from './open-input.ts'

interface CheckFlags {
  readonly labelConfig?: string
  readonly url?: string
  readonly tasks?: string
  readonly batch: number
  readonly basicAuthUser?: string
  readonly basicAuthPass?: string
  readonly labelStudioProject?: string
  readonly labelStudioUrl?: string
  readonly labelStudioApiKey?: string
  readonly mostPredictions: number
  readonly json?: boolean
}

const forms = `
What it looks at:
  htx-check --label-config c.xml predictions.json
      a file for Label Studio's import: tasks with "predictions", a list or one a line; - for standard input
  htx-check --label-config c.xml --url http://localhost:9090 --tasks tasks.json
      a running backend, ours or another: plays Label Studio and its time limits against it
  htx-check --label-studio-project 12
      a project in a running Label Studio: why does it show no predictions?

Exit codes: 0 all would show · 2 problems were found, or a wrong flag · 1 Label Studio cannot be reached.
`

/** `htx-check`: why do my predictions not show? */
export function checkCommand(): Command {
  return new Command('htx-check')
    .description('Says what keeps predictions from being seen in Label Studio, where, and what to do about it.')
    .version(version)
    .argument('[file]', 'predictions to check')
    .addOption(flag('--label-config <file>', 'label config of the project, XML', 'HTX_LABEL_CONFIG'))
    .addOption(flag('--url <url>', 'a running backend', 'HTX_URL'))
    .addOption(flag('--tasks <file>', 'tasks to ask it about, as Label Studio exports or imports them', 'HTX_TASKS'))
    .addOption(flag('--batch <number>', 'so many of them at once', 'HTX_BATCH').argParser(count).default(20))
    .addOption(flag('--basic-auth-user <name>', 'user that the backend asks for …', 'BASIC_AUTH_USER'))
    .addOption(flag('--basic-auth-pass <password>', '… and its password; better in the environment', 'BASIC_AUTH_PASS'))
    .addOption(flag('--label-studio-project <id>', 'a project of Label Studio', 'HTX_LABEL_STUDIO_PROJECT'))
    .addOption(flag('--label-studio-url <url>', 'where Label Studio is', 'LABEL_STUDIO_URL'))
    .addOption(flag('--label-studio-api-key <key>', 'its token; better in the environment', 'LABEL_STUDIO_API_KEY'))
    .addOption(
      flag('--most-predictions <number>', 'stored predictions to look at', 'HTX_MOST_PREDICTIONS')
        .argParser(count)
        .default(10_000),
    )
    .addOption(flag('--json', 'a JSON object a line instead of words', 'HTX_JSON'))
    .allowExcessArguments(false)
    .configureHelp({ helpWidth: 120 })
    .addHelpText('after', forms)
    .showHelpAfterError('(htx-check --help lists the flags)')
    .action((file: string | undefined, flags: CheckFlags) => check(file, flags))
}

async function check(file: string | undefined, flags: CheckFlags): Promise<void> {
  const report = openCheckReport({ json: flags.json === true })
  if (file !== undefined) return checkPredictions(file, flags, report)
  if (flags.url !== undefined) return checkUrl(flags.url, flags, report)
  if (flags.labelStudioProject !== undefined) return checkLabelStudio(flags.labelStudioProject, flags, report)
  throw new HtxError(
    'HTX_OPTION_INVALID',
    'nothing to check: give a file of predictions, a backend with --url, or --label-studio-project. htx-check --help has examples',
  )
}

async function checkPredictions(file: string, flags: CheckFlags, report: CheckReport): Promise<void> {
  const labelConfig = parseLabelConfig(await labelConfigOf(flags))
  const facts: FileFacts = { tasks: 0, predictions: 0, withoutPredictions: 0 }
  const bytes = await openInput('the file', file)
  const name = file === '-' ? 'standard input' : file
  for await (const finding of checkFile(bytes, name, labelConfig, facts)) report.add(finding)
  const { tasks, predictions, withoutPredictions } = facts
  const what = `${amount(predictions, 'prediction')} of ${amount(tasks - withoutPredictions, 'task')}`
  const fine = predictions === 1 ? 'it would show' : 'all of them would show'
  const none = withoutPredictions === 0 ? '' : `; ${amount(withoutPredictions, 'task')} without any`
  report.end({ what, fine: `${fine}${none}`, facts })
}

async function checkUrl(url: string, flags: CheckFlags, report: CheckReport): Promise<void> {
  const { basicAuthUser: user, basicAuthPass: password, labelStudioUrl: hostname } = flags
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new HtxError('HTX_OPTION_INVALID', `--url must be an address such as http://localhost:9090; got ${url}`)
  }
  if ((user === undefined) !== (password === undefined)) {
    throw new HtxError('HTX_OPTION_INVALID', '--basic-auth-user and --basic-auth-pass belong together; only one is set')
  }
  const labelConfig = await labelConfigOf(flags)
  const tasks = flags.tasks === undefined ? [] : await readTasks(flags.tasks, labelConfig, flags.batch)
  const basicAuth = user === undefined || password === undefined ? undefined : { user, password }
  for await (const finding of checkBackend({ url, labelConfig, tasks, basicAuth, hostname })) report.add(finding)
  report.end({ what: url, fine: 'no problems' })
}

async function checkLabelStudio(project: string, flags: CheckFlags, report: CheckReport): Promise<void> {
  const { labelStudioUrl: url, labelStudioApiKey: token, mostPredictions } = flags
  if (url === undefined || token === undefined) {
    throw new HtxError(
      'HTX_OPTION_INVALID',
      '--label-studio-project needs LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY to ask Label Studio',
    )
  }
  const client = openLabelStudio({ url, token })
  for await (const finding of checkProject({ client, project, mostPredictions })) report.add(finding)
  report.end({ what: `project ${project}`, fine: 'no problems' })
}

/** The first tasks of a file. */
async function readTasks(path: string, labelConfig: string, most: number): Promise<PlacedTask[]> {
  const tasks: PlacedTask[] = []
  const file = await openInput('--tasks', path)
  for await (const task of readExport(file, { labelConfig: parseLabelConfig(labelConfig) })) {
    const place = tasks.length + 1
    // Label Studio takes an object without "data" for the data itself.
    tasks.push({ place, id: task.id, data: task.data ?? task })
    if (tasks.length === most) break
  }
  if (tasks.length === 0) throw new HtxError('HTX_EXPORT_INVALID', `--tasks ${path} holds no task to ask about`)
  return tasks
}

async function labelConfigOf({ labelConfig: path }: CheckFlags): Promise<string> {
  if (path !== undefined) return readLabelConfig(path)
  throw new HtxError('HTX_OPTION_INVALID', 'give the label config of the project: --label-config label-config.xml')
}
