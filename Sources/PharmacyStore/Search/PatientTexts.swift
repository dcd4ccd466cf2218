internal import PharmacyDomain

/// Texts of patients, such as their e-mail addresses, with the rows of the patients, in one contiguous buffer.
struct PatientTexts {
    /// Texts that share a bit of `TrigramBlocks`: some 1,600 bytes.
    private static let blockLength = 64

    /// Texts, each followed by a line feed, which none contains.
    private var text: [UInt8] = []
    /// The offset after each text and its line feed.
    private var ends: [Int] = []
    private var patients: [Int64] = []
    /// Whether a text is no longer its patient's.
    private var isRemoved: [Bool] = []
    private var trigrams = TrigramBlocks()

    /// The number of texts, removed ones included.
    var count: Int { ends.count }
    var lastPatient: Int64? { patients.last }

    /// - Returns: the place of the text.
    @discardableResult
    mutating func append(_ bytes: [UInt8], of patient: Int64) -> Int {
        trigrams.insert(bytes, block: count / PatientTexts.blockLength)
        text += bytes
        text.append(UInt8(ascii: "\n"))
        ends.append(text.count)
        patients.append(patient)
        isRemoved.append(false)
        return count - 1
    }

    mutating func remove(at place: Int) { isRemoved[place] = true }

    /// The place of a patient's text, in a list in which the rows of patients ascend.
    func place(of patient: Int64) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if patients[middle] < patient { low = middle + 1 } else { high = middle }
        }
        return low < count && patients[low] == patient ? low : nil
    }

    /// The text at a place.
    subscript(place: Int) -> ArraySlice<UInt8> { text[start(of: place)..<ends[place] - 1] }

    /// Visits the texts that are not removed, in their order.
    func visitAll(_ visit: (_ patient: Int64, _ text: ArraySlice<UInt8>) -> Void) {
        for place in 0..<count where !isRemoved[place] { visit(patients[place], self[place]) }
    }

    /// The rows of the patients whose text contains a pattern without a line feed, in the order of the list. Each byte of the
    /// texts is read once at the most, whatever they and the pattern contain.
    /// - Parameter limit: how many texts to examine at the most.
    /// - Returns: `nil` where there are more to examine.
    func search(_ pattern: BytePattern, examining limit: Int) -> [Int64]? {
        let blocks =
            trigrams.blocks(containing: pattern)
            ?? Array(0..<(count + PatientTexts.blockLength - 1) / PatientTexts.blockLength)
        guard blocks.count <= limit / PatientTexts.blockLength else { return nil }
        var found: [Int64] = []
        text.withUnsafeBufferPointer { text in
            for block in blocks { search(block, of: text, pattern, &found) }
        }
        return found
    }

    private func search(
        _ block: Int, of text: UnsafeBufferPointer<UInt8>, _ pattern: BytePattern, _ found: inout [Int64]
    ) {
        var place = block * PatientTexts.blockLength
        let last = min(place + PatientTexts.blockLength, count) - 1
        guard place <= last else { return }
        let part = UnsafeBufferPointer(rebasing: text[..<ends[last]])
        var position = start(of: place)
        while place <= last, let hit = pattern.firstMatch(in: part, from: position) {
            while ends[place] <= hit { place += 1 }
            if !isRemoved[place] { found.append(patients[place]) }
            position = ends[place]
            place += 1
        }
    }

    private func start(of place: Int) -> Int { place == 0 ? 0 : ends[place - 1] }
}
