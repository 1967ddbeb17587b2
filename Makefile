.PHONY: run test
test:
	swift test
