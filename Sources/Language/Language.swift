// Language: see Docs/architecture.md
