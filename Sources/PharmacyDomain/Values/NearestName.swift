/// Suggests an existing name for a misspelled one.
package enum NearestName {
    /// Longer names are not compared: they are no misspellings of a known name, and comparing takes the product of both lengths.
    package static let lengthLimit = 64

    /// The most similar of `names`: it differs in case or punctuation, in a third of its letters at the most, or one is a part of
    /// the other. `nil` where none is similar.
    package static func of(_ name: String, among names: [String]) -> String? {
        guard name.utf8.count <= lengthLimit else { return nil }
        let wanted = folded(name)
        guard !wanted.isEmpty else { return nil }
        let candidates = names.compactMap { candidate -> (name: String, distance: Int)? in
            let other = folded(candidate)
            let distance = distance(wanted, other)
            if distance <= max(1, wanted.count / 3) { return (candidate, distance) }
            let isPart = wanted.count >= 4 && other.firstRange(of: wanted) != nil
            return isPart ? (candidate, lengthLimit + distance) : nil
        }
        return candidates.min { $0.distance < $1.distance }?.name
    }

    /// Only letters and digits, in lower case.
    private static func folded(_ name: String) -> [UInt8] {
        name.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: byte
            default: nil
            }
        }
    }

    /// The number of letters to add, remove, replace or swap with the next, each at most once (the optimal string alignment
    /// distance).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in stride(from: 1, through: left.count, by: 1) {
            var current = [row]
            for column in stride(from: 1, through: right.count, by: 1) {
                let isSame = left[row - 1] == right[column - 1]
                var best = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    best = min(best, beforeLast[column - 2] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
