// Terminal: see Docs/architecture.md
