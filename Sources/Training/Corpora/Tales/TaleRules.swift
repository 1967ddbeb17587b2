// The rules of the tales: who, what they have, what befalls them, how it ends. A model must learn: he, she, his by the name; a name where a pronoun
// could mean two; was and were, sings and sing by the head noun and not by the nearer one; a or an; which thing of which colour is in whose hands;
// that the wet become dry. Longer than other files: it is one text, the grammar.

extension TaleGrammar {
  static func tales() -> TaleGrammar {
    var g = TaleGrammar()
    g.write()
    return g
  }

  private mutating func write() {
    // MARK: Things
    let he = things("he", ["Tom", "Ben", "Sam", "Max", "Leo", "Jack", "Finn", "Hugo", "Paul", "Karl"], forms: ["He": "He", "he": "he", "his": "his"])
    let she = things("she", ["Ann", "Mia", "Eve", "Lily", "Rose", "Nora", "Ruby", "Zoe", "Emma", "Clara"], forms: ["He": "She", "he": "she", "his": "her"])
    let animals = things("animal", ["cat", "dog", "fox", "bear", "mouse", "rabbit", "duck", "pig", "goat", "wolf"])
    let boy = things("boy", ["boy"]), girl = things("girl", ["girl"])
    let traits = things("trait", ["little", "big", "kind", "clever", "brave", "young", "shy", "happy", "quiet", "funny"])
    let colours = things("colour", ["red", "blue", "green", "yellow", "white", "black"])
    let toys = things("toy", ["ball", "kite", "book", "hat", "drum", "boat", "bell", "key", "doll", "lamp"])
    let hard = things("food", ["pear", "carrot", "cake", "nut", "cookie", "plum"]), soft = things("food", ["apple", "egg", "orange"])
    let places = things("place", ["garden", "forest", "park", "river", "lake", "sea", "hill", "farm", "school", "market", "village", "castle"])
    let covers = things("cover", ["tree", "bush", "bench", "bridge", "rock", "flower", "table", "wall"])
    let one = things("one", ["dog", "cat", "bird", "frog", "cow", "horse", "child", "mouse", "sheepdog", "bee"])
    let many = things("many", ["dogs", "cats", "birds", "frogs", "cows", "horses", "children", "mice", "sheepdogs", "bees"])
    let sing = things("verb", ["sing", "sleep", "run", "jump", "play", "hide", "dance", "wait"])
    let sings = things("verb", ["sings", "sleeps", "runs", "jumps", "plays", "hides", "dances", "waits"])
    let states = things("state", ["asleep", "loud", "quiet", "hungry", "happy", "cold", "tired", "still"])
    let weather = things("weather", ["sun", "rain", "snow", "grass", "wind"])
    let waters = things("water", ["river", "lake", "sea"]), cool = things("cool", ["cold", "cool", "clear", "fresh"])
    let men = he + she

    // MARK: Naming
    let a = slot("a"), b = slot("b"), away = slot("away"), toy = slot("toy"), owner = slot("owner")
    let isHe = group("he"), isBoy = group("boy"), isGirl = group("girl")
    // He or she can only mean a, if b is of the other gender or not there.
    let clear = TaleCondition.not([.alike(a, b)])
    let name = form("a"), other = form("b")
    func steps(_ parts: [TaleStep]...) -> [TaleStep] { parts.flatMap { $0 } }

    /// A kind, then a name that fits it.
    func named(_ g: inout TaleGrammar, _ person: String, except taken: [String], kindTaken: [String]) -> [TaleStep] {
      let kind = person + " kind", kindSlot = g.slot(kind)
      return [
        g.pick(kind, animals + boy + girl, except: kindTaken), g.say("named"),
        g.when(.isOf(kindSlot, group: isBoy), [g.pick(person, he, except: taken)], else: [
          g.when(.isOf(kindSlot, group: isGirl), [g.pick(person, she, except: taken)], else: [g.pick(person, men, except: taken)]),
        ]),
      ]
    }
    /// A name, then a kind that fits it.
    func kinded(_ g: inout TaleGrammar, _ person: String, except taken: [String], kindTaken: [String]) -> [TaleStep] {
      let kind = person + " kind"
      return [
        g.pick(person, men, except: taken), g.say("the"),
        g.when(.isOf(g.slot(person), group: isHe), [g.pick(kind, animals + boy, except: kindTaken)], else: [g.pick(kind, animals + girl, except: kindTaken)]),
      ]
    }
    /// a as the subject, by pronoun or name.
    let subject = when(
      .all([clear, .not([.has(away)])]), [oneOf([(6, [form("a", "He")]), (4, [name])])], else: [name, .remember(slot: away, as: nil)])
    let pronoun = when(clear, [form("a", "he")], else: [name])
    /// b by name, introduced where new.
    let meet = when(.has(b), [other], else: [
      oneOf([
        (1, [form("a", "his"), say("friend")] + kinded(&self, "b", except: ["a"], kindTaken: ["a kind"])),
        (1, [say("a")] + named(&self, "b", except: ["a"], kindTaken: ["a kind"])),
      ]),
    ])
    func sad(_ g: inout TaleGrammar) -> TaleStep { g.oneOf([(1, [g.say("sad")]), (1, [g.say("very sad")])]) }

    // MARK: Sentences
    let scene = steps(
      [.remember(slot: away, as: a), oneOf([
        (1, [
          say("“ The"), pick("head", one + many), oneOf([(1, [say("near")]), (1, [say("behind")])]), say("the"), pick("", one + many, except: ["head"]),
          when(.isOf(slot("head"), group: group("many")), [pick("", sing)], else: [pick("", sings)]), say("all day , ”"),
          oneOf([(1, [say("said")]), (1, [say("thought")])]), name, say("."),
        ]),
        (1, [
          say("The"), pick("head", one + many), oneOf([(1, [say("near")]), (1, [say("behind")])]), say("the"), pick("", one + many, except: ["head"]),
          when(.isOf(slot("head"), group: group("many")), [say("were")], else: [say("was")]), pick("", states), say("."),
        ]),
      ]), .remember(slot: slot("head"), as: nil)])
    let food = oneOf([
      (6, [say("a"), oneOf([(5, [pick("food", hard)]), (4, [pick("food colour", colours), pick("food", hard + soft)])])]), (3, [say("an"), pick("food", soft)]),
    ])
    let theFood = when(.has(slot("food colour")), [form("food colour"), form("food")], else: [form("food")])

    let eaten: [TaleStep] = [.remember(slot: slot("food"), as: nil), .remember(slot: slot("food colour"), as: nil)]

    // MARK: How it ends
    let happily = oneOf([
      (1, [say("went home together")]), (1, [say("played until the sun went down")]), (2, [say("were"), oneOf([(1, [say("happy")]), (1, [say("friends for ever")])])]),
    ])
    let close = list([
      when(.has(b), [
        oneOf([(1, [say("They")]), (1, [say("At last"), name, say("and"), other])]), happily, say("."),
      ], else: [
        oneOf([
          (1, [say("That night"), name, oneOf([(1, [say("slept well")]), (1, [say("was happy")])])]),
          (1, [say("At last"), name, oneOf([(1, [say("went home")]), (1, [say("was happy")]), (1, [say("smiled")])])]),
        ]), say("."),
      ]),
      when(.has(toy), [
        oneOf([
          (1, []), (1, [say("Who had the"), form("toy"), say("in the end ?"), form("owner"), say("had the"), form("colour"), form("toy"), say(".")]),
        ]),
      ]),
    ])

    // MARK: What befalls one who has nothing: each begins with a word of its own behind the subject, or without a subject
    let hungry = [
      oneOf([(1, [say("hungry")]), (1, [say("very hungry")])]), say("."),
      oneOf([
        (1, [subject, say("found"), food, oneOf([(1, [say("under")]), (1, [say("near")]), (1, [say("behind")])]), say("a"), pick("", covers), say("."),
             subject, say("ate the"), theFood, say("and was not hungry any more .")]),
        (1, [say("Then"), meet, say("came with"), food, say("."), other, say("gave the"), theFood, say("to"), name, say("."), name, say("ate it and said thank you .")]),
      ]),
    ] + eaten
    let thirsty = [
      say("thirsty , so"), pronoun, say("went to the"), pick("", waters), say(". There"), pronoun, say("drank some"), pick("", cool), say("water ."),
    ]
    let tired = [
      oneOf([(1, [say("walked")]), (1, [say("hurried")])]), say("to the"), pick("", places), say(". It was a long way , and"), pronoun,
      oneOf([(1, [say("was tired")]), (1, [say("grew sleepy")])]), say(". So"), pronoun, say("slept under a"), pick("", covers), say("."),
    ]
    let mud = [
      oneOf([(1, [say("fell")]), (1, [say("jumped")])]), say("into the mud . Now"), form("a", "his"), say("coat was dirty . So"), pronoun, say("washed it in the"),
      pick("", waters), say("."),
    ]
    let shelter = [
      say(". So"), pronoun, say("ran"),
      oneOf([(1, [say("into a house")]), (1, [say("under a"), pick("", covers)]), (1, [say("home")])]), say(". Soon"), pronoun, say("was"),
    ]
    let storm = [
      say("Then it began to"), oneOf([(1, [say("rain")]), (1, [say("snow")])]), say("."), subject, say("was"),
      oneOf([
        (1, [say("cold")] + shelter + [say("warm")]), (1, [say("wet")] + shelter + [say("dry")]),
      ]), say("again ."),
    ]
    let noise = [
      say("Suddenly there was a loud noise ."), subject, say("was scared and hid"), oneOf([(1, [say("under")]), (1, [say("behind")])]), say("a"),
      pick("", covers), say(". But it was only"),
      oneOf([
        (2, [say("the"), pick("", things("weather", ["thunder"]) + weather.filter { items[$0].word != word("grass") && items[$0].word != word("sun") }), say(".")]),
        (3, [meet, say("."), other, oneOf([(1, [say("laughed")]), (1, [say("said sorry")])]), say(".")]),
      ]),
    ]
    /// Plots behind a subject, without those of one kind.
    func behindSubject(_ g: inout TaleGrammar, without: Int?, then ends: [Int]) -> [(Double, [TaleStep])] {
      var was: [(Double, [TaleStep])] = []
      if without != 0 { was.append((1, hungry + [.rule(ends[0])])) }
      if without != 1 { was.append((1, thirsty + [.rule(ends[1])])) }
      // "very hungry" and "hungry" begin differently from "thirsty": the choice shows at once.
      var options: [(Double, [TaleStep])] = [(Double(was.count), [g.say("was"), g.oneOf(was)])]
      if without != 2 { options.append((1, tired + [.rule(ends[2])])) }
      if without != 3 { options.append((1, mud + [.rule(ends[3])])) }
      return options
    }
    func plots(_ g: inout TaleGrammar, without: Int?, then ends: [Int]) -> [(Double, [TaleStep])] {
      let behind = behindSubject(&g, without: without, then: ends)
      var options: [(Double, [TaleStep])] = [(behind.reduce(0) { $0 + $1.0 }, [subject, g.oneOf(behind)])]
      if without != 4 { options.append((1, storm + [.rule(ends[4])])) }
      if without != 5 { options.append((1, noise + [.rule(ends[5])])) }
      return options
    }
    // One plot, perhaps another of a different kind, then the end. (The end begins with other words than any plot.)
    let ends = (0..<6).map { _ in reserve() }
    let lastEnds = [Int](repeating: close, count: 6)
    for n in 0..<6 {
      let more = plots(&self, without: n, then: lastEnds)
      // The first person's name would begin both a plot and "Tom and Mia …": the ends begin with They, That, At.
      fill(ends[n], [oneOf([(0.6, [.rule(close)]), (0.4, [oneOf(more)])])])
    }

    // MARK: What befalls a thing
    let maybeScene = oneOf([(3, [.rule(close)]), (1, scene + [.rule(close)])])
    let lost = [
      oneOf([(1, [say("took")]), (1, [say("carried")])]), say("the"), form("toy"), say("to the"), pick("", places), say(". There"), pronoun, say("lost it ."),
      oneOf([(1, []), (1, [subject, say("was"), sad(&self), say(".")])]), say("Then"), meet, say("found the"), form("colour"), form("toy"),
      oneOf([(1, [say("under")]), (1, [say("near")]), (1, [say("behind")])]), say("a"), pick("", covers), say("."),
      oneOf([
        (1, []),
        (1, [say("“ Is this your"), form("toy"), say("? ” asked"), other, say(". “ Yes , that is my"), form("colour"), form("toy"), say("! ” said"), name, say(".")]),
      ]),
      other, oneOf([(3, [say("gave it back to"), name]), (1, [say("kept it"), .remember(slot: owner, as: b)])]), say("."), maybeScene,
    ]
    let gift = [
      oneOf([(1, [say("met")]), (1, [say("saw")])]), meet, say("near the"), pick("", places), say("."), other, say("was"), sad(&self), say(", because"),
      when(clear, [form("b", "he")], else: [other]), say("had no"), form("toy"), say(". So"), name, say("gave the"), form("colour"), form("toy"), say("to"), other,
      say("."), .remember(slot: owner, as: b), other, oneOf([(1, [say("smiled and said thank you")]), (1, [say("was happy")])]), say("."), maybeScene,
    ]
    let lostOrGift = oneOf([(1, lost), (1, gift)])
    let own = steps(
      [say("had a"), pick("colour", colours), pick("toy", toys), .remember(slot: owner, as: a), say("."), oneOf([
        (1, scene + [subject, lostOrGift]),
        (3, [subject, oneOf([
          (1, [oneOf([(1, [say("liked")]), (1, [say("loved")])]), form("a", "his"), form("toy"), say("very much ."), oneOf([(1, scene), (2, [])]), subject, lostOrGift]),
          (1, lost), (1, gift),
        ])]),
      ])])
    let habit: [(Double, [TaleStep])] = [
      (1, [say("lived in a house near the"), pick("", places), say(".")]),
      (1, [say("liked to"), pick("", sing), when(.has(b), [say("with"), other], else: [say("in the"), pick("", weather)]), say(".")]),
    ]

    // MARK: From the opening on
    let plain = plots(&self, without: nil, then: ends), behind = behindSubject(&self, without: nil, then: ends)
    let afterHabit = list([oneOf([
      (1, scene + [oneOf(plain)]), (3, [subject, oneOf([(5, own)] + behind)]), (0.5, storm + [.rule(ends[4])]), (0.5, noise + [.rule(ends[5])]),
    ])])
    let body = list([oneOf([
      (1, scene + [oneOf(plain)]), (5, [subject, oneOf([(5, own)] + habit.map { ($0.0 * 2, $0.1 + [.rule(afterHabit)]) } + behind)]),
      (0.5, storm + [.rule(ends[4])]), (0.5, noise + [.rule(ends[5])]),
    ])])
    let hero = [oneOf([(2, [pick("", traits)]), (1, [])])] + named(&self, "a", except: [], kindTaken: [])
    start = list([
      oneOf([
        (7, [say("Once there"), oneOf([
          (5, [say("was a")] + hero + [say(".")]),
          (2, [say("were two friends ,")] + kinded(&self, "a", except: [], kindTaken: []) + [say("and")] + kinded(&self, "b", except: ["a"], kindTaken: ["a kind"]) + [say(".")]),
        ])]),
        (2, [say("One day , a")] + hero + [say("went to the"), pick("", places), say(".")]),
        (2, [pick("a", men), say("was a"), pick("", traits),
             when(.isOf(a, group: isHe), [pick("a kind", animals + boy)], else: [pick("a kind", animals + girl)]), say(".")]),
      ]), .rule(body),
    ])
  }
}
