// Files: see Docs/architecture.md
