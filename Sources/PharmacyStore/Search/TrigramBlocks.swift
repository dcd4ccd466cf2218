internal import PharmacyDomain

/// Which blocks of consecutive texts may contain a pattern: for each hash of three consecutive bytes one bit for each block, set where
/// the block has such bytes. A block may lack the pattern nevertheless, and never has it if a bit is missing.
///
/// For a million e-mail addresses it takes 8 MB.
struct TrigramBlocks {
    private static let hashBits = 12
    private static let length = 3

    /// The bits of one hash after those of another, `stride` words each.
    private var words = [UInt64](repeating: 0, count: 1 << TrigramBlocks.hashBits)
    private var stride = 1

    /// Notes a text of a block.
    mutating func insert(_ text: [UInt8], block: Int) {
        while block >= stride * UInt64.bitWidth { widen() }
        let (word, bit) = (block / UInt64.bitWidth, UInt64(1) << (block % UInt64.bitWidth))
        for hash in TrigramBlocks.hashes(of: text) { words[hash * stride + word] |= bit }
    }

    /// The blocks that may contain a pattern, in their order; `nil` for a shorter pattern than three bytes, which any may contain.
    func blocks(containing pattern: BytePattern) -> [Int]? {
        var hashes = TrigramBlocks.hashes(of: pattern.bytes).makeIterator()
        guard let first = hashes.next() else { return nil }
        var common = Array(words[first * stride..<(first + 1) * stride])
        while let hash = hashes.next() {
            for word in common.indices { common[word] &= words[hash * stride + word] }
        }
        var blocks: [Int] = []
        for (index, word) in common.enumerated() {
            var rest = word
            while rest != 0 {
                blocks.append(index * UInt64.bitWidth + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return blocks
    }

    private mutating func widen() {
        var wider = [UInt64](repeating: 0, count: words.count * 2)
        for hash in 0..<(1 << TrigramBlocks.hashBits) {
            for word in 0..<stride { wider[hash * stride * 2 + word] = words[hash * stride + word] }
        }
        words = wider
        stride *= 2
    }

    private static func hashes(of text: [UInt8]) -> some Sequence<Int> {
        (0..<max(0, text.count - length + 1)).lazy.map { start in
            let trigram = UInt32(text[start]) | UInt32(text[start + 1]) << 8 | UInt32(text[start + 2]) << 16
            // Multiplicative hashing by the golden ratio (Knuth, volume 3, section 6.4).
            return Int((trigram &* 0x9E37_79B1) >> (32 - UInt32(hashBits)))
        }
    }
}
