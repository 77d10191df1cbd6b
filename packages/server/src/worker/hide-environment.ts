// Reports of crashes have a part for each thread, with its environment. Imported by each entry for that.
if (!('bun' in process.versions)) Object.assign(process.report, { excludeEnv: true })
