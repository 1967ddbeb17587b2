// Checkpoints: see Docs/architecture.md
