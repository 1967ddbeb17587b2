// Exact counts of the published recurrent and linear-attention models. `bounded` is the state: it does not grow with the text.

let recurrentPublished: [Published] = [
  Published(name: "rwkv-4-169m", parameters: 169_342_464, bounded: 184_320),
  Published(name: "rwkv-4-430m", parameters: 430_397_440, bounded: 491_520),
  Published(name: "rwkv-4-1b5", parameters: 1_515_106_304, bounded: 983_040),
  Published(name: "rwkv-4-3b", parameters: 2_984_627_200, bounded: 1_638_400),
  Published(name: "rwkv-4-7b", parameters: 7_392_649_216, bounded: 2_621_440),
  Published(name: "rwkv-4-14b", parameters: 14_148_597_760, bounded: 4_096_000),
]
