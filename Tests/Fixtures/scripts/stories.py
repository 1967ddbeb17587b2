"""The story grammar: one program, three readings: telling a story, checking one, and knowing its probability.

`story(teller)` makes every free choice through the teller and says the words at once, so that

- a Teller with a random source tells a story and adds up the entropy of its choices;
- the same program, followed along a given text, *recognises* it: `follow(text)` gives its exact probability (the sum
  over all ways to say it) and how far it keeps to the grammar.

What a model must learn: a/an; he/she/his/him by the name; they for two; was/were and sing/sings by the head noun and not
by the nearer one; which object, of which colour, is in whose hands; and that the hungry eat, the wet become dry.
"""
import math
import random

HE = ["Tom", "Ben", "Sam", "Max", "Leo", "Jack", "Finn", "Hugo"]
SHE = ["Ann", "Mia", "Eve", "Lily", "Rose", "Nora", "Ruby", "Zoe"]
ANIMALS = ["cat", "dog", "fox", "bear", "mouse", "rabbit", "duck", "pig"]
KINDS = ANIMALS + ["boy", "girl"]
TRAITS = ["little", "big", "kind", "clever", "brave", "young", "shy", "happy"]
COLOURS = ["red", "blue", "green", "yellow", "white"]
TOYS = ["ball", "kite", "book", "hat", "drum", "boat", "bell", "key"]
FOODS = ["apple", "pear", "carrot", "cake", "egg", "nut"]
PLACES = {"garden": "in", "forest": "in", "park": "in", "river": "by", "lake": "by", "sea": "by", "hill": "on",
          "farm": "on", "school": "at", "market": "at"}
THINGS = ["tree", "bush", "bench", "bridge", "rock", "flower"]
GROUPS = [("dog", "dogs"), ("cat", "cats"), ("bird", "birds"), ("frog", "frogs"), ("cow", "cows"), ("horse", "horses"),
          ("child", "children"), ("mouse", "mice")]
VERBS = ["sing", "sleep", "run", "jump", "play", "hide"]
STATES = ["asleep", "loud", "quiet", "hungry", "happy", "cold"]


class Need(Exception):
    """A choice that no one has decided yet (recognition branches here)."""

    def __init__(self, branches):
        self.branches = branches                          # [(index, probability)]


class Mismatch(Exception):
    """What the program would say now is not what the text says; `at` is how far they agree."""

    def __init__(self, at):
        self.at = at


class Teller:
    """Tells: choices are drawn from `source`, `nats` is minus the log of their probability."""

    lenient = False

    def __init__(self, source):
        self.source, self.text, self.nats = source, "", 0.0

    def pick(self, options, weights=None):
        weights = weights or [1] * len(options)
        n = self.source.choices(range(len(options)), weights)[0]
        self.nats -= math.log(weights[n] / sum(weights))
        return options[n]

    def say(self, words):
        self.text += words

    def word(self, options, weights=None, before=" "):
        chosen = self.pick(options, weights)
        self.say(before + chosen)
        return chosen


class Follower:
    """Follows `text` with the decisions made so far; raises Need or Mismatch, or comes to the end.

    `lenient` drops the rule that the second of two (name, kind, animal, plot) differs from the first: a story of two pigs is
    good English all the same.
    """

    def __init__(self, text, decisions, lenient=False):
        self.text, self.decisions, self.used, self.at = text, decisions, 0, 0
        self.lenient = lenient

    def decide(self, options, weights, fits):
        weights = weights or [1] * len(options)
        if self.used < len(self.decisions):
            n = self.decisions[self.used]
            self.used += 1
            return options[n]
        total = sum(weights)
        branches = [(n, w / total) for n, (o, w) in enumerate(zip(options, weights)) if w and fits(o)]
        raise Need(branches) if branches else Mismatch(self.at)

    def pick(self, options, weights=None):
        return self.decide(options, weights, lambda _: True)

    def say(self, words):
        if not self.text.startswith(words, self.at):
            n = 0
            while self.at + n < len(self.text) and self.text[self.at + n] == words[n]:
                n += 1
            raise Mismatch(self.at + n)
        self.at += len(words)

    def word(self, options, weights=None, before=" "):
        chosen = self.decide(options, weights, lambda o: self.text.startswith(before + o, self.at))
        self.say(before + chosen)
        return chosen


class Person:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.he, self.him, self.his = ("he", "him", "his") if name in HE else ("she", "her", "her")
        self.hands = "hands" if kind in ("boy", "girl") else "paws"


def names_for(kind):
    return HE if kind == "boy" else SHE if kind == "girl" else HE + SHE


def kinds_for(name):
    return [k for k in KINDS if k != ("girl" if name in HE else "boy")]


def article(word):
    return "an" if word[0] in "aeiou" else "a"


class Tale:
    """The state of a story while it is told: who, what, in whose hands, who may be called he or she."""

    def __init__(self, teller):
        self.t = teller
        self.a = self.b = self.toy = self.colour = self.holder = None
        self.away = False                                  # the last sentence was about others: the name must return

    # Saying

    def say(self, words):
        self.t.say(words)

    def but(self, options, taken):
        """The options without the one that is taken."""
        return options if self.t.lenient else [o for o in options if o != taken]

    def may(self, chance):
        return self.t.pick([True, False], [chance, 1 - chance])

    def clear(self):
        """Whether he or she can only mean `a`."""
        return self.b is None or self.b.he != self.a.he

    def subject(self, start=True):
        """`a` as the subject of a sentence, by name or, where it is clear, by pronoun."""
        pronoun = self.a.he.capitalize() if start else self.a.he
        self.t.word([pronoun, self.a.name], [6, 4] if self.clear() and not self.away else [0, 1])
        self.away = False

    def he(self):
        return self.a.he if self.clear() else self.a.name

    def meet(self):
        """The second person by name; introduced if new: " his friend Eve, a fox," or " a fox named Eve"."""
        if self.b:
            self.say(" " + self.b.name)
            return
        way = self.t.word([self.a.his + " friend", "a"])
        if way == "a":
            kind = self.t.word(self.but(KINDS, self.a.kind))
            self.say(" named")
            name = self.t.word(self.but(names_for(kind), self.a.name))
        else:
            name = self.t.word(self.but(HE + SHE, self.a.name))
            self.say(" the")
            kind = self.t.word(self.but(kinds_for(name), self.a.kind))
        self.b = Person(name, kind)

    def place(self):
        return self.t.word(list(PLACES))

    # Sentences

    def open(self):
        way = self.t.word(["Once there was", "Once there were", "One day,", ""], [5, 2, 2, 2], before="")
        if way == "Once there were":
            self.say(" two friends,")
            a = self.t.word(HE + SHE)
            self.say(" the")
            kind = self.t.word(kinds_for(a))
            self.a = Person(a, kind)
            self.say(" and")
            b = self.t.word(self.but(HE + SHE, a))
            self.say(" the")
            self.b = Person(b, self.t.word(self.but(kinds_for(b), kind)))
            self.say(".")
        elif way == "":
            name = self.t.word(HE + SHE, before="")
            self.say(" was a")
            self.t.word(TRAITS)
            self.a = Person(name, self.t.word(kinds_for(name)))
            self.say(".")
        else:
            self.say(" a")
            # An adjective or at once the kind: said as one choice, so that a prompt may have either.
            word = self.t.word(TRAITS + KINDS, [6] * len(TRAITS) + [5] * len(KINDS))
            kind = self.t.word(KINDS) if word in TRAITS else word
            self.say(" named")
            self.a = Person(self.t.word(names_for(kind)), kind)
            if way == "One day,":
                self.say(" went to the")
                self.place()
            self.say(".")

    def habit(self):
        self.subject()
        if self.t.word(["liked to", "lived"]) == "lived":
            self.say(" in a house")
            where = self.t.word(["in the", "by the", "on the"], [3, 3, 2])
            self.t.word([p for p, w in PLACES.items() if where.startswith(w)])
        else:
            self.t.word(VERBS)
            self.say(" with" if self.b else " in the")
            if self.b:
                self.say(" " + self.b.name)
            else:
                self.t.word(["sun", "rain", "snow", "grass"])
        self.say(".")

    def own(self):
        self.subject()
        self.say(" had a")
        self.colour = self.t.word(COLOURS)
        self.toy = self.t.word(TOYS)
        self.holder = self.a
        self.say(".")
        if self.may(0.5):
            self.subject()
            self.t.word(["liked", "loved"])
            self.say(f" {self.a.his} {self.toy} very much.")

    def scene(self):
        """The agreement sentence: the head noun decides, not the nearer one."""
        self.away = True
        quoted = self.t.word(['"The', "The"])[0] == '"'
        one = self.t.pick([0, 1])                          # 0 one of them, 1 many
        heads = [g[one] for g in GROUPS]
        head = self.t.word(heads)
        self.t.word(["near the", "behind the"])
        two = self.t.pick([0, 1])
        self.t.word(self.but([g[two] for g in GROUPS], GROUPS[heads.index(head)][two]))
        if quoted:
            self.t.word([v if one else v + "s" for v in VERBS])
            self.say(' all day,"')
            self.t.word(["said", "thought"])
            self.say(f" {self.a.name}.")
        else:
            self.say(" were" if one else " was")
            self.t.word(STATES)
            self.say(".")

    # Plots: each needs nothing but `a`, and may bring in `b`

    def hungry(self):
        self.subject()
        self.say(" was")
        self.t.word(["hungry.", "very hungry."])
        if self.may(0.5):
            self.subject()
            self.say(" looked for some food.")
        if self.may(0.5):
            self.subject()
            self.say(" found")
            food = self.food()
            self.t.word(["under", "near", "behind"])
            self.say(" a")
            self.t.word(THINGS)
            self.say(".")
            self.subject()
            self.say(f" ate the {food} and was not hungry any more.")
        else:
            self.say(" Then")
            self.meet()
            self.t.word(["came", "came along"])
            self.say(" with")
            food = self.food()
            self.say(f". {self.b.name} gave the {food} to {self.a.name}. {self.a.name} ate it and said thank you.")

    def food(self):
        """" a red apple" or " an egg"; what to call it later."""
        said = self.t.word([article(f) + " " + f for f in FOODS] + ["a " + c for c in COLOURS], [5] * 6 + [6] * 5)
        if said.split()[1] in COLOURS:
            return said.split()[1] + " " + self.t.word(FOODS)
        return said.split()[1]

    def thirsty(self):
        self.subject()
        self.say(" was thirsty, so " + self.he() + " went to the")
        self.t.word(["river", "lake"])
        self.say(". There " + self.he() + " drank some")
        self.t.word(["cold", "cool", "clear"])
        self.say(" water.")

    def tired(self):
        self.subject()
        self.t.word(["walked", "ran"])
        self.say(" to the")
        self.place()
        self.say(". It was a long way, and " + self.he() + " was")
        self.t.word(["tired", "very tired"])
        self.say(". So " + self.he() + " slept under a")
        self.t.word(THINGS)
        self.say(".")

    def weather(self):
        self.say(" Then it began to")
        self.t.word(["rain", "snow"])
        self.say(".")
        self.subject()
        self.say(" was")
        bad = self.t.word(["cold", "wet", "cold and wet"])
        self.say(". So " + self.he() + " ran")
        self.t.word(["into a house", "into a barn", "under a tree", "under a bridge"])
        self.say(". Soon " + self.he() + " was ")
        self.say({"cold": "warm", "wet": "dry", "cold and wet": "warm and dry"}[bad] + " again.")

    def mud(self):
        self.subject()
        self.t.word(["fell", "jumped"])
        self.say(" into the mud.")
        self.say(f" Now {self.a.his} {self.a.hands} were dirty. So " + self.he() + " washed them")
        self.say(" in the")
        self.t.word(["river", "lake"])
        self.say(".")

    def noise(self):
        self.say(" Suddenly there was a loud noise.")
        self.subject()
        self.say(" was scared and hid")
        self.t.word(["under", "behind"])
        self.say(" a")
        self.t.word(THINGS)
        self.say(". But it was only")
        if self.may(0.4):
            self.say(" the")
            self.t.word(["wind", "rain"])
            self.say(".")
        else:
            self.meet()
            self.say(f". {self.b.name}")
            self.t.word(["laughed.", "said sorry."])

    def lost(self):
        self.subject()
        self.t.word(["took", "carried"])
        self.say(f" the {self.toy} to the")
        self.place()
        self.say(". There " + self.he() + " lost it.")
        if self.may(0.5):
            self.subject()
            self.say(" was very sad.")
        self.say(" Then")
        self.meet()
        self.say(" found the")
        self.say(f" {self.colour} {self.toy}")
        self.t.word(["under", "near", "behind"])
        self.say(" a")
        self.t.word(THINGS)
        self.say(".")
        if self.may(0.6):
            self.say(f' "Is this your {self.toy}?" asked {self.b.name}. "Yes, that is my {self.colour} {self.toy}!" said {self.a.name}.')
        if self.t.word([f"{self.b.name} gave it back", f"{self.b.name} kept it"], [3, 1]).endswith("kept it"):
            self.holder = self.b
            self.say(".")
        else:
            self.say(f" to {self.a.name}.")

    def gift(self):
        self.subject()
        self.t.word(["met", "saw"])
        known = self.b is not None
        self.meet()
        prep = self.t.word(["in the", "by the", "on the", "at the"], [3, 3, 2, 2])
        self.t.word([p for p, w in PLACES.items() if prep.startswith(w)])
        self.say(f". {self.b.name} was sad, because {self.b.he if self.clear() else self.b.name} had no {self.toy}.")
        self.say(f" So {self.a.name} gave the {self.colour} {self.toy} to {self.b.name}.")
        self.holder = self.b
        self.say(f" {self.b.name}")
        self.t.word(["smiled and said thank you.", "was happy."])

    # The end

    def close(self):
        if self.b:
            way = self.t.word(["They", f"{self.a.name} and {self.b.name}"])
            self.t.word(["went home together.", "were happy.", "played until the sun went down.", "were friends for ever."])
        else:
            if self.t.word(["That night", self.a.name]) == "That night":
                self.say(f" {self.a.name}")
                self.t.word(["slept well.", "was happy."])
            else:
                self.t.word(["went home.", "was happy.", "smiled."])
        if self.toy and self.may(0.5):
            self.say(f" Who had the {self.toy} in the end? {self.holder.name} had the {self.colour} {self.toy}.")


def story(teller):
    tale = Tale(teller)
    tale.open()
    if tale.may(0.35):
        tale.habit()
    thing = tale.may(0.5)
    if thing:
        tale.own()
    if tale.may(0.5):
        tale.scene()
    if thing:
        teller.pick([tale.lost, tale.gift])()
        if tale.may(0.25):
            tale.scene()
    else:
        plots = [tale.hungry, tale.thirsty, tale.tired, tale.weather, tale.mud, tale.noise]
        first = teller.pick(plots)
        first()
        if tale.may(0.4):
            teller.pick(tale.but(plots, first))()
    tale.close()


def tell(source):
    """(text, nats of the choices)"""
    teller = Teller(source)
    story(teller)
    return teller.text, teller.nats


def follow(text, lenient=False):
    """(probability of the text as a whole story, length of its longest grammatical prefix)."""
    total, far, open_paths = 0.0, 0, [((), 1.0)]
    while open_paths:
        decisions, p = open_paths.pop()
        follower = Follower(text, decisions, lenient)
        try:
            story(follower)
            far = max(far, follower.at)
            total += p if follower.at == len(text) else 0
        except Need as need:
            open_paths += [(decisions + (n,), p * q) for n, q in need.branches]
        except Mismatch as mismatch:
            far = max(far, mismatch.at)
    return total, far


if __name__ == "__main__":
    source = random.Random(5)
    for _ in range(12):
        text, nats = tell(source)
        p, far = follow(text)
        print(f"{len(text.split())} words, {nats:.1f} nats, exact {-math.log(p):.1f}\n{text}\n")
