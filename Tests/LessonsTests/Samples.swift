// Lessons that several tests share.

import Lessons

enum Samples {
  static let tour = #"""
    ---
    orrery: 1
    id: sums.first   # the whole book's first
    title: "A first sum"
    needs: [numbers.all]
    seed: 7
    ---
    # A first sum
    Adding is *easy*: here \(2 + 3) comes out, and `\(2 + 3)` stays.

    ```orrery {#one}
    let a = 2
    let b = 3.5
    show a + b
    ```
    ```output {of=one tol=1e-2}
    5.501
    ```
    ```expect {of=one}
    a < b
    // a comment
    (a + b ==
      5.5)
    ```

    ## Your own
    Multiply them: \(a) times \(b).

    ```exercise {#two needs=one}
    let product = ___
    ```
    ```check {of=two}
    product > 0          else "A product of positive numbers is positive, got \(product)."
    product == a * b     else "Multiply a and b; \(product) is not it."
    ```
    ```hint {of=two}
    What does `*` do?
    ```
    ```hint {of=two}
    It is `a * b`.
    ```

    ```orrery {#three error=Unknown}
    show c
    ```
    ```output {of=three}
    there is no [..]
    ```

    ```quiz {#order}
    Which comes first?
    - [ ] `+` — it waits.
    - [x] `*` — products bind
      tighter.
    - [ ] neither
    ```

    The end.

    """#

  static let solutions = #"""
    # Solutions

    ```solution {of=two}
    let product = a * b
    ```

    """#

  static func lesson() throws -> Lesson {
    var lesson = try LessonParser.parse(tour, file: "tour.md")
    try LessonParser.attach(solutions: Array(solutions.utf8), file: "tour.solution.md", to: &lesson)
    return lesson
  }

  /// A lesson of one body, with front matter.
  static func lesson(_ body: String, file: String = "l.md") throws -> Lesson {
    try LessonParser.parse("---\norrery: 1\nid: l\ntitle: L\n---\n" + body, file: file)
  }
}
