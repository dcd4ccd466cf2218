/// Bytes to search for in a text. The time grows with the text alone, whatever text and pattern contain: each byte of the text is
/// read once (Knuth, Morris and Pratt).
package struct BytePattern: Sendable {
    package let bytes: [UInt8]
    /// For each prefix of the bytes, the length of its longest proper prefix that is also its suffix.
    private let fallbacks: [Int]

    package init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        var fallbacks = [Int](repeating: 0, count: bytes.count)
        var matched = 0
        for index in bytes.indices.dropFirst() {
            while matched > 0, bytes[matched] != bytes[index] { matched = fallbacks[matched - 1] }
            if bytes[matched] == bytes[index] { matched += 1 }
            fallbacks[index] = matched
        }
        self.bytes = bytes
        self.fallbacks = fallbacks
    }

    package var isEmpty: Bool { bytes.isEmpty }

    /// The offset of the first match at or after `start`.
    package func firstMatch(in text: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
        firstMatch(of: text, from: start)
    }

    package func isFound(in text: [UInt8]) -> Bool { firstMatch(of: text, from: 0) != nil }

    /// The search itself. Within this module the compiler specializes it for the callers' types.
    func firstMatch<Text: RandomAccessCollection<UInt8>>(of text: Text, from start: Int) -> Int?
    where Text.Index == Int {
        guard !bytes.isEmpty else { return start }
        return bytes.withUnsafeBufferPointer { bytes in
            var matched = 0
            var position = start
            while position < text.endIndex {
                let byte = text[position]
                while matched > 0, bytes[matched] != byte { matched = fallbacks[matched - 1] }
                if bytes[matched] == byte { matched += 1 }
                position += 1
                if matched == bytes.count { return position - matched }
            }
            return nil
        }
    }
}
