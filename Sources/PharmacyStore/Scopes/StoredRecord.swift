internal import PharmacyDomain

/// The content of a sealed column that holds a patient or an order: the stored document, and its representation, which the
/// API sends.
///
/// Layouts:
///
///     {…}                                     a document of format 1, which is a representation of version 1 too
///     0x02 | format of the document, 2 bytes | version of the representation, 2 bytes
///          | length of the representation, 4 bytes | representation | document
///
/// In the second layout numbers are big-endian, and an empty document means that the representation is the document.
struct StoredRecord: Hashable, Redacted {
    /// The format of the documents that this program writes.
    static let currentFormat = 1

    private static let marker: UInt8 = 2
    private static let headerLength = 9

    /// The format of the document, 1 or more.
    let format: Int
    /// JSON in UTF-8; `nil` if the representation is the document.
    private let separateDocument: [UInt8]?
    let representation: Representation

    /// - Parameter document: JSON in UTF-8; `nil` if the representation is the document.
    init(format: Int = currentFormat, document: [UInt8]?, representation: Representation) {
        self.format = format
        self.separateDocument = document
        self.representation = representation
    }

    /// - Parameter id: of the patient or order.
    /// - Throws: `StoreError.broken` for bytes of neither layout.
    init(_ bytes: [UInt8], id: String) throws {
        guard bytes.first == StoredRecord.marker else {
            self.init(format: 1, document: nil, representation: Representation(version: 1, id: id, bytes: bytes))
            return
        }
        func number(at offset: Int, bytes count: Int) -> Int {
            bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes.count >= StoredRecord.headerLength else { throw StoreError.broken("a stored record is cut off") }
        let end = StoredRecord.headerLength + number(at: 5, bytes: 4)
        guard end <= bytes.count else { throw StoreError.broken("a stored record is cut off") }
        self.init(
            format: number(at: 1, bytes: 2), document: end == bytes.count ? nil : Array(bytes[end...]),
            representation: Representation(
                version: number(at: 3, bytes: 2), id: id, bytes: Array(bytes[StoredRecord.headerLength..<end])))
    }

    /// What is sealed.
    var bytes: [UInt8] {
        if format == 1, representation.version == 1, separateDocument == nil { return representation.bytes }
        func number(_ value: Int, bytes count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return [StoredRecord.marker] + number(format, bytes: 2) + number(representation.version, bytes: 2)
            + number(representation.bytes.count, bytes: 4) + representation.bytes + (separateDocument ?? [])
    }

    /// The document, in the current format.
    /// - Throws: `StoreError.broken` for a document that is not JSON, or whose format this program does not know.
    func document() throws -> JSON {
        guard (1...StoredRecord.currentFormat).contains(format) else {
            throw StoreError.broken("a stored document has format \(format), which this program does not know")
        }
        return try StoredJSON.parse(separateDocument ?? representation.bytes)
    }
}

extension StoredRecord {
    /// The record of a value.
    /// - Parameter document: the value's document, made only if it is stored separately.
    init<Value>(_ value: Value, id: String, _ rendering: Rendering<Value>, document: (Value) -> JSON) {
        self.init(
            document: rendering.rendersDocument ? nil : document(value).bytes,
            representation: rendering.representation(of: value, id: id))
    }

    /// The representation in the present version: the stored one, or one that is rendered now.
    func representation<Value>(
        _ rendering: Rendering<Value>, of value: (JSON) throws -> Value
    ) throws -> Representation {
        if representation.version == rendering.version { return representation }
        return rendering.representation(of: try value(try document()), id: representation.id)
    }
}

extension TenantScope {
    /// A sealed column with a record.
    /// - Parameter kind: of the record, such as `patient`, as for other sealed columns.
    func seal(_ record: StoredRecord, _ kind: StaticString) throws -> SQLValue {
        .blob(try seal(record.bytes, kind, record.representation.id))
    }
}

extension Patient {
    /// - Throws: `StoreError.broken`.
    init(stored document: JSON) throws {
        guard let patient = Patient(document: document) else { throw StoreError.broken("a patient cannot be read") }
        self = patient
    }
}

extension Order {
    /// - Throws: `StoreError.broken`.
    init(stored document: JSON) throws {
        guard let order = Order(document: document) else { throw StoreError.broken("an order cannot be read") }
        self = order
    }
}
