internal import CZlib

/// Expands what the server has compressed with gzip, by zlib's own decoder.
package enum Gunzip {
    package enum Failure: Error {
        /// The bytes are not one complete gzip stream, or expand to more than the limit.
        case malformed
    }

    /// - Parameter limit: the most bytes of the result.
    /// - Throws: `Failure`.
    package static func expand(_ bytes: [UInt8], upTo limit: Int = 1 << 20) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        // 15 + 16: gzip only. The macro `inflateInit2` calls the same function.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .malformed
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: limit)
        let isComplete = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
            }
        }
        guard isComplete else { throw .malformed }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
