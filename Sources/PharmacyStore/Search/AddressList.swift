internal import PharmacyDomain

/// E-mail addresses with the rows of their patients, in one contiguous buffer.
struct AddressList {
    /// Addresses that share a bit of `TrigramBlocks`: some 1,600 bytes.
    private static let blockLength = 64

    /// Addresses, each followed by a line feed, which no address contains.
    private var text: [UInt8] = []
    /// The offset after each address and its line feed.
    private var ends: [Int] = []
    private var patients: [Int64] = []
    /// Whether an address is no longer its patient's.
    private var isRemoved: [Bool] = []
    private var trigrams = TrigramBlocks()

    /// The number of addresses, removed ones included.
    var count: Int { ends.count }
    var lastPatient: Int64? { patients.last }

    /// - Returns: the place of the address.
    @discardableResult
    mutating func append(_ address: [UInt8], of patient: Int64) -> Int {
        trigrams.insert(address, block: count / AddressList.blockLength)
        text += address
        text.append(UInt8(ascii: "\n"))
        ends.append(text.count)
        patients.append(patient)
        isRemoved.append(false)
        return count - 1
    }

    mutating func remove(at place: Int) { isRemoved[place] = true }

    /// The place of a patient's address, in a list in which the rows of patients ascend.
    func place(of patient: Int64) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if patients[middle] < patient { low = middle + 1 } else { high = middle }
        }
        return low < count && patients[low] == patient ? low : nil
    }

    /// The address at a place.
    subscript(place: Int) -> ArraySlice<UInt8> { text[start(of: place)..<ends[place] - 1] }

    /// Visits the addresses that are not removed, in their order.
    func visitAll(_ visit: (_ patient: Int64, _ address: ArraySlice<UInt8>) -> Void) {
        for place in 0..<count where !isRemoved[place] { visit(patients[place], self[place]) }
    }

    /// The rows of the patients whose address contains a pattern without a line feed, in the order of the list. Each byte of the
    /// addresses is read once at the most, whatever they and the pattern contain.
    /// - Parameter limit: how many addresses to examine at the most.
    /// - Returns: `nil` where there are more to examine.
    func search(_ pattern: BytePattern, examining limit: Int) -> [Int64]? {
        let blocks =
            trigrams.blocks(containing: pattern)
            ?? Array(0..<(count + AddressList.blockLength - 1) / AddressList.blockLength)
        guard blocks.count <= limit / AddressList.blockLength else { return nil }
        var found: [Int64] = []
        text.withUnsafeBufferPointer { text in
            for block in blocks { search(block, of: text, pattern, &found) }
        }
        return found
    }

    private func search(
        _ block: Int, of text: UnsafeBufferPointer<UInt8>, _ pattern: BytePattern, _ found: inout [Int64]
    ) {
        var place = block * AddressList.blockLength
        let last = min(place + AddressList.blockLength, count) - 1
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
