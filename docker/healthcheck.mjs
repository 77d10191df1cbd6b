// Healthy when the backend answers.
const port = process.env.HTX_PORT || process.env.PORT || 9090
const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
// 401 is an answer too: the backend is up and asks for credentials.
process.exit(response?.ok || response?.status === 401 ? 0 : 1)
