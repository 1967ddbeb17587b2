// Models: see Docs/architecture.md
