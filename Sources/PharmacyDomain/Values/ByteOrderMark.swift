/// The byte order mark of UTF-8, with which some editors and libraries begin a text. It says nothing and is no part of it.
package enum ByteOrderMark {
    private static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The text without one mark in front of it.
    package static func skipped(in text: [UInt8]) -> [UInt8] {
        text.starts(with: bytes) ? Array(text.dropFirst(bytes.count)) : text
    }
}
