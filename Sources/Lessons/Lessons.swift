// Lessons: see Docs/architecture.md
