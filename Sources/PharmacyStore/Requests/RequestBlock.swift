package import PharmacyDomain

/// Requests of one tenant and one minute, as the request log stores them: a line with the format, then a line for each request
/// in the order in which they ended, with its members between tabs. Members that are absent are empty.
///
/// A request is encoded when it is appended, so that one that waits to be written takes some 200 bytes and no objects.
package struct RequestBlock: Hashable, Sendable {
    /// The beginning of the minute in which the requests arrived.
    package let minute: Timestamp
    package private(set) var bytes = [RequestBlock.format, RequestBlock.newline]
    package private(set) var count = 0
    /// How many requests have a status of 400 or more.
    private(set) var errors = 0
    /// How many requests had which error code.
    private var codes: [String: Int] = [:]
    /// What the block is found by, besides its time.
    private(set) var names: Set<String> = []

    package init(minute: Timestamp) {
        self.minute = minute
    }

    package var isFull: Bool { count >= StoreLimits.requestsPerBlock }

    /// How many requests had which outcome.
    package var counts: [RequestCount] {
        let successes = count - codes.values.reduce(0, +)
        return [RequestCount(key: RequestCount.Key(hour: minute.hour, code: nil), count: successes)]
            + codes.map { RequestCount(key: RequestCount.Key(hour: minute.hour, code: $0), count: $1) }
    }

    static func name(_ order: OrderID) -> String { "order \(order)" }
    static func name(_ requestID: String) -> String { "request \(requestID)" }

    // MARK: Writing

    private static let format = UInt8(ascii: "1")
    private static let tab = UInt8(ascii: "\t")
    private static let newline = UInt8(ascii: "\n")

    /// - Parameter request: arrived in the block's minute.
    package mutating func append(_ request: LoggedRequest) {
        count += 1
        if request.status >= 400 { errors += 1 }
        if let code = request.code { codes[code, default: 0] += 1 }
        if let order = request.order { names.insert(RequestBlock.name(order)) }
        if RequestID.time(of: request.id)?.minute != minute { names.insert(RequestBlock.name(request.id)) }
        write(request.id)
        write(request.receivedAt.milliseconds - minute.milliseconds)
        write(request.credential)
        write(request.operation)
        write(request.method)
        write(request.path)
        write(Int64(request.status))
        write(request.code)
        write(request.duration.milliseconds)
        write(request.order)
        write(request.patient)
        bytes[bytes.count - 1] = RequestBlock.newline
    }

    private mutating func write(_ text: String?) {
        if let text { bytes.append(contentsOf: text.utf8) }
        bytes.append(RequestBlock.tab)
    }

    private mutating func write<Thing>(_ id: Identifier<Thing>?) { write(id?.description) }

    private mutating func write(_ number: Int64) { write(String(number)) }

    // MARK: Reading

    /// Reads what `append` writes.
    /// - Returns: `nil` for a format that a newer program has written, which may run during an upgrade.
    /// - Throws: `StoreError.broken`.
    static func requests(_ bytes: [UInt8], minute: Timestamp) throws -> [LoggedRequest]? {
        guard bytes.first == RequestBlock.format else { return nil }
        return try bytes.dropFirst(2).split(separator: RequestBlock.newline).map { line in
            let fields = line.split(separator: RequestBlock.tab, omittingEmptySubsequences: false)
            guard let request = LoggedRequest(fields, minute: minute) else {
                throw StoreError.broken("a block of the request log cannot be read")
            }
            return request
        }
    }
}

extension LoggedRequest {
    fileprivate init?(_ fields: [ArraySlice<UInt8>], minute: Timestamp) {
        guard fields.count == 11, let offset = ASCIIDigits.number(fields[1]),
            let status = ASCIIDigits.number(fields[6]),
            let duration = ASCIIDigits.number(fields[8])
        else { return nil }
        func text(_ index: Int) -> String? {
            fields[index].isEmpty ? nil : String(decoding: fields[index], as: UTF8.self)
        }
        self.init(
            id: text(0) ?? "", receivedAt: minute + .milliseconds(offset), credential: text(2).flatMap(ClientID.init),
            operation: text(3), method: text(4) ?? "", path: text(5), status: status, code: text(7),
            duration: .milliseconds(duration), order: text(9).flatMap(OrderID.init),
            patient: text(10).flatMap(PatientID.init))
    }
}
