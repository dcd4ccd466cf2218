/// Bytes that count how often one of them is read, for tests of how work grows with its input: steps, unlike seconds,
/// are the same on every machine.
package struct CountedBytes: RandomAccessCollection {
    private final class Counter {
        var reads = 0
    }

    private let bytes: [UInt8]
    private let counter = Counter()

    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Reads so far.
    package var reads: Int { counter.reads }

    package var startIndex: Int { 0 }
    package var endIndex: Int { bytes.count }

    package subscript(index: Int) -> UInt8 {
        counter.reads += 1
        return bytes[index]
    }

    /// The number of reads of `work` for inputs of 1, 2, 4, 8 and 16 times a size.
    /// - Parameter input: makes the input of a size.
    package static func reads(
        unit: Int = 512, of input: (_ size: Int) -> [UInt8], _ work: (CountedBytes) -> Void
    ) -> [Int] {
        [1, 2, 4, 8, 16].map { factor in
            let bytes = CountedBytes(input(factor * unit))
            work(bytes)
            return bytes.reads
        }
    }

    /// Whether no doubling of the input takes more than twice the reads, apart from some that any input takes.
    package static func areLinear(_ counts: [Int]) -> Bool {
        zip(counts, counts.dropFirst()).allSatisfy { half, double in double <= 2 * half + 64 }
    }
}
