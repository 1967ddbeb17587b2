// How results look: flags that every command which prints for people takes by `@OptionGroup`.
import ArgumentParser
import Terminal

struct DisplayOptions: ParsableArguments {
  @Flag(name: .customLong("no-color"), help: "No colour, as with NO_COLOR in the environment.") var noColor = false
  @Flag(help: "Say in sentences what grids and boxes show, as with ORRERY_PLAIN=1.") var plain = false

  /// For standard output.
  var style: Style { Style.detected(noColor: noColor, plain: plain, environment: Environment.all) }
}
