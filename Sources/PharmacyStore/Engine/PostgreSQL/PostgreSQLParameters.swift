#if PostgreSQL
/// Binds in libpq's form: numbers as text, so that the server gives them the type that the statement needs; text and bytes in
/// binary form.
struct PostgreSQLParameters {
    private var storage: [CChar] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ binds: [SQLValue]) {
        for bind in binds {
            switch bind {
            case .null: append(nil, isBinary: false)
            case .integer(let number): append(Array(String(number).utf8), isBinary: false)
            case .text(let text): append(Array(text.utf8), isBinary: true)
            case .blob(let bytes): append(bytes, isBinary: true)
            }
        }
    }

    private mutating func append(_ bytes: [UInt8]?, isBinary: Bool) {
        offsets.append(bytes == nil ? nil : storage.count)
        lengths.append(Int32(bytes?.count ?? 0))
        formats.append(isBinary ? 1 : 0)
        storage.append(contentsOf: (bytes ?? []).lazy.map(CChar.init(bitPattern:)))
        // Terminates text, and ensures that an empty value is no null pointer.
        storage.append(0)
    }

    func withPointers<Result>(
        _ body: (
            UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> Result
    ) -> Result {
        storage.withUnsafeBufferPointer { storage in
            let values: [UnsafePointer<CChar>?] = offsets.map { offset in
                offset.flatMap { storage.baseAddress?.advanced(by: $0) }
            }
            return values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}
#endif
