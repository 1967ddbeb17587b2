// Notebook: see Docs/architecture.md
